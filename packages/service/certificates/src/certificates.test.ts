import { describe, expect, it } from 'vitest';
import { inspectCertificate, splitPem } from './inspect.ts';
import { createAuthority, issueCertificate } from './issue.ts';

const VALID = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2027, 0, 1) };

describe('certificates', () => {
  it('are issued for names and addresses by an authority', async () => {
    const authority = await createAuthority({ commonName: 'test', ...VALID });
    const other = await createAuthority({ commonName: 'test', ...VALID });
    const pair = await issueCertificate(authority, {
      commonName: 'web',
      hosts: ['web.test', '127.0.0.1', '::1'],
      ...VALID,
    });
    const facts = inspectCertificate(pair.certificatePem);
    expect(facts).toMatchObject({ ...VALID, commonName: 'web' });
    expect(
      ['web.test', '127.0.0.1', '::1', 'web', 'other.test', '10.0.0.1'].filter((host) => facts?.covers(host)),
    ).toEqual(['web.test', '127.0.0.1', '::1']);
    expect(facts?.hosts).toEqual(['web.test', '127.0.0.1', '0:0:0:0:0:0:0:1']);
    expect(facts?.isIssuedBy(authority.certificatePem)).toBe(true);
    expect(facts?.isIssuedBy(other.certificatePem)).toBe(false);
    expect(facts?.belongsTo(pair.keyPem)).toBe(true);
    expect(facts?.belongsTo(authority.keyPem)).toBe(false);
  });

  it('come apart out of a bundle', async () => {
    const [one, two] = [
      await createAuthority({ commonName: 'one', ...VALID }),
      await createAuthority({ commonName: 'two', ...VALID }),
    ];
    const parts = splitPem(`# one\n${one.certificatePem}\n${two.certificatePem}`);
    expect(parts.map((pem) => inspectCertificate(pem)?.commonName?.slice(0, 4))).toEqual(['one-', 'two-']);
  });

  it.each([[''], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'], ['no certificate']])(
    'that are none are told: %j',
    (pem) => {
      expect(inspectCertificate(pem)).toBeUndefined();
    },
  );

  it('do not belong to what is no key', async () => {
    const { certificatePem } = await createAuthority({ commonName: 'test', ...VALID });
    const facts = inspectCertificate(certificatePem);
    expect(facts?.belongsTo('no key')).toBe(false);
    expect(facts?.isIssuedBy('no certificate')).toBe(false);
  });
});
