import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csrfOf } from './secret-text.ts';
import { type FrontDoor, type Reply, sessionCookie, startFrontDoor } from './testing/front-door.ts';

// Sign-in, sessions, tokens and accounts through the real HTTP server and the real store, with a clock that tests move.

const PASSWORD = 'correct horse battery';
const HOUR = 3_600_000;
/** Documentation addresses: one network each, so that no test slows another one down. */
let lastNetwork = 0;
const somewhere = () => `198.51.${++lastNetwork}.7`;

let door: FrontDoor;
beforeAll(async () => {
  door = await startFrontDoor({
    cm: {
      'accounts.alice': 'login',
      'accounts.bob': 'login, apiKey',
      'accounts.ci': 'apiKey',
      'accounts.off': 'login, apiKey',
      'accounts.off.enabled': 'false',
      'users.session.duration': '8h',
      'users.session.idle': '1h',
    },
    rbac: { 'policy.csv': 'p, bob, applications, sync, shop/*, allow\ng, ci, role:readonly\ng, bob, role:auditor' },
    projects: [
      {
        name: 'shop',
        roles: [{ name: 'deploy', groups: [], policies: ['p, proj:shop:deploy, applications, sync, shop/*, allow'] }],
      },
    ],
  });
  for (const name of ['alice', 'bob', 'off']) {
    const path = `/api/v1/accounts/${name}/password`;
    const set = await door.ask(path, { bearer: door.adminToken, body: { newPassword: PASSWORD } });
    expect(set.status).toBe(204);
  }
});
afterAll(() => door?.close());

const signIn = (body: object, from = somewhere()) => door.ask('/api/v1/session', { body, from });

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
  readonly from: string;
}

/** As after a sign-in with the password, without the time that passwords take. */
async function signedIn(user = 'alice', from = somewhere()): Promise<Browser> {
  const who = { user, groups: [], method: 'password' } as const;
  const { secret } = await door.access.sessions.create(who, { address: from, agent: 'node' });
  return { cookie: secret, csrf: csrfOf(secret), from };
}

const whoAmI = (who: object) => door.ask('/api/v1/session', { ...who });
const refusal = ({ status, json }: Reply) => [status, json?.code];

async function tokenOf(account: string, wish: object = {}): Promise<{ token: string; id: string; expiresAt?: string }> {
  const made = await door.ask(`/api/v1/accounts/${account}/tokens`, { bearer: door.adminToken, body: wish });
  expect(made.status).toBe(201);
  return made.json;
}

