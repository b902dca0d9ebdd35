import { createHash, randomBytes } from 'node:crypto';
import { startOidcProvider, type TestOidcProvider } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FrontDoor, type Reply, sessionCookie, startFrontDoor } from './testing/front-door.ts';

// Sign-in at a real OpenID provider, as a browser sees it: to the provider, back, and into the console.

const FROM = '192.0.2.10';

let door: FrontDoor;
let provider: TestOidcProvider;
beforeAll(async () => {
  door = await startFrontDoor();
  provider = await startOidcProvider({
    redirectUris: [`${door.url}/auth/oidc/callback`],
    users: {
      alice: { email: 'alice@example.com', email_verified: true, groups: ['shop-team', 'role:admin'] },
      // Everybody may choose such a name at some provider.
      admin: { groups: ['admin', 'proj:shop:deploy'] },
    },
  });
  await configure();
});
afterAll(async () => {
  await provider?.close();
  await door?.close();
});

const configure = (more = '') =>
  door.configure({
    cm: {
      'oidc.config': [
        'name: Company',
        `issuer: ${provider.issuer}`,
        `clientID: ${provider.clientId}`,
        'clientSecret: $oidc.company.clientSecret',
        more,
      ].join('\n'),
    },
    secret: { 'oidc.company.clientSecret': provider.clientSecret },
    rbac: { 'policy.csv': 'p, role:deploy, applications, sync, shop/*, allow\ng, shop-team, role:deploy' },
  });

/** The cookie that only the browser has which began. */
function pendingCookie(reply: Reply): string {
  return /^sekisho_sign_in=[^;]+/.exec(reply.cookies[0] ?? '')?.[0] ?? '';
}

async function begin(query = '') {
  const reply = await door.ask(`/auth/oidc/login${query}`, { from: FROM });
  expect([reply.status, reply.text]).toEqual([302, '']);
  return { reply, url: reply.headers.get('location') ?? '', cookie: pendingCookie(reply) };
}

const comeBack = (callback: URL, cookie?: string) =>
  door.ask(callback.pathname + callback.search, {
    from: FROM,
    ...(cookie === undefined ? {} : { headers: { cookie } }),
  });

async function signIn(user: string, query = '') {
  const { url, cookie } = await begin(query);
  return comeBack(await provider.signIn(url, user), cookie);
}

const whoAmI = (cookie: string) => door.ask('/api/v1/session', { cookie, from: FROM });

describe('a browser', () => {
  test('is offered the provider, sent to it, and comes back signed in, with roles by group', async () => {
    const offered = await door.ask('/api/v1/session/providers');
    expect(offered.json[0]).toEqual({ type: 'oidc', name: 'Company', url: '/auth/oidc/login' });
    const { reply, url, cookie } = await begin('?return=/applications/argocd/web');
    expect(reply.cookies[0]).toMatch(/Max-Age=600; Path=\/auth\/; HttpOnly; SameSite=Lax$/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const back = await comeBack(await provider.signIn(url, 'alice'), cookie);
    expect([back.status, back.text]).toEqual([200, expect.stringContaining('url=/applications/argocd/web')]);
    const { json } = await whoAmI(sessionCookie(back));
    expect(json).toMatchObject({ user: 'alice@example.com', method: 'oidc' });
    // A group that is called like a role is no role.
    expect(json.groups).toEqual(['alice', 'shop-team']);
    expect([json.can['applications/sync'], json.can['applications/delete']]).toEqual([true, false]);
    expect(door.audit.at(-1)).toMatchObject({
      action: 'session.create',
      outcome: 'succeeded',
      actor: { user: 'alice@example.com', method: 'oidc', address: FROM },
    });
  });

  test('that is called like a local account is not that account', async () => {
    const { json } = await whoAmI(sessionCookie(await signIn('admin')));
    expect(json).toMatchObject({ user: 'oidc:admin', groups: [] });
    expect(json.can['applications/get']).toBe(false);
  });

  test('that did not begin does not come in, whatever it brings', async () => {
    const { url, cookie } = await begin();
    const callback = await provider.signIn(url, 'alice');
    const other = await begin();
    for (const [brought, code] of [
      [undefined, 'SSO_UNKNOWN'],
      ['sekisho_sign_in=skc_guessed', 'SSO_UNKNOWN'],
      [other.cookie, 'OIDC_REFUSED'],
    ] as const) {
      const reply = await comeBack(callback, brought);
      expect([reply.status, reply.text]).toEqual([401, expect.stringContaining(code)]);
      expect(sessionCookie(reply)).toBe('');
    }
    // Who began is not hindered by that.
    expect((await comeBack(callback, cookie)).status).toBe(200);
  });

  test('comes back once', async () => {
    const { url, cookie } = await begin();
    const callback = await provider.signIn(url, 'alice');
    expect((await comeBack(callback, cookie)).status).toBe(200);
    const again = await comeBack(callback, cookie);
    expect([again.status, again.text]).toEqual([401, expect.stringContaining('SSO_UNKNOWN')]);
  });

  test('comes back within ten minutes', async () => {
    const { url, cookie } = await begin();
    const callback = await provider.signIn(url, 'alice');
    await door.clock.advance(10 * 60_000);
    expect((await comeBack(callback, cookie)).text).toContain('SSO_UNKNOWN');
  });

  test.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', ''])(
    'is not sent on to %s',
    async (target) => {
      const reply = await signIn('alice', `?return=${encodeURIComponent(target)}`);
      expect(reply.text).toContain('content="0;url=/"');
    },
  );

  test('is told in plain words that the user said no, without what an attacker wrote', async () => {
    const { url, cookie } = await begin();
    const callback = await provider.refuse(url);
    callback.searchParams.set('error_description', '<script>alert(1)</script>');
    const reply = await comeBack(callback, cookie);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
    expect(reply.text).toContain('OIDC_REFUSED');
    expect(reply.text).not.toContain('<script>');
  });
});

