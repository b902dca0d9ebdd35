import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeClock, startOidcProvider, type TestOidcProvider } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOidcProvider, type OidcOptions } from './oidc.ts';

const REDIRECT = 'http://127.0.0.1:7070/auth/oidc/callback';
const USERS = {
  alice: { name: 'Alice', email: 'alice@example.com', email_verified: true, groups: ['team-shop', 'staff'] },
  eve: { name: 'Eve', email: 'alice@example.com', email_verified: false, groups: [] },
  bare: {},
};

describe.each([
  ['in the userinfo', false],
  ['in the ID token', true],
])('a real provider with claims %s', (_, claimsInIdToken) => {
  let provider: TestOidcProvider;
  beforeAll(async () => {
    provider = await startOidcProvider({ redirectUris: [REDIRECT], users: USERS, claimsInIdToken });
  });
  afterAll(() => provider?.close());

  const options = (more: Partial<OidcOptions> = {}): OidcOptions => ({
    name: 'Company',
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    ...more,
  });

  async function signIn(user: string, more: Partial<OidcOptions> = {}) {
    const oidc = createOidcProvider(options(more));
    const { url, pending } = await oidc.begin(REDIRECT);
    const callback = await provider.signIn(url.href, user);
    return { oidc, pending, callback, identity: await oidc.finish(callback, pending) };
  }

  test('says who signed in, with verified address and groups', async () => {
    expect((await signIn('alice')).identity).toEqual({
      subject: 'alice',
      name: 'alice@example.com',
      groups: ['team-shop', 'staff'],
    });
  });

  test('an address that is not verified is neither a name nor a group', async () => {
    const { identity } = await signIn('eve', { groupClaims: ['groups', 'email'] });
    expect(identity).toEqual({ subject: 'eve', name: 'eve', groups: [] });
  });

  test('a verified address is a group where policies ask for it', async () => {
    const { identity } = await signIn('alice', { groupClaims: ['email'] });
    expect(identity.groups).toEqual(['alice@example.com']);
  });

  test('a user without claims is known by the subject', async () => {
    expect((await signIn('bare')).identity).toEqual({ subject: 'bare', name: 'bare', groups: [] });
  });

  test('an answer counts once', async () => {
    const { oidc, callback, pending } = await signIn('alice');
    await expect(oidc.finish(callback, pending)).rejects.toMatchObject({ code: 'OIDC_REFUSED' });
  });

  test('a user who says no is refused with the provider’s words', async () => {
    const oidc = createOidcProvider(options());
    const { url, pending } = await oidc.begin(REDIRECT);
    const callback = await provider.refuse(url.href);
    await expect(oidc.finish(callback, pending)).rejects.toMatchObject({
      code: 'OIDC_REFUSED',
      message: 'Company refused the sign-in: the user said no.',
    });
  });

  test.each([
    ['another state', (pending: object) => ({ ...pending, state: 'another' })],
    ['another nonce', (pending: object) => ({ ...pending, nonce: 'another' })],
    ['another verifier', (pending: object) => ({ ...pending, codeVerifier: 'x'.repeat(43) })],
    ['another way back', (pending: object) => ({ ...pending, redirectUri: `${REDIRECT}/elsewhere` })],
  ])('an answer to a sign-in with %s is refused', async (_what, change) => {
    const oidc = createOidcProvider(options());
    const { url, pending } = await oidc.begin(REDIRECT);
    const callback = await provider.signIn(url.href, 'alice');
    const other = change(pending) as typeof pending;
    await expect(oidc.finish(callback, other)).rejects.toMatchObject({
      code: 'OIDC_REFUSED',
      details: { status: 401 },
    });
  });

  test('a wrong secret of the client is told with what to check, and not shown', async () => {
    const attempt = signIn('alice', { clientSecret: 'another secret' });
    await expect(attempt).rejects.toMatchObject({
      code: 'OIDC_REFUSED',
      hint: expect.stringContaining('clientSecret'),
    });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('another secret') });
  });
});

