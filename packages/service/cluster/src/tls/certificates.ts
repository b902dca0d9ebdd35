import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@sekisho/base';
import { type CertificatePair, createAuthority, inspectCertificate, issueCertificate } from '@sekisho/certificates';

export interface ServingCertificate {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

const DAY_MS = 24 * 3600 * 1000;
const CA_DAYS = 3650;
const SERVING_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
const ADDRESSES = ['127.0.0.1', '::1', '10.96.0.1'];

/**
 * The cluster's own CA and serving certificate, made on first use in `<dir>/tls` (keys readable by the owner only), reused,
 * and renewed 30 days before they end. Extra hosts (a listening address) are added to the certificate's names.
 */
export async function openCertificates(
  dir: string,
  clock: Clock,
  extraHosts: readonly string[] = [],
): Promise<ServingCertificate> {
  const folder = join(dir, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = {
    ca: join(folder, 'ca.crt'),
    caKey: join(folder, 'ca.key'),
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
  const ca = await openAuthority(paths, clock);
  const hosts = [...new Set([...NAMES, ...ADDRESSES, ...extraHosts])];
  const known = readPair(paths.certificate, paths.key);
  if (known !== undefined && isCurrent(known, clock) && covers(known, hosts) && isIssuedBy(known, ca)) {
    return { caPem: ca.certificatePem, ...known };
  }
  const made = await issueCertificate(ca, {
    commonName: 'sekisho-apiserver',
    hosts,
    notBefore: clock.now() - DAY_MS,
    notAfter: clock.now() + SERVING_DAYS * DAY_MS,
  });
  writePrivate(paths.key, made.keyPem);
  writePrivate(paths.certificate, made.certificatePem);
  return { caPem: ca.certificatePem, ...made };
}

async function openAuthority(paths: { ca: string; caKey: string }, clock: Clock): Promise<CertificatePair> {
  const known = readPair(paths.ca, paths.caKey);
  if (known !== undefined && isCurrent(known, clock)) return known;
  const made = await createAuthority({
    commonName: 'sekisho-ca',
    notBefore: clock.now() - DAY_MS,
    notAfter: clock.now() + CA_DAYS * DAY_MS,
  });
  writePrivate(paths.caKey, made.keyPem);
  writePrivate(paths.ca, made.certificatePem);
  return made;
}

function readPair(certificatePath: string, keyPath: string): CertificatePair | undefined {
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return undefined;
  return { certificatePem: readFileSync(certificatePath, 'utf8'), keyPem: readFileSync(keyPath, 'utf8') };
}

/** Whether it counts now and for some time; not when it can't be read. */
function isCurrent({ certificatePem, keyPem }: CertificatePair, clock: Clock): boolean {
  const facts = inspectCertificate(certificatePem);
  return (
    facts?.belongsTo(keyPem) === true &&
    facts.notAfter - RENEW_BEFORE_DAYS * DAY_MS > clock.now() &&
    facts.notBefore <= clock.now()
  );
}

function covers({ certificatePem }: CertificatePair, hosts: readonly string[]): boolean {
  const facts = inspectCertificate(certificatePem);
  return hosts.every((host) => facts?.covers(host) === true);
}

function isIssuedBy({ certificatePem }: CertificatePair, authority: CertificatePair): boolean {
  return inspectCertificate(certificatePem)?.isIssuedBy(authority.certificatePem) === true;
}

function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}