describe('a program on the user’s machine', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  async function codeFor(user: string): Promise<string> {
    const reply = await signIn(user, `?port=54321&challenge=${challenge}&state=abc`);
    const location = new URL(reply.headers.get('location') ?? '');
    expect([location.origin, location.searchParams.get('state')]).toEqual(['http://127.0.0.1:54321', 'abc']);
    expect(sessionCookie(reply)).toBe('');
    return location.searchParams.get('code') ?? '';
  }

  const redeem = (code: string, proof = verifier) =>
    door.ask('/api/v1/session', { body: { code, verifier: proof, bearer: true }, from: FROM });

  test('gets a session for the code, once', async () => {
    const code = await codeFor('alice');
    const reply = await redeem(code);
    expect(reply.json).toMatchObject({ user: 'alice@example.com', token: expect.stringMatching(/^sks_/) });
    expect((await redeem(code)).json).toMatchObject({ code: 'SIGN_IN_FAILED', status: 401 });
  });

  test('gets nothing for a code that another one asked for, or that is old', async () => {
    const stolen = await codeFor('alice');
    expect((await redeem(stolen, 'x'.repeat(43))).status).toBe(401);
    expect((await redeem(stolen)).status).toBe(401);
    const old = await codeFor('alice');
    await door.clock.advance(61_000);
    expect((await redeem(old)).status).toBe(401);
  });
});

describe('the provider', () => {
  test('that is away says so, and local accounts go on', async () => {
    const gone = await startOidcProvider({ redirectUris: [], users: {} });
    await gone.close();
    await door.configure({ cm: { 'oidc.config': `name: Company\nissuer: ${gone.issuer}\nclientID: sekisho` } });
    const reply = await door.ask('/auth/oidc/login', { from: FROM });
    expect(reply.json).toMatchObject({ code: 'OIDC_UNREACHABLE', status: 502 });
    expect((await door.ask('/api/v1/session', { bearer: door.adminToken })).status).toBe(200);
    await configure();
  });

  test('is not there unless it is configured, and then nobody is signed in by it', async () => {
    const cookie = sessionCookie(await signIn('alice'));
    expect((await whoAmI(cookie)).status).toBe(200);
    await door.configure({ cm: {} });
    expect((await whoAmI(cookie)).status).toBe(401);
    const reply = await door.ask('/auth/oidc/login', { from: FROM });
    expect(reply.json).toMatchObject({ code: 'SSO_NOT_CONFIGURED', status: 404 });
    await configure();
  });

  test('whose secret is missing is told with the key, and not used', async () => {
    await door.configure({ secret: {} });
    expect(door.access.settings.diagnostics).toEqual([
      expect.objectContaining({
        code: 'ACCESS_CONFIG_INVALID',
        message: 'There is no secret $oidc.company.clientSecret.',
      }),
    ]);
    expect((await door.ask('/auth/oidc/login', { from: FROM })).status).toBe(404);
    await configure();
  });
});
