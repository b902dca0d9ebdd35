import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { Clock } from '@sekisho/base';

export interface ServingCertificate {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

const DAY_MS = 24 * 3600 * 1000;
const CA_DAYS = 3650;
const SERVING_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
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
  if (
    known !== undefined &&
    isCurrent(known.certificate, clock) &&
    covers(known.certificate, hosts) &&
    known.certificate.issuer === ca.certificate.subject &&
    (await known.certificate.verify({ publicKey: ca.certificate.publicKey, date: new Date(clock.now()) }))
  ) {
    return {
      caPem: ca.certificate.toString('pem'),
      certificatePem: known.certificate.toString('pem'),
      keyPem: known.keyPem,
    };
  }
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=sekisho-apiserver',
    issuer: ca.certificate.subject,
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + SERVING_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isAddress(host) ? 'ip' : 'dns', value: host })),
      ),
    ],
  });
  const keyPem = await exportKey(keys.privateKey);
  writePrivate(paths.key, keyPem);
  writePrivate(paths.certificate, certificate.toString('pem'));
  return { caPem: ca.certificate.toString('pem'), certificatePem: certificate.toString('pem'), keyPem };
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function openAuthority(paths: { ca: string; caKey: string }, clock: Clock): Promise<Authority> {
  const known = readPair(paths.ca, paths.caKey);
  if (known !== undefined && isCurrent(known.certificate, clock)) {
    return { certificate: known.certificate, key: await importKey(known.keyPem) };
  }
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=sekisho-ca-${serialNumber().slice(0, 8)}`,
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + CA_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
    ],
  });
  writePrivate(paths.caKey, await exportKey(keys.privateKey));
  writePrivate(paths.ca, certificate.toString('pem'));
  return { certificate, key: keys.privateKey };
}

function readPair(
  certificatePath: string,
  keyPath: string,
): { certificate: x509.X509Certificate; keyPem: string } | undefined {
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return undefined;
  try {
    return {
      certificate: new x509.X509Certificate(readFileSync(certificatePath, 'utf8')),
      keyPem: readFileSync(keyPath, 'utf8'),
    };
  } catch {
    return undefined;
  }
}

function isCurrent(certificate: x509.X509Certificate, clock: Clock): boolean {
  return (
    certificate.notAfter.getTime() - RENEW_BEFORE_DAYS * DAY_MS > clock.now() &&
    certificate.notBefore.getTime() <= clock.now()
  );
}

function covers(certificate: x509.X509Certificate, hosts: readonly string[]): boolean {
  const names =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map((name) => name.value) ?? [];
  return hosts.every(
    (host) => names.includes(host) || names.some((name) => isAddress(host) && sameAddress(name, host)),
  );
}

function sameAddress(a: string, b: string): boolean {
  try {
    return new URL(`http://[${a}]`).hostname === new URL(`http://[${b}]`).hostname;
  } catch {
    return false;
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString('hex');
}

function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}
