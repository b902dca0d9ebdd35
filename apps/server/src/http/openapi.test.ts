import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessServer, startAccessServer } from '../access/testing/access-server.ts';

let server: AccessServer;
beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server?.close());

type Json = Record<string, unknown>;

test('every route says what it is for, what it takes and what it answers', () => {
  const lacking = server.routes
    .filter(({ path }) => !['/', '/*', '/assets/*', '/sekisho.svg'].includes(path))
    .flatMap(({ method, path, documentation }) => {
      const what = `${method.toUpperCase()} ${path}`;
      if (documentation === undefined) return [`${what}: nothing`];
      const { response, produces, body, status } = documentation;
      const isEmpty = status === 204 || status === 302;
      const takesBody = ['post', 'put', 'patch'].includes(method) && !path.endsWith('/retry');
      return [
        ...(response === undefined && produces === undefined && !isEmpty ? [`${what}: no answer`] : []),
        ...(takesBody && body === undefined ? [`${what}: no body`] : []),
      ];
    });
  expect(lacking).toEqual([]);
});

test('the document has every route, once, and every name that it refers to', async () => {
  const { status, json } = await server.call('GET', '/api/v1/openapi.json', { caller: 'nothing' });
  expect(status).toBe(200);
  const document: { paths: Record<string, Record<string, Json>>; components: { schemas: Json } } = json;
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const known = server.routes
    .filter(({ path }) => /^\/(api|hooks|auth|git|healthz|readyz|metrics)/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')}`);
  expect(described.sort()).toEqual(known.sort());
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((one) => one['operationId']),
  );
  expect(new Set(ids).size).toBe(ids.length);
  const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  for (const name of referred) expect(document.components.schemas).toHaveProperty(name ?? '');
});
