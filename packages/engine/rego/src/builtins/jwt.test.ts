import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JWT_BUILTINS } from './jwt.ts';
import { callBuiltin } from './testing/call.ts';

const SECRET = 'secretsecretsecretsecretsecretse';
const OCT = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed = generateKeyPairSync('ed25519');
const pem = (pair: typeof rsa) => pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const jwk = (pair: typeof rsa) => pair.privateKey.export({ format: 'jwk' });
const publicJwk = (pair: typeof rsa) => pair.publicKey.export({ format: 'jwk' });

const call = (name: string, ...args: unknown[]) => callBuiltin(JWT_BUILTINS, `io.jwt.${name}`, args);
const sign = (header: object, claims: object, key: object = OCT) => call('encode_sign', header, claims, key) as string;
const hs = (claims: object) => sign({ alg: 'HS256', typ: 'JWT' }, claims);
const fault = (name: string, message: string) => `eval_builtin_error: io.jwt.${name}: ${message}`;

describe('io.jwt', () => {
  it('encodes with members sorted, as Go writes JSON', () => {
    expect(sign({ typ: 'JWT', alg: 'HS256', kid: 'x' }, { iss: 'joe', nested: { z: [1, 2], y: null } })).toBe(
      'eyJhbGciOiJIUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJqb2UiLCJuZXN0ZWQiOnsieSI6bnVsbCwieiI6WzEsMl19fQ.4uPp8l50TPDuw9lNr0p8IZg89Gaz9n1vOra7t_5f5Os',
    );
    expect(hs({ a: '<é>' }).split('.')[1]).toBe(Buffer.from('{"a":"\\u003cé\\u003e"}').toString('base64url'));
  });

  it.each([
    ['RS256', rsa],
    ['RS512', rsa],
    ['PS256', rsa],
    ['PS384', rsa],
    ['ES256', p256],
    ['ES384', p384],
    ['EdDSA', ed],
  ] as const)('signs and verifies %s', (alg, pair) => {
    const token = sign({ alg }, { a: 1 }, jwk(pair as typeof rsa));
    const name = `verify_${alg.toLowerCase()}`;
    expect(call(name, token, pem(pair as typeof rsa))).toBe(true);
    expect(call(name, token, JSON.stringify(publicJwk(pair as typeof rsa)))).toBe(true);
    expect(call(name, token, JSON.stringify({ keys: [publicJwk(p384), publicJwk(pair as typeof rsa)] }))).toBe(true);
    expect(call(name, `${token.slice(0, -8)}AAAAAAAA`, pem(pair as typeof rsa))).toBe(false);
  });

  it.each<[string, readonly unknown[], unknown]>([
    ['verify_hs256', [hs({}), SECRET], true],
    ['verify_hs512', [hs({}), SECRET], false],
    ['verify_hs256', ['a.b', 'x'], fault('verify_hs256', 'encoded JWT must have 3 sections, found 2')],
    ['verify_hs256', ['a.b.c', 'x'], fault('verify_hs256', 'illegal base64url string: c')],
    ['verify_rs256', [hs({}), pem(p256 as unknown as typeof rsa)], false],
    [
      'verify_es384',
      [sign({ alg: 'ES256' }, {}, jwk(p256 as unknown as typeof rsa)), pem(p256 as unknown as typeof rsa)],
      false,
    ],
    ['decode', [hs({ b: 1 })], [{ alg: 'HS256', typ: 'JWT' }, { b: 1 }, expect.stringMatching(/^[0-9a-f]{64}$/)]],
    ['decode', ['e30.e30.'], [{}, {}, '']],
    ['decode', ['eyJjdHkiOiJKV1QifQ.ImUzMC5lMzAuIg.'], [{}, {}, '']],
    ['decode', ['W10.e30.'], fault('decode', 'bad JWT header: decoded JSON type was not an Object')],
    ['decode', ['a.b.c'], fault('decode', 'JWT header had invalid encoding: illegal base64url string: a')],
    ['decode', ['eyJlbmMiOiJ4In0.e30.'], fault('decode', 'JWT is a JWE object, which is not supported')],
    ['encode_sign', [{ alg: 'none' }, {}, OCT], fault('encode_sign', 'unknown JWS algorithm: none')],
    ['encode_sign', [{ alg: 'RS256' }, {}, OCT], expect.stringContaining('eval_builtin_error')],
    [
      'encode_sign_raw',
      ['{"alg":"HS256","typ":"JWT"}', 'not json', JSON.stringify(OCT)],
      fault('encode_sign_raw', 'type is JWT but payload is not JSON'),
    ],
  ])('%s %j', (name, args, wanted) => {
    expect(call(name, ...args)).toEqual(wanted);
  });

  const refused = [false, {}, {}];
  const now = 1_700_000_000;
  it.each<[string, string, object, boolean]>([
    ['a secret', hs({ b: 1 }), { secret: SECRET }, true],
    ['another secret', hs({ b: 1 }), { secret: 'x' }, false],
    ['an audience that nobody asked for', hs({ aud: 'x' }), { secret: SECRET }, false],
    ['the audience among others', hs({ aud: ['x', 'y'] }), { secret: SECRET, aud: 'y' }, true],
    ['a missing audience', hs({}), { secret: SECRET, aud: 'y' }, false],
    ['another issuer', hs({ iss: 'i' }), { secret: SECRET, iss: 'j' }, false],
    ['a token not yet expired', hs({ exp: now + 1 }), { secret: SECRET }, true],
    ['an expired token', hs({ exp: now }), { secret: SECRET }, false],
    ['a token before its time', hs({ nbf: now + 1 }), { secret: SECRET }, false],
    ['a time of the caller', hs({ exp: 1 }), { secret: SECRET, time: 0 }, true],
    ['another algorithm than asked for', hs({}), { secret: SECRET, alg: 'HS512' }, false],
    ['no algorithm at all', 'eyJhbGciOiJub25lIn0.e30.', { secret: SECRET }, false],
    ['a symmetric token under a public key', hs({}), { cert: pem(rsa) }, false],
    ['a critical extension', sign({ alg: 'HS256', crit: ['x'] }, {}), { secret: SECRET }, false],
  ])('decode_verify: %s', (_, token, constraints, isFine) => {
    const result = call('decode_verify', token, constraints);
    if (isFine) expect((result as unknown[])[0]).toBe(true);
    else expect(result).toEqual(refused);
  });

  it('does not take a public key for a secret', () => {
    const data = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30`;
    const forged = `${data}.${createHmac('sha256', pem(rsa)).update(data).digest('base64url')}`;
    expect(call('decode_verify', forged, { cert: pem(rsa) })).toEqual(refused);
  });

  it('refuses constraints that say nothing or too much', () => {
    expect(call('decode_verify', hs({}), {})).toBe(fault('decode_verify', 'no key constraint'));
    expect(call('decode_verify', hs({}), { secret: 'x', foo: 1 })).toContain(
      'unknown token validation constraint: foo',
    );
    expect(call('decode_verify', hs({}), { secret: 'x', cert: pem(rsa) })).toContain('duplicate key constraints');
    expect(call('decode_verify', hs({ exp: 'a' }), { secret: SECRET })).toContain('exp value must be a number');
  });
});
