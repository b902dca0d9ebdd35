import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP_PROJECTS, CONFIG_MAPS, SECRETS } from '../applications/kinds.ts';
import { type AccessServer, startAccessServer } from './testing/access-server.ts';

// Settings in the cluster, changed while the whole server runs: what they say holds at once, for everybody who is signed in.

const WEB = '/api/v1/applications/argocd/web';

let server: AccessServer;
beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server?.close());

const statusOf = async (method: string, path: string, caller: string, body?: unknown) =>
  (await server.call(method, path, { caller, ...(body === undefined ? {} : { body }) })).status;

const mayGet = async (caller: string) => (await statusOf('GET', WEB, caller)) === 200;

async function eventually(check: () => Promise<boolean>): Promise<void> {
  await expect.poll(check, { timeout: 20_000, interval: 20 }).toBe(true);
}

test('a policy that is given and taken away holds for open sessions and tokens', async () => {
  expect(await mayGet('nobody')).toBe(false);
  await server.configure('argocd-rbac-cm', { 'policy.csv': 'g, nobody, role:readonly' }, () => mayGet('nobody'));
  await server.configure(
    'argocd-rbac-cm',
    { 'policy.csv': 'g, nobody, role:readonly\np, nobody, applications, get, shop/*, deny' },
    async () => !(await mayGet('nobody')),
  );
  await server.configure('argocd-rbac-cm', { 'policy.csv': '', 'policy.default': 'role:readonly' }, () =>
    mayGet('nobody'),
  );
});

test('a policy that can’t be read allows nothing, denies what it could mean, and says so', async () => {
  await server.configure('argocd-rbac-cm', { 'policy.csv': 'g, nobody, role:readonly' }, () => mayGet('nobody'));
  const broken = ['g, nobody, role:readonly', 'p, nobody, applications, get, shop/*, deny, surplus'].join('\n');
  await server.configure('argocd-rbac-cm', { 'policy.csv': broken }, async () => !(await mayGet('nobody')));
  const { json } = await server.call(
    'GET',
    '/api/v1/can-i?resource=applications&action=get&object=shop/web&account=nobody',
    {
      caller: 'admin',
    },
  );
  expect(json).toMatchObject({
    allowed: false,
    faults: [
      expect.stringMatching(/argocd-rbac-cm\/policy\.csv:2.*ACCESS_POLICY_SYNTAX|ACCESS_POLICY_SYNTAX.*policy\.csv:2/),
    ],
  });
  await server.configure('argocd-rbac-cm', { 'policy.csv': '"' }, async () => !(await mayGet('nobody')));
  expect(await mayGet('admin')).toBe(true);
});

test('a policy that is deleted leaves the built-in roles alone', async () => {
  await server.configure('argocd-rbac-cm', { 'policy.csv': 'g, nobody, role:readonly' }, () => mayGet('nobody'));
  await server.kube.delete(CONFIG_MAPS, 'argocd-rbac-cm', 'argocd');
  await eventually(async () => !(await mayGet('nobody')));
  expect(await mayGet('admin')).toBe(true);
});

test('a project role that is gone leaves its tokens without an owner', async () => {
  expect(await mayGet('ci')).toBe(true);
  const project = await server.kube.get(APP_PROJECTS, 'shop', 'argocd');
  const { roles: _, ...spec } = project['spec'] as Record<string, unknown>;
  await server.kube.update(APP_PROJECTS, { ...project, spec });
  await eventually(async () => (await statusOf('GET', WEB, 'ci')) === 401);
});

test('an account that is turned off is nobody, token or not', async () => {
  expect(await statusOf('GET', '/api/v1/session', 'nobody')).toBe(200);
  await server.configure(
    'argocd-cm',
    { 'accounts.nobody': 'apiKey, login', 'accounts.nobody.enabled': 'false' },
    async () => (await statusOf('GET', '/api/v1/session', 'nobody')) === 401,
  );
});

test('a password in argocd-secret counts as soon as it is there, and bcrypt is no password', async () => {
  const signIn = (password: string) =>
    server.call('POST', '/api/v1/session', { body: { username: 'reader', password } }).then(({ status }) => status);
  await server.configure('argocd-cm', { 'accounts.reader': 'apiKey, login' }, async () => true);
  const declare = (stored: string) =>
    server.kube.apply(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'argocd-secret', namespace: 'argocd' },
        data: { 'accounts.reader.password': Buffer.from(stored).toString('base64') },
      },
      { force: true },
    );
  await declare('$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy');
  expect(await signIn('correct horse battery')).toBe(401);
  // "correct horse battery", cheaply: made stronger at the first sign-in.
  await declare('$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$fXnS5Awj6eMC+z1SbPBpyxEKbW7GHGyuCeVjw7IJSMI');
  await eventually(async () => (await signIn('correct horse battery')) === 200);
  const { json } = await server.call('GET', '/api/v1/accounts/reader', { caller: 'admin' });
  expect(json.hasPassword).toBe(true);
  // What is stored since then is the stronger form, which the Secret no longer changes.
  await declare('nothing');
  expect(await signIn('correct horse battery')).toBe(200);
});

test('without a trusted proxy, what callers say about their address means nothing', async () => {
  const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' };
  const made = await server.call('POST', '/api/v1/session', { headers, body: { token: server.token, bearer: true } });
  const bearer = { authorization: `Bearer ${made.json.token}` };
  const elsewhere = { ...bearer, 'x-forwarded-for': '203.0.113.1' };
  expect((await server.call('GET', '/api/v1/session', { headers: elsewhere })).status).toBe(200);
  const cookie = await server.call('POST', '/api/v1/session', { headers, body: { token: server.token } });
  expect(cookie.headers.get('set-cookie')).not.toContain('Secure');
});
