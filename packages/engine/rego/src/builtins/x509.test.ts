import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callBuiltin } from './testing/call.ts';
import { X509_BUILTINS } from './x509.ts';

/** Made for these tests; valid from 2026-11-21 for ten years and for one. */
const ROOT = `-----BEGIN CERTIFICATE-----
MIIDZTCCAk2gAwIBAgIUXXCaMMX8bp9too89S+mD/rOFwHcwDQYJKoZIhvcNAQEL
BQAwOjELMAkGA1UEBhMCREUxDTALBgNVBAoMBEFjbWUxCjAIBgNVBAsMAXgxEDAO
BgNVBAMMB1Jvb3QgQ0EwHhcNMjYxMTIxMjAwMzE3WhcNMzYxMTE4MjAwMzE3WjA6
MQswCQYDVQQGEwJERTENMAsGA1UECgwEQWNtZTEKMAgGA1UECwwBeDEQMA4GA1UE
AwwHUm9vdCBDQTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAOU0ds1K
IAB8MTdLW9cN0FqarmdGaDNXz1wVwnePzmRB8Ri1Y73wYRNGz+D/Rvgh5H8dnzm5
BMtm7FuNe3RO7aWKOf4MSVtV5kdB1myY4ECf4jD10ZXsedcGDt9ser8m74DytO21
wvxU4ZE+jYZBIIe6VQzJM/ids5+3wlT6pIrzvjMh8/e5FztObZj+/csTBT5vJUCH
yRDlfx0k9Elf14UP+/tmOAKw2WvVNSSAA2T2L7InPBlTUf9mbNBZdDqiM3oLx4HJ
WX/iPzZQvPMaCgFGNFF7QUMkGjAtBiKLRY8M4/9RNCFpSLmMM5/7iT90V1ESGq+C
tc5q4NNKY6k6oPECAwEAAaNjMGEwHQYDVR0OBBYEFAK8SaZO69N/PwnOQPZiKLQE
G9yBMB8GA1UdIwQYMBaAFAK8SaZO69N/PwnOQPZiKLQEG9yBMA8GA1UdEwEB/wQF
MAMBAf8wDgYDVR0PAQH/BAQDAgEGMA0GCSqGSIb3DQEBCwUAA4IBAQAEpWDsitXz
QkiNjruWBszAegrMKZDnALMCEb9IqUgFIZSJ3c+6A9oL7d9kC+g1rATW6FQkNxDl
+7hFGPlA7ufKTNqVdTY+9tR6D5fZOFhMQqn5PCMXV3dCtdUTjty8fwEIyUQH0XHu
chXHtNQ8ZS3bzFz8g7+kb4GeZ3arxLUcElek8KtHpdSVFZq/KyDEPz5n67O94Pq2
wnsml8/S3Nq4rJbGb8EpKGMt6mvMZGjzTiZQwpgPNi7yO7a1GwN5LRq0Q62mo5Gn
NV0ZCnhlef6j2IbG9SuqD37EtyfqO7bGufd3xYQ9k1YYdEEsI2ckEEmVtYMEY8ms
Ne/RMSph0HNX
-----END CERTIFICATE-----`;
const LEAF = `-----BEGIN CERTIFICATE-----
MIIDjDCCAnSgAwIBAgIUbBVhxeEkrMIUOZYzhY0WNv9z/7swDQYJKoZIhvcNAQEL
BQAwOjELMAkGA1UEBhMCREUxDTALBgNVBAoMBEFjbWUxCjAIBgNVBAsMAXgxEDAO
BgNVBAMMB1Jvb3QgQ0EwHhcNMjYxMTIxMjAwMzE3WhcNMjcxMTIxMjAwMzE3WjAW
MRQwEgYDVQQDDAtleGFtcGxlLm9yZzCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBANJLgoagEuhMpHbDk1j92RBvXccScZNf2kpZe68qUJeun4VRflEOty2O
GF9otOR5vBZCMOf7Gp5+txXj/iDcWZ2HRltcLnkHPpvlono8olNPeQvYGfsq3Gt0
1AwwoaFNjC0eTXE5qiH6ehMDI9KI8sq9qVJIpR8ru0DRfVxy8Xuf7aUcK0QwLf5P
1p+fQqbkd6D/VeGIJzICPy62gKZQP8FrloBjgfUc+VwHyEe/jQ756GO1MQu7z7EF
EbhJlph+ZwMDx8JaUctFtKI2oMaGzB+ytIBEXxlFdBOMlt/DIEsPJMbKETz4Virq
N7TR1G9Or+jCM0oyCcQl0aUVFqbyx00CAwEAAaOBrTCBqjAxBgNVHREEKjAoggtl
eGFtcGxlLm9yZ4cEAQIDBIEFYUBiLmOGDHNwaWZmZTovL3gveTAdBgNVHSUEFjAU
BggrBgEFBQcDAQYIKwYBBQUHAwIwCQYDVR0TBAIwADALBgNVHQ8EBAMCB4AwHQYD
VR0OBBYEFHNlbAfY13OyC7u9YulcuSY9Mk3cMB8GA1UdIwQYMBaAFAK8SaZO69N/
PwnOQPZiKLQEG9yBMA0GCSqGSIb3DQEBCwUAA4IBAQBrGT2GDEroY2QLwmHWkBzS
Ip8O8yW5/1pytEC89Ry+QSRL78sZ+/GU1oc8iDXNm2XLTj5M6QOx26jAcroNZ33f
Ilbpd1O5odzsCebdemE0rzPQ2BOyQz21QkRKx40Gx2y5FLbXnji6TbI9bCTetK5I
9OBgqdKnkghfmsv7V8OIEZ/NPP1GC6kvRTGaITXEXtMBnp9MBUReK3HaRgpMYL7l
ys7X/UQjtL3nesr5qR2jOpoTEQbraQZrjVQZ4l/MuaEVOY9rp2bn8LO87VPxoL5g
Cd2G5yaIVG9FCpXkBO8A7DA8frPp4kLLNLcNi/jWHOMmmIzfDM1YdVpDn9QW6UzL
-----END CERTIFICATE-----`;
const REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIICnzCCAYcCAQAwFjEUMBIGA1UEAwwLZXhhbXBsZS5vcmcwggEiMA0GCSqGSIb3
DQEBAQUAA4IBDwAwggEKAoIBAQDSS4KGoBLoTKR2w5NY/dkQb13HEnGTX9pKWXuv
KlCXrp+FUX5RDrctjhhfaLTkebwWQjDn+xqefrcV4/4g3Fmdh0ZbXC55Bz6b5aJ6
PKJTT3kL2Bn7KtxrdNQMMKGhTYwtHk1xOaoh+noTAyPSiPLKvalSSKUfK7tA0X1c
cvF7n+2lHCtEMC3+T9afn0Km5Heg/1XhiCcyAj8utoCmUD/Ba5aAY4H1HPlcB8hH
v40O+ehjtTELu8+xBRG4SZaYfmcDA8fCWlHLRbSiNqDGhswfsrSARF8ZRXQTjJbf
wyBLDyTGyhE8+FYq6je00dRvTq/owjNKMgnEJdGlFRam8sdNAgMBAAGgRDBCBgkq
hkiG9w0BCQ4xNTAzMDEGA1UdEQQqMCiCC2V4YW1wbGUub3JnhwQBAgMEgQVhQGIu
Y4YMc3BpZmZlOi8veC95MA0GCSqGSIb3DQEBCwUAA4IBAQB0vLhOTFyKfXxU9Sn8
O3gTavSfloWLNYyFpPa+rcrGG+zWe1LgnlpWIskT8IKwGvTsKygI6dD+VgvOE3AE
eDnPVkLPmUNaW7U+QxwF0hzh4SWMYnM+gXFh5wztHLrgszeTLtnqVGzG6PjVfOfv
3GCgZJo8b1fUMeZKXjgv3lYdbXYa0674DXNR9JAZj6lTQwj5hRKySIYvtIiyYGKj
IKU3XioxVGIadoHOHdka8k6rMItWWUzyLURnMNbuuaPKBNLxFk4Z/tfyX30AjV3F
hjlOsSWmAiqZC5Yj74HMaG0sjjFuemC6zi9zaCyssz+HFEzTT8+rV/MCm4kI2CQr
QM6k
-----END CERTIFICATE REQUEST-----`;
const IN_TIME = 1_800_000_000_000_000_000n;
const VERIFY = 'crypto.x509.parse_and_verify_certificates';

const call = (name: string, args: readonly unknown[], nowNs = IN_TIME) =>
  callBuiltin(X509_BUILTINS, name, args, { nowNs }) as never;

describe('crypto.x509', () => {
  it('gives certificates as Go does', () => {
    expect(call('crypto.x509.parse_certificates', [LEAF])).toMatchObject([
      {
        Version: 3,
        DNSNames: ['example.org'],
        EmailAddresses: ['a@b.c'],
        IPAddresses: ['1.2.3.4'],
        URIStrings: ['spiffe://x/y'],
        ExtKeyUsage: [1, 2],
        KeyUsage: 1,
        IsCA: false,
        MaxPathLen: -1,
        SignatureAlgorithm: 4,
        PublicKeyAlgorithm: 1,
        Issuer: { CommonName: 'Root CA', Country: ['DE'], Organization: ['Acme'], OrganizationalUnit: ['x'] },
        Subject: { CommonName: 'example.org', Country: null },
        NotBefore: '2026-11-21T20:03:17Z',
      },
    ]);
  });

  it('gives requests as Go does', () => {
    expect(call('crypto.x509.parse_certificate_request', [REQUEST])).toMatchObject({
      Version: 0,
      DNSNames: ['example.org'],
      Subject: { CommonName: 'example.org' },
      Extensions: [{ Id: [2, 5, 29, 17], Critical: false }],
    });
  });

  it.each([
    ['a chain from the root', `${ROOT}\n${LEAF}`, {}, IN_TIME, true],
    ['a chain from the leaf', `${LEAF}\n${ROOT}`, {}, IN_TIME, false],
    ['one certificate', ROOT, {}, IN_TIME, false],
    ['an expired leaf', `${ROOT}\n${LEAF}`, {}, 1_900_000_000_000_000_000n, false],
    ['a wished name', `${ROOT}\n${LEAF}`, { DNSName: 'example.org' }, IN_TIME, true],
    ['another name', `${ROOT}\n${LEAF}`, { DNSName: 'other.org' }, IN_TIME, false],
    ['a time of the caller', `${ROOT}\n${LEAF}`, { CurrentTime: 1 }, IN_TIME, false],
    ['a usage that the leaf has', `${ROOT}\n${LEAF}`, { KeyUsages: ['KeyUsageClientAuth'] }, IN_TIME, true],
    ['a usage that it lacks', `${ROOT}\n${LEAF}`, { KeyUsages: ['KeyUsageCodeSigning'] }, IN_TIME, false],
    ['no certificate at all', '-----BEGIN X-----\n-----END X-----', {}, IN_TIME, false],
  ])('verifies %s', (_, chain, options, now, isFine) => {
    const result = call(`${VERIFY}_with_options`, [chain, options], now) as [
      boolean,
      { Subject: { CommonName: string } }[],
    ];
    expect(result[0]).toBe(isFine);
    expect(result[1].map(({ Subject }) => Subject.CommonName)).toEqual(isFine ? ['example.org', 'Root CA'] : []);
  });

  it('reads private keys', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(call('crypto.x509.parse_rsa_private_key', [pem])).toMatchObject({ kty: 'RSA', e: 'AQAB' });
    expect(call('crypto.parse_private_keys', [pem])).toMatchObject([{ E: 65537 }]);
    expect(call('crypto.x509.parse_keypair', [LEAF, pem])).toContain('private key does not match public key');
  });

  it('says nothing of the bytes that it can not read', () => {
    const damaged = LEAF.replace(/CERTIFICATE-----\n.{40}/, `CERTIFICATE-----\n${'A'.repeat(40)}`);
    expect(call('crypto.x509.parse_certificates', ['x'])).toContain('illegal base64 data at input byte 0');
    expect(call('crypto.x509.parse_certificates', [damaged])).toBe(
      'eval_builtin_error: crypto.x509.parse_certificates: malformed certificate',
    );
    expect(call(`${VERIFY}_with_options`, [LEAF, { foo: 1 }])).toContain('invalid key option');
  });
});
