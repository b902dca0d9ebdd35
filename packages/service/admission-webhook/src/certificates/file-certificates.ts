import { readFile } from 'node:fs/promises';
import { type Clock, type Logger, messageOf, SekishoError, systemClock } from '@sekisho/base';
import { type CertificatePair, inspectCertificate } from '@sekisho/certificates';
import type { CertificateSource } from './source.ts';

export interface FileCertificatesOptions {
  /** PEM: the certificate, and those between it and its authority. */
  readonly certificate: string;
  readonly key: string;
  /** How often the files are looked at, ms. Default 10,000. */
  readonly pollMs?: number;
  readonly clock?: Clock;
  readonly logger: Logger;
}

const POLL_MS = 10_000;

/**
 * Certificates that somebody else makes and rotates, cert-manager for example: read again when they change.
 *
 * @throws SekishoError ADMISSION_CERTIFICATE when the files can't be read, or don't belong together
 */
export async function openFileCertificates(options: FileCertificatesOptions): Promise<CertificateSource> {
  const { pollMs = POLL_MS, clock = systemClock, logger } = options;
  const listeners = new Set<() => void>();
  let current = await readPair(options);
  /** Asked for with each request. */
  let end = endOf(current);
  let cancel = clock.after(pollMs, look);
  let isClosed = false;

  function look(): void {
    readPair(options)
      .then(
        (pair) => {
          if (pair.certificatePem === current.certificatePem && pair.keyPem === current.keyPem) return;
          current = pair;
          end = endOf(pair);
          for (const listener of listeners) listener();
        },
        // One of the two may be written a moment after the other.
        (error) => logger.warn({ error: messageOf(error) }, 'a changed certificate can not be used yet'),
      )
      .finally(() => {
        if (!isClosed) cancel = clock.after(pollMs, look);
      });
  }

  return {
    current: () => current,
    fault() {
      return end > clock.now() ? undefined : `the serving certificate in ${options.certificate} has ended`;
    },
    onChange: (listener) => void listeners.add(listener),
    async close() {
      isClosed = true;
      cancel();
    },
  };
}

function endOf({ certificatePem }: CertificatePair): number {
  return inspectCertificate(certificatePem)?.notAfter ?? 0;
}

async function readPair({ certificate, key }: FileCertificatesOptions): Promise<CertificatePair> {
  const [certificatePem, keyPem] = await Promise.all([read(certificate), read(key)]);
  const facts = inspectCertificate(certificatePem);
  if (facts === undefined) throw invalid(`${certificate} holds no certificate`);
  if (!facts.belongsTo(keyPem)) throw invalid(`${key} is not the key of the certificate in ${certificate}`);
  return { certificatePem, keyPem };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw invalid(`${path} can not be read: ${messageOf(error)}`);
  }
}

function invalid(message: string): SekishoError {
  return new SekishoError('ADMISSION_CERTIFICATE', message);
}