describe('a provider that is not as it should be', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let issuer: string;
  let claims: Record<string, unknown>;
  let signWith: { key: KeyObject; alg: string };
  let userinfo: Record<string, unknown> | undefined;
  let answerAs: 'provider' | 'silent' | 'broken' | 'html' = 'provider';
  const server = createServer((request, response) => {
    const json = (value: unknown) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    };
    if (answerAs === 'silent') return;
    if (answerAs === 'broken') return response.destroy();
    if (answerAs === 'html') return response.setHeader('content-type', 'text/html').end('<h1>Welcome</h1>');
    if (request.url === '/jwks') {
      return json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] });
    }
    if (request.url === '/token') {
      return json({ access_token: 'access', token_type: 'Bearer', id_token: idToken(claims, signWith) });
    }
    if (request.url === '/userinfo') return json(userinfo);
    json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      ...(userinfo === undefined ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const good = (nonce: string): Record<string, unknown> => ({
    iss: issuer,
    sub: 'alice',
    aud: 'sekisho',
    nonce,
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 300,
    groups: ['staff'],
  });

  async function signIn(change: (claims: Record<string, unknown>) => object, sign = 'RS256', key = keys.privateKey) {
    answerAs = 'provider';
    const oidc = createOidcProvider({ name: 'Company', issuer, clientId: 'sekisho', timeoutSeconds: 2 });
    const { pending } = await oidc.begin(REDIRECT);
    claims = { ...good(pending.nonce) };
    claims = { ...claims, ...change(claims) };
    signWith = { key, alg: sign };
    return oidc.finish(new URL(`${REDIRECT}?code=1&state=${pending.state}`), pending);
  }

  test('is believed when its token is good', async () => {
    userinfo = undefined;
    expect(await signIn(() => ({}))).toEqual({ subject: 'alice', name: 'alice', groups: ['staff'] });
  });

  const now = () => Math.floor(Date.now() / 1000);
  test.each([
    ['is signed by another key', () => ({}), 'RS256', others.privateKey],
    ['is not signed', () => ({}), 'none', keys.privateKey],
    ['is signed with the public key as a secret', () => ({}), 'HS256', keys.privateKey],
    ['is of another issuer', () => ({ iss: 'https://evil.example' }), 'RS256', keys.privateKey],
    ['is for another client', () => ({ aud: 'somebody-else' }), 'RS256', keys.privateKey],
    ['is for several and says not for whom', () => ({ aud: ['sekisho', 'x'] }), 'RS256', keys.privateKey],
    ['answers another sign-in', () => ({ nonce: 'another' }), 'RS256', keys.privateKey],
    ['answers no sign-in', () => ({ nonce: undefined }), 'RS256', keys.privateKey],
    ['expired an hour ago', () => ({ exp: now() - 3600, iat: now() - 7200 }), 'RS256', keys.privateKey],
    ['has no end', () => ({ exp: undefined }), 'RS256', keys.privateKey],
    ['is of nobody', () => ({ sub: undefined }), 'RS256', keys.privateKey],
    ['is of a number', () => ({ sub: 7 }), 'RS256', keys.privateKey],
  ])('is refused when its token %s', async (_what, change, alg, key) => {
    userinfo = undefined;
    await expect(signIn(change, alg, key)).rejects.toMatchObject({ code: 'OIDC_REFUSED' });
  });

  test('is refused when its userinfo is of somebody else', async () => {
    userinfo = { sub: 'mallory', groups: ['admins'] };
    await expect(signIn(() => ({ groups: undefined }))).rejects.toMatchObject({ code: 'OIDC_REFUSED' });
  });

  test.each([
    ['no list', { groups: 'staff' }, ['staff']],
    ['other things than texts', { groups: [1, null, {}, 'staff', 'staff', ''] }, ['staff']],
    ['more than anybody has', { groups: Array.from({ length: 5_000 }, (_x, i) => `g${i}`) }, { length: 1_000 }],
  ])('whose groups are %s gives those that can be read', async (_what, change, groups) => {
    userinfo = undefined;
    expect((await signIn(() => change)).groups).toMatchObject(groups);
  });

  test.each(['silent', 'broken', 'html'] as const)('that is %s is away: retryable, with what to check', async (how) => {
    answerAs = how;
    const oidc = createOidcProvider({ name: 'Company', issuer, clientId: 'sekisho', timeoutSeconds: 1 });
    await expect(oidc.begin(REDIRECT)).rejects.toMatchObject({
      code: 'OIDC_UNREACHABLE',
      retryable: true,
      details: { status: 502 },
      hint: expect.stringContaining('issuer'),
    });
  });

  test('that comes back is found again after a moment, not asked each time', async () => {
    const clock = fakeClock();
    answerAs = 'broken';
    const oidc = createOidcProvider({ name: 'Company', issuer, clientId: 'sekisho', clock });
    await expect(oidc.begin(REDIRECT)).rejects.toMatchObject({ code: 'OIDC_UNREACHABLE' });
    answerAs = 'provider';
    await expect(oidc.begin(REDIRECT)).rejects.toMatchObject({ code: 'OIDC_UNREACHABLE' });
    await clock.advance(3_000);
    expect((await oidc.begin(REDIRECT)).url.origin).toBe(issuer);
  });

  test('that goes away between the way there and back is away', async () => {
    answerAs = 'provider';
    const oidc = createOidcProvider({ name: 'Company', issuer, clientId: 'sekisho', timeoutSeconds: 1 });
    const { pending } = await oidc.begin(REDIRECT);
    answerAs = 'broken';
    const back = new URL(`${REDIRECT}?code=1&state=${pending.state}`);
    await expect(oidc.finish(back, pending)).rejects.toMatchObject({ code: 'OIDC_UNREACHABLE' });
  });

  test('on another machine must speak https', async () => {
    const oidc = createOidcProvider({ name: 'Company', issuer: 'http://sso.invalid', clientId: 'sekisho' });
    await expect(oidc.begin(REDIRECT)).rejects.toMatchObject({ code: expect.stringMatching(/^OIDC_/) });
  });

  function idToken(payload: object, { key, alg }: { key: KeyObject; alg: string }): string {
    const text = [{ alg, kid: 'one' }, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    if (alg === 'none') return `${text}.`;
    if (alg === 'HS256') {
      const secret = keys.publicKey.export({ type: 'spki', format: 'pem' });
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    }
    return `${text}.${createSign('sha256').update(text).sign(key).toString('base64url')}`;
  }
});
