import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { GoObject } from '@sekisho/gotemplate';
import { describe, expect, it } from 'vitest';
import { createFunctions } from './index.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function functions(): ReturnType<typeof createFunctions> {
  let state = 1;
  const nextByte = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return (state >> 8) & 255;
  };
  return createFunctions({
    now: () => BigInt(NOW) * 1_000_000n,
    random: (count) => Uint8Array.from({ length: count }, nextByte),
  });
}

function call(name: string, ...args: unknown[]): GoObject {
  return functions()[name]?.(...args) as GoObject;
}

function certificateOf(value: GoObject): X509Certificate {
  return new X509Certificate(String(value.fields.Cert));
}

describe('Certificates of charts', () => {
  const ca = call('genCA', 'my-ca', 365n);
  const all = functions();
  // A generator of its own: the server's key is another than the authority's.
  all.randAlpha?.(10n);
  const server = all.genSignedCert?.('web', ['10.0.0.1', '::1'], ['web', 'web.default.svc'], 30n, ca) as GoObject;

  it('an authority signs others, and what it signed is valid for its names and times', () => {
    const [authority, certificate] = [certificateOf(ca), certificateOf(server)];
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(String(server.fields.Key)))).toBe(true);
    expect(certificate.subjectAltName).toBe(
      'DNS:web, DNS:web.default.svc, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(Date.parse(certificate.validFrom)).toBe(NOW);
    expect(Date.parse(certificate.validTo)).toBe(NOW + 30 * 86_400_000);
  });

  it('the same draws give the same keys and certificates', () => {
    expect(call('genCA', 'my-ca', 365n).fields).toEqual(ca.fields);
    expect(call('genPrivateKey', 'ed25519')).toEqual(call('genPrivateKey', 'ed25519'));
  });

  it('keys of others are used, RSA, ECDSA and Ed25519', () => {
    for (const kind of ['ecdsa', 'ed25519']) {
      const key = String(functions().genPrivateKey?.(kind));
      const value = call('genSelfSignedCertWithKey', 'self', null, ['a'], 1n, key);
      expect(value.fields.Key).toBe(key);
      const certificate = certificateOf(value);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
    }
  });

  it('what was made elsewhere is taken as it is', () => {
    const encode = (value: unknown): string => Buffer.from(String(value)).toString('base64');
    expect(call('buildCustomCert', encode(ca.fields.Cert), encode(ca.fields.Key)).fields).toEqual(ca.fields);
  });
});
