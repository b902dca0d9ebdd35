import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { toProblem } from './problem.ts';
import { type AccessControl, createTokenAccess, guardRoutes, objectOfApplication } from './route.ts';

function serverWith(access: AccessControl, denied: string[] = []) {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    reply.code(problem.status).send(problem);
  });
  guardRoutes(app, {
    access,
    onDenied: (actor, resource, action) => denied.push(`${actor.user} ${action} ${resource}`),
  });
  app.get('/open', { config: { permission: 'public' } }, () => 'open');
  app.get('/mine', { config: { permission: 'signed-in' } }, (request) => request.actor.user);
  app.get('/careless', { config: { permission: 'public' } }, (request) => request.actor.user);
  app.post(
    '/sync/:name',
    { config: { permission: { resource: 'applications', action: 'sync', object: () => 'shop/web' } } },
    () => 'synced',
  );
  return app;
}

const alice: AccessControl = {
  authenticate: async (request) =>
    request.headers.authorization === undefined ? undefined : { user: 'alice', groups: [], method: 'token' },
  authorize: (_actor, _resource, action) => action === 'get',
};

describe('guardRoutes', () => {
  test('refuses a route that declares no permission', () => {
    const app = fastify();
    guardRoutes(app, { access: alice });
    expect(() => app.get('/forgotten', () => 'secret')).toThrow('The route GET /forgotten declares no permission.');
  });

  test.each([
    ['GET', '/open', undefined, 200],
    ['GET', '/mine', undefined, 401],
    ['GET', '/mine', 'Bearer x', 200],
    ['POST', '/sync/web', undefined, 401],
    ['POST', '/sync/web', 'Bearer x', 403],
    ['GET', '/careless', undefined, 500],
  ] as const)('%s %s with %s is answered %d', async (method, url, authorization, status) => {
    const response = await serverWith(alice).inject({ method, url, headers: authorization ? { authorization } : {} });
    expect(response.statusCode).toBe(status);
  });

  test('says what was asked, and tells of a refused change', async () => {
    const denied: string[] = [];
    const response = await serverWith(alice, denied).inject({
      method: 'POST',
      url: '/sync/web',
      headers: { authorization: 'Bearer x' },
    });
    expect(response.json()).toMatchObject({
      code: 'FORBIDDEN',
      title: 'User alice may not sync applications in shop/web.',
      status: 403,
    });
    expect(denied).toEqual(['alice sync applications']);
  });
});

describe('createTokenAccess', () => {
  const app = serverWith(createTokenAccess('s3cret'));
  test.each([
    ['Bearer s3cret', 200],
    ['bearer s3cret', 200],
    [`Basic ${Buffer.from('any:s3cret').toString('base64')}`, 200],
    [`Basic ${Buffer.from('s3cret').toString('base64')}`, 200],
    ['Bearer s3cre', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['s3cret', 401],
    [`Basic ${Buffer.from('s3cret:').toString('base64')}`, 401],
  ])('%s is answered %d', async (authorization, status) => {
    expect((await app.inject({ url: '/mine', headers: { authorization } })).statusCode).toBe(status);
  });
});

test('objectOfApplication names the namespace only outside the control namespace', () => {
  const app = { project: 'shop', namespace: 'argocd', name: 'web' };
  expect(objectOfApplication(app, 'argocd')).toBe('shop/web');
  expect(objectOfApplication({ ...app, namespace: 'team' }, 'argocd')).toBe('shop/team/web');
});
