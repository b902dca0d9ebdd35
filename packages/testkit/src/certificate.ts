import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import { tellSkipped } from './shared-folder.ts';
import { tempDir } from './temp-dir.ts';

/** A certificate that is its own authority, and its key; PEM. */
export interface TestCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Made by OpenSSL for two days; undefined, with a visible line, where there is none. */
export async function createCertificate(...names: readonly string[]): Promise<TestCertificate | undefined> {
  const folder = await tempDir('sekisho-certificate-');
  try {
    const [key, certificate] = [join(folder.path, 'key.pem'), join(folder.path, 'certificate.pem')];
    const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
    const made = await runProgram('openssl', [
      ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2'],
      ...['-subj', '/CN=test', '-addext', `subjectAltName=${alternatives}`, '-keyout', key, '-out', certificate],
    ]).catch(() => undefined);
    if (made?.code !== 0) {
      tellSkipped('tests over TLS', 'there is no openssl on this machine');
      return undefined;
    }
    return { certificatePem: await readFile(certificate, 'utf8'), keyPem: await readFile(key, 'utf8') };
  } finally {
    await folder.remove();
  }
}