describe('the start token', () => {
  test('is good for one sign-in as administrator', async () => {
    const token = door.access.createStartToken();
    const first = await signIn({ token });
    expect([first.status, first.json]).toEqual([
      200,
      expect.objectContaining({ user: 'admin', method: 'start-token' }),
    ]);
    expect(first.json.can['applications/delete']).toBe(true);
    expect(refusal(await signIn({ token }))).toEqual([401, 'SIGN_IN_FAILED']);
  });

  test('is had by one of two who come at once', async () => {
    const token = door.access.createStartToken();
    const replies = await Promise.all([signIn({ token }), signIn({ token })]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test('is no bearer, and ends after a day', async () => {
    const token = door.access.createStartToken();
    expect(refusal(await whoAmI({ bearer: token }))).toEqual([401, 'UNAUTHORIZED']);
    const late = door.access.createStartToken();
    await door.clock.advance(24 * HOUR);
    expect(refusal(await signIn({ token: late }))).toEqual([401, 'SIGN_IN_FAILED']);
  });
});

describe('a password', () => {
  test('signs a local account in', async () => {
    const reply = await signIn({ username: 'alice', password: PASSWORD });
    expect(reply.json).toMatchObject({ user: 'alice', groups: [], method: 'password' });
    expect(reply.text).not.toContain(sessionCookie(reply));
    expect(door.audit.at(-1)).toMatchObject({
      action: 'session.create',
      outcome: 'succeeded',
      actor: { user: 'alice' },
    });
  });

  test.each([
    ['wrong', { username: 'alice', password: 'wrong horse battery' }],
    ['empty', { username: 'alice', password: '' }],
    ['of nobody', { username: 'mallory', password: PASSWORD }],
    ['of an account that may not sign in', { username: 'ci', password: PASSWORD }],
    ['of an account that is turned off', { username: 'off', password: PASSWORD }],
    ['of an account without one', { username: 'admin', password: PASSWORD }],
    ['of an account that is called like a property of objects', { username: '__proto__', password: PASSWORD }],
    ['for a directory that there is none of', { username: 'alice', password: PASSWORD, provider: 'LDAP' }],
    ['of a megabyte', { username: 'alice', password: 'x'.repeat(4096) }],
  ])('that is %s is refused in the same words as any other', async (_, body) => {
    const reply = await signIn(body);
    expect(reply.json).toEqual({
      code: 'SIGN_IN_FAILED',
      title: 'User name, password or token is wrong.',
      status: 401,
      hint: expect.stringContaining('A start token is good for one sign-in.'),
    });
    expect(reply.cookies).toEqual([]);
    expect(door.audit.at(-1)).toMatchObject({ action: 'session.create', outcome: 'denied' });
  });

  test.each([
    ['nothing', {}],
    ['no text', { username: 1, password: [] }],
    ['a name of 2 KiB', { username: 'a'.repeat(2048), password: PASSWORD }],
  ])('with %s is a bad request', async (_, body) => {
    expect(refusal(await signIn(body))).toEqual([400, 'REQUEST_INVALID']);
  });

  test('is shown nowhere afterwards: not in answers, the log or the audit log', async () => {
    await signIn({ username: 'alice', password: 'a password of no account' });
    // In the wrong field.
    await signIn({ username: 'a password of no account', password: 'x' });
    expect(door.audit.at(-1)).toMatchObject({ outcome: 'denied', actor: { user: 'unknown' } });
    const everything = JSON.stringify([door.audit, door.log]);
    expect(everything).not.toContain('a password of no account');
    expect(everything).not.toContain(PASSWORD);
  });

  test('of one’s own is changed with the current one alone, and ends the other sessions', async () => {
    const [mine, other] = [await signedIn('bob'), await signedIn('bob')];
    const change = (body: object) => door.ask('/api/v1/accounts/bob/password', { ...mine, body });
    expect(refusal(await change({ newPassword: 'another horse battery' }))).toEqual([403, 'SIGN_IN_FAILED']);
    const wrong = { currentPassword: 'wrong', newPassword: 'another horse battery' };
    expect(refusal(await change(wrong))).toEqual([403, 'SIGN_IN_FAILED']);
    expect(refusal(await change({ currentPassword: PASSWORD, newPassword: 'short' }))).toEqual([422, 'PASSWORD_UNFIT']);
    const good = await change({ currentPassword: PASSWORD, newPassword: 'another horse battery' });
    expect(good.status).toBe(204);
    expect((await whoAmI(mine)).status).toBe(200);
    expect(refusal(await whoAmI(other))).toEqual([401, 'UNAUTHORIZED']);
    const back = { currentPassword: 'another horse battery', newPassword: PASSWORD };
    expect((await change(back)).status).toBe(204);
  });

  test('of somebody else is for those who may update accounts', async () => {
    const alice = await signedIn();
    const body = { currentPassword: PASSWORD, newPassword: 'taken over by alice' };
    expect(refusal(await door.ask('/api/v1/accounts/bob/password', { ...alice, body }))).toEqual([403, 'FORBIDDEN']);
    expect(door.audit.at(-1)).toMatchObject({ action: 'account.update', outcome: 'denied', actor: { user: 'alice' } });
    const unknown = await door.ask('/api/v1/accounts/mallory/password', { bearer: door.adminToken, body });
    expect(refusal(unknown)).toEqual([404, 'ACCOUNT_UNKNOWN']);
  });
});

describe('guessing', () => {
  test('at one account is slowed down from everywhere, and says how long', async () => {
    const guess = () => signIn({ username: 'guessed', password: 'wrong wrong wrong' });
    for (let i = 0; i < 5; i++) expect(refusal(await guess())).toEqual([401, 'SIGN_IN_FAILED']);
    const limited = await guess();
    expect(refusal(limited)).toEqual([429, 'SIGN_IN_LIMITED']);
    expect(limited.headers.get('retry-after')).toBe('1');
    await door.clock.advance(1000);
    expect(refusal(await guess())).toEqual([401, 'SIGN_IN_FAILED']);
    expect((await guess()).headers.get('retry-after')).toBe('2');
  });

  test('keeps nobody out for more than half a minute', async () => {
    const guess = () => signIn({ username: 'bob', password: 'wrong wrong wrong' });
    for (let i = 0; i < 10; i++) {
      await guess();
      await door.clock.advance(30_000);
    }
    await guess();
    expect(refusal(await signIn({ username: 'bob', password: PASSWORD }))).toEqual([429, 'SIGN_IN_LIMITED']);
    await door.clock.advance(30_000);
    expect((await signIn({ username: 'bob', password: PASSWORD })).status).toBe(200);
  });

  test('at many accounts or tokens is slowed down by network', async () => {
    const guess = (n: number, from = `203.0.113.${n}`) => signIn({ token: `skt_${'x'.repeat(n)}` }, from);
    for (let n = 1; n <= 20; n++) expect((await guess(n)).status).toBe(401);
    const limited = await guess(21);
    expect(refusal(limited)).toEqual([429, 'SIGN_IN_LIMITED']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    // Another network, and who is signed in already, are not concerned.
    expect((await guess(21, somewhere())).status).toBe(401);
    expect((await whoAmI({ bearer: door.adminToken, from: '203.0.113.9' })).status).toBe(200);
  });

  test('by asking very often is refused whatever is asked', async () => {
    const from = '2001:db8:0:1::1';
    const replies: Reply[] = [];
    for (let i = 0; i < 61; i++) replies.push(await signIn({}, `2001:db8:0:1::${(i % 9) + 1}`));
    expect(replies.slice(0, 60).map(({ status }) => status)).toEqual(new Array(60).fill(400));
    expect(refusal(replies[60] as Reply)).toEqual([429, 'SIGN_IN_LIMITED']);
    expect(Number(replies[60]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await whoAmI({ bearer: door.adminToken, from })).status).toBe(200);
  });
});

describe('a session', () => {
  test('is a cookie that scripts and other sites can’t use, over https only when the server is reached by https', async () => {
    const plain = await signIn({ username: 'alice', password: PASSWORD });
    const [cookie = ''] = plain.cookies;
    expect(
      cookie
        .split('; ')
        .slice(1)
        .map((part) => part.replace(/=.*(?:GMT)$/, '')),
    ).toEqual(['Path=/', 'Expires', 'HttpOnly', 'SameSite=Strict']);
    const body = { username: 'alice', password: PASSWORD };
    const headers = { 'x-forwarded-proto': 'https' };
    const secure = await door.ask('/api/v1/session', { body, headers, from: somewhere() });
    expect(secure.cookies[0]).toContain('; Secure');
  });

  test('is not stored in a form that could be used', async () => {
    const { cookie } = await signedIn();
    expect(await door.credentials.session(cookie)).toBeUndefined();
  });

  test('ends when nobody uses it, and says so', async () => {
    const mine = await signedIn();
    await door.clock.advance(0.9 * HOUR);
    expect((await whoAmI(mine)).status).toBe(200);
    await door.clock.advance(0.9 * HOUR);
    expect((await whoAmI(mine)).status).toBe(200);
    await door.clock.advance(1.1 * HOUR);
    const ended = await whoAmI(mine);
    expect([...refusal(ended), ended.json.title]).toEqual([
      401,
      'SESSION_EXPIRED',
      'Nobody used the session for too long.',
    ]);
  });

  test('ends after its time, however much it is used', async () => {
    const mine = await signedIn();
    for (let i = 0; i < 9; i++) {
      expect((await whoAmI(mine)).status).toBe(200);
      await door.clock.advance(0.88 * HOUR);
    }
    expect((await whoAmI(mine)).status).toBe(200);
    await door.clock.advance(0.2 * HOUR);
    expect(refusal(await whoAmI(mine))).toEqual([401, 'SESSION_EXPIRED']);
  });

  test.each([
    ['another network', { from: '192.0.2.200' }],
    ['another program', { headers: { 'user-agent': 'curl/8.5.0' } }],
  ])('that is used from %s ends for everybody, and is told to the log', async (where, thief) => {
    const mine = await signedIn();
    const stolen = await whoAmI({ ...mine, ...thief });
    expect([...refusal(stolen), stolen.json.title]).toEqual([401, 'SESSION_MOVED', expect.stringContaining(where)]);
    expect(refusal(await whoAmI(mine))).toEqual([401, 'UNAUTHORIZED']);
    expect(door.log.at(-1)).toContain('a session was used from elsewhere');
  });

  test('goes by what the proxy says, not by what a caller tells the proxy', async () => {
    const mine = await signedIn();
    const moved = await whoAmI({ ...mine, from: `${mine.from}, 192.0.2.201` });
    expect(refusal(moved)).toEqual([401, 'SESSION_MOVED']);
  });

  test('stays when the address changes within a network, or a browser is updated', async () => {
    const from = somewhere();
    const agent = (version: string) => ({ 'user-agent': `Mozilla/5.0 (X11) Firefox/${version}` });
    const body = { username: 'alice', password: PASSWORD };
    const cookie = sessionCookie(await door.ask('/api/v1/session', { body, from, headers: agent('140.0') }));
    const moved = from.replace(/7$/, '99');
    expect((await whoAmI({ cookie, from: moved, headers: agent('141.2.1') })).status).toBe(200);
  });

  test('ends by signing out', async () => {
    const mine = await signedIn();
    const out = await door.ask('/api/v1/session', { ...mine, method: 'DELETE' });
    expect([out.status, out.cookies[0]]).toEqual([
      204,
      expect.stringMatching(/^sekisho_session=;.*Expires=Thu, 01 Jan 1970/),
    ]);
    expect(refusal(await whoAmI(mine))).toEqual([401, 'UNAUTHORIZED']);
  });

  test('ends when its account is turned off or loses the right to sign in', async () => {
    const mine = await signedIn();
    const cm = { 'accounts.alice': 'login', 'accounts.bob': 'login, apiKey', 'accounts.ci': 'apiKey' };
    await door.configure({ cm: { ...cm, 'accounts.alice.enabled': 'false' } });
    expect(refusal(await whoAmI(mine))).toEqual([401, 'UNAUTHORIZED']);
    await door.configure({ cm: { ...cm, 'accounts.alice': 'apiKey' } });
    expect(refusal(await whoAmI(mine))).toEqual([401, 'UNAUTHORIZED']);
    await door.configure({ cm });
    expect((await whoAmI(mine)).status).toBe(200);
  });

  test('of a program is shown as a bearer and sets no cookie', async () => {
    const from = somewhere();
    const made = await signIn({ username: 'alice', password: PASSWORD, bearer: true }, from);
    expect([made.cookies, made.json.csrf]).toEqual([[], undefined]);
    expect((await whoAmI({ bearer: made.json.token, from })).json.user).toBe('alice');
    expect((await door.ask('/api/v1/session', { method: 'DELETE', bearer: made.json.token, from })).status).toBe(204);
    expect(refusal(await whoAmI({ bearer: made.json.token, from }))).toEqual([401, 'UNAUTHORIZED']);
  });
});

describe('a change by a browser', () => {
  const change = (who: object) =>
    door.ask('/api/v1/accounts/alice/password', { ...who, body: { currentPassword: 'x', newPassword: PASSWORD } });

  test('needs the header that only the console knows', async () => {
    const mine = await signedIn();
    const other = await signedIn();
    expect(refusal(await change({ ...mine, csrf: undefined }))).toEqual([403, 'CSRF_MISSING']);
    expect(refusal(await change({ ...mine, csrf: 'guessed' }))).toEqual([403, 'CSRF_MISSING']);
    expect(refusal(await change({ ...mine, csrf: other.csrf }))).toEqual([403, 'CSRF_MISSING']);
    expect(refusal(await change(mine))).toEqual([403, 'SIGN_IN_FAILED']);
  });

  test('may not be a sign-in that another site asks for', async () => {
    const body = { username: 'alice', password: PASSWORD };
    for (const site of ['cross-site', 'same-site']) {
      const reply = await door.ask('/api/v1/session', { body, headers: { 'sec-fetch-site': site }, from: somewhere() });
      expect([...refusal(reply), reply.cookies]).toEqual([403, 'CROSS_SITE', []]);
    }
    const own = await door.ask('/api/v1/session', {
      body,
      headers: { 'sec-fetch-site': 'same-origin' },
      from: somewhere(),
    });
    expect(own.status).toBe(200);
  });

  test('may not be a form’s: bodies are JSON', async () => {
    const reply = await fetch(new URL('/api/v1/session', door.url), {
      method: 'POST',
      body: new URLSearchParams({ username: 'alice', password: PASSWORD }),
      headers: { 'x-forwarded-for': somewhere() },
    });
    expect(reply.status).toBe(415);
  });
});

describe('every answer', () => {
  test.each(['/healthz', '/api/v1/session', '/api/v1/openapi.json', '/nothing', '/auth/oidc/callback?code=1'])(
    'to %s keeps browsers from doing anything with it',
    async (path) => {
      const { headers } = await door.ask(path, { from: somewhere() });
      expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none';base-uri 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('an API token', () => {
  test('works as bearer and as git’s password, is shown once, and kept as a hash', async () => {
    const { token, id } = await tokenOf('ci', { description: 'pipeline' });
    expect((await whoAmI({ bearer: token })).json).toMatchObject({ user: 'ci', method: 'token' });
    const basic = Buffer.from(`any:${token}`).toString('base64');
    expect((await whoAmI({ headers: { authorization: `Basic ${basic}` } })).json.user).toBe('ci');
    const listed = await door.ask('/api/v1/accounts/ci', { bearer: door.adminToken });
    expect(listed.json.tokens).toContainEqual(expect.objectContaining({ id, description: 'pipeline' }));
    expect(listed.text).not.toContain(token);
    expect(JSON.stringify(door.audit)).not.toContain(token);
  });

  test('ends when it expires, and says so', async () => {
    const { token, expiresAt } = await tokenOf('ci', { expiresIn: '30m' });
    expect((await whoAmI({ bearer: token })).status).toBe(200);
    await door.clock.advance(HOUR / 2);
    const ended = await whoAmI({ bearer: token });
    expect(ended.json).toEqual({
      code: 'TOKEN_EXPIRED',
      title: `The token expired at ${expiresAt}.`,
      status: 401,
      hint: 'Make a new one: sekisho account generate-token --account ci',
    });
    expect(refusal(await signIn({ token }))).toEqual([401, 'TOKEN_EXPIRED']);
  });

  test('lasts 90 days unless told otherwise', async () => {
    const { expiresAt = '' } = await tokenOf('ci');
    expect(Date.parse(expiresAt) - door.clock.now()).toBe(90 * 24 * HOUR);
    expect((await tokenOf('ci', { expiresIn: 'never' })).expiresAt).toBeUndefined();
    const bad = await door.ask('/api/v1/accounts/ci/tokens', { bearer: door.adminToken, body: { expiresIn: 'soon' } });
    expect(refusal(bad)).toEqual([400, 'REQUEST_INVALID']);
  });

  test('ends when it is deleted, with the sessions that were made with it', async () => {
    const { token, id } = await tokenOf('ci');
    const from = somewhere();
    const cookie = sessionCookie(await signIn({ token }, from));
    expect((await whoAmI({ cookie, from })).json.user).toBe('ci');
    const remove = () => door.ask(`/api/v1/accounts/ci/tokens/${id}`, { method: 'DELETE', bearer: door.adminToken });
    expect((await remove()).status).toBe(204);
    expect(refusal(await whoAmI({ bearer: token }))).toEqual([401, 'UNAUTHORIZED']);
    expect(refusal(await whoAmI({ cookie, from }))).toEqual([401, 'UNAUTHORIZED']);
    expect(refusal(await remove())).toEqual([404, 'TOKEN_UNKNOWN']);
  });

  test('gives a session that never outlives it', async () => {
    const { token, expiresAt } = await tokenOf('ci', { expiresIn: '10m' });
    expect((await signIn({ token })).json.expiresAt).toBe(expiresAt);
  });

  test('may do what its account may, within its scope', async () => {
    const may = async (bearer: string, action: string, object: string) =>
      (await door.ask(`/api/v1/can-i?resource=applications&action=${action}&object=${object}`, { bearer })).json
        .allowed;
    const { token: whole } = await tokenOf('bob');
    const { token: other } = await tokenOf('bob', { project: 'other' });
    const { token: reader } = await tokenOf('ci', { role: 'role:readonly', project: 'shop' });
    expect(await may(whole, 'sync', 'shop/web')).toBe(true);
    expect(await may(whole, 'delete', 'shop/web')).toBe(false);
    expect(await may(other, 'sync', 'shop/web')).toBe(false);
    expect(await may(reader, 'get', 'shop/web')).toBe(true);
    expect(await may(reader, 'get', 'other/web')).toBe(false);
  });

  test('of a project role works as long as the role exists', async () => {
    const { token } = await tokenOf('proj:shop:deploy');
    const may = (object: string) =>
      door.ask(`/api/v1/can-i?resource=applications&action=sync&object=${object}`, { bearer: token });
    expect((await may('shop/web')).json.allowed).toBe(true);
    expect((await may('other/web')).json.allowed).toBe(false);
    const missing = await door.ask('/api/v1/accounts/proj:shop:none/tokens', { bearer: door.adminToken, body: {} });
    expect(refusal(missing)).toEqual([422, 'ACCOUNT_WITHOUT_TOKENS']);
  });

  test('is made for oneself by who signed in with a password, and not with a token', async () => {
    const bob = await signedIn('bob');
    expect((await door.ask('/api/v1/accounts/bob/tokens', { ...bob, body: {} })).status).toBe(201);
    const { token } = await tokenOf('bob');
    const again = await door.ask('/api/v1/accounts/bob/tokens', { bearer: token, body: {} });
    expect(refusal(again)).toEqual([403, 'FORBIDDEN']);
    const alice = await signedIn('alice');
    expect(refusal(await door.ask('/api/v1/accounts/alice/tokens', { ...alice, body: {} }))).toEqual([
      422,
      'ACCOUNT_WITHOUT_TOKENS',
    ]);
    expect(refusal(await door.ask('/api/v1/accounts/bob/tokens', { ...alice, body: {} }))).toEqual([403, 'FORBIDDEN']);
  });

  test.each([
    ['nothing', ''],
    ['another scheme', 'Digest abc'],
    ['no token', 'Bearer '],
    ['a token of nobody', `Bearer skt_${'x'.repeat(43)}`],
    ['a token with spaces', 'Bearer skt_a b'],
    ['a megabyte', `Bearer skt_${'x'.repeat(8_000)}`],
  ])('that is %s is nobody’s, even beside a good cookie', async (_, authorization) => {
    const { cookie, from } = await signedIn();
    expect(refusal(await whoAmI({ headers: { authorization }, cookie, from }))).toEqual([401, 'UNAUTHORIZED']);
  });
});

describe('can-i', () => {
  const ask = (query: string, who: object = { bearer: door.adminToken }) => door.ask(`/api/v1/can-i?${query}`, who);

  test('says the rule that decides', async () => {
    const { json } = await ask('resource=applications&action=sync&object=shop/web&account=bob');
    expect(json).toEqual({ allowed: true, reason: expect.stringContaining('argocd-rbac-cm/policy.csv:1') });
    const no = await ask('resource=applications&action=delete&object=shop/web&account=bob');
    expect(no.json).toEqual({ allowed: false, reason: expect.stringContaining('no rule allows it') });
  });

  test('does not answer what nobody could ever do', async () => {
    for (const [query, hint] of [
      ['resource=nothing&action=get', 'applications, '],
      ['resource=applications&action=frobnicate', 'get, create, '],
    ] as const) {
      const { status, json } = await ask(query);
      expect([status, json.code, json.hint]).toEqual([400, 'REQUEST_INVALID', expect.stringContaining(hint)]);
    }
    expect((await ask('resource=applications&action=action/apps/Deployment/restart')).json.allowed).toBe(true);
  });

  test('about somebody else is for those who may read accounts', async () => {
    const alice = await signedIn();
    expect(refusal(await ask('resource=applications&action=get&account=bob', alice))).toEqual([403, 'FORBIDDEN']);
    expect((await ask('resource=applications&action=get&account=alice', alice)).json.allowed).toBe(false);
  });

  test('tells the faults of the policy to those who may read accounts', async () => {
    await door.configure({ rbac: { 'policy.csv': 'p, alice, applications, sync, *, maybe' } });
    const alice = await signedIn();
    const query = 'resource=applications&action=sync&object=shop/web';
    expect((await ask(query, alice)).json).toEqual({ allowed: false, reason: expect.any(String) });
    expect((await ask(query)).json.faults).toEqual([expect.stringContaining('ACCESS_POLICY_SYNTAX')]);
  });
});

describe('while the store is away', () => {
  test('nobody is let in, nobody learns why, and everything works again afterwards', async () => {
    const mine = await signedIn();
    const { token } = await tokenOf('ci');
    await door.clock.advance(6_000);
    door.storeIsAway(true);
    for (const reply of [
      await signIn({ username: 'alice', password: PASSWORD }),
      await signIn({ token }),
      await whoAmI(mine),
      await whoAmI({ bearer: token }),
    ]) {
      expect(reply.json).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 });
      expect(reply.text).not.toContain('10.9.8.7');
      expect(reply.cookies).toEqual([]);
    }
    expect(door.log.join()).toContain('10.9.8.7');
    // The owner of the machine is known without it.
    expect((await whoAmI({ bearer: door.adminToken })).status).toBe(200);
    door.storeIsAway(false);
    expect((await whoAmI(mine)).status).toBe(200);
    expect((await whoAmI({ bearer: token })).status).toBe(200);
  });
});
