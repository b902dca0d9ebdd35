import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Differs for any two certificates. */
  readonly fingerprint: string;
  readonly commonName: string | undefined;
  /** Names and addresses that it counts for. */
  readonly hosts: readonly string[];
  /** Whether it counts for a name or an address. */
  covers(host: string): boolean;
  /** Whether the authority signed it. */
  isIssuedBy(authorityPem: string): boolean;
  /** Whether a key (PEM) is the one of this certificate. */
  belongsTo(keyPem: string): boolean;
}

/** Reads the first certificate of a PEM text; undefined when there is none that can be read. */
export function inspectCertificate(pem: string): CertificateFacts | undefined {
  const certificate = read(pem);
  if (certificate === undefined) return undefined;
  return {
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    commonName: /(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1],
    hosts: (certificate.subjectAltName ?? '')
      .split(', ')
      .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []),
    covers: (host) =>
      (isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host)) !== undefined,
    isIssuedBy(authorityPem) {
      const authority = read(authorityPem);
      return authority !== undefined && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
    },
    belongsTo(keyPem) {
      try {
        return certificate.checkPrivateKey(createPrivateKey(keyPem));
      } catch {
        return false;
      }
    },
  };
}

/** The certificates of a bundle, one text each. */
export function splitPem(bundle: string): readonly string[] {
  const found = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return found.map((pem) => `${pem}\n`);
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
