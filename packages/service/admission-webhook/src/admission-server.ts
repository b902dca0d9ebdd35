import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { type Logger, messageOf, SekishoError } from '@sekisho/base';
import { DEFAULT_TIMEOUT_MS, Front, type FrontOptions } from './http/front.ts';

export interface AdmissionServerOptions extends FrontOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default TLSv1.3. */
  readonly minTlsVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface AdmissionServer {
  /** `https://host:port` */
  readonly url: string;
  /**
   * Says that it is no longer ready, answers what still comes for so long, then ends.
   *
   * @param drainMs default 0
   */
  close(drainMs?: number): Promise<void>;
}

/**
 * Answers AdmissionReviews over HTTPS: `/v1/admit` validates, `/v1/mutate` mutates, `/v1/admitlabel` guards the labels by
 * which namespaces are exempt; and `/healthz`, `/readyz`, `/metrics`. Whatever goes wrong, nothing is let in: what is not
 * ready, is at its limit or can't be read gets an HTTP fault, what takes too long a denial.
 *
 * @throws SekishoError ADMISSION_LISTEN when the address can't be had, ADMISSION_CERTIFICATE when there is none yet
 */
export async function startAdmissionServer(options: AdmissionServerOptions): Promise<AdmissionServer> {
  const { certificates, host, port, clients, logger } = options;
  const front = new Front(options);
  const server = createServer({ ...secureContext(options), ...(clients === undefined ? {} : REQUEST_CERTIFICATE) });
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => front.take(request, response));
  server.on('tlsClientError', handshakeFaults(logger));
  certificates.onChange(() => {
    // New connections get the new certificate; those that are open go on.
    try {
      server.setSecureContext(secureContext(options));
      logger.info({}, 'the serving certificate was changed');
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'a new serving certificate can not be used');
    }
  });
  await listening(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: `https://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    async close(drainMs = 0) {
      front.leave();
      if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        const last = setTimeout(() => server.closeAllConnections(), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
        last.unref();
      });
    },
  };
}

/** Clients are asked for one; whether it is good is said in the answer, where its reader finds it. */
const REQUEST_CERTIFICATE = { requestCert: true, rejectUnauthorized: false } as const;

function secureContext({
  certificates,
  clients,
  minTlsVersion = 'TLSv1.3',
}: AdmissionServerOptions): SecureContextOptions {
  const pair = certificates.current();
  if (pair === undefined) {
    throw new SekishoError(
      'ADMISSION_CERTIFICATE',
      `there is no serving certificate: ${certificates.fault() ?? 'not yet'}`,
    );
  }
  return {
    cert: pair.certificatePem,
    key: pair.keyPem,
    minVersion: minTlsVersion,
    ...(clients === undefined ? {} : { ca: clients.ca }),
  };
}

const HANDSHAKE_FAULT_EVERY_MS = 10_000;

/** Who does not trust the certificate leaves in the handshake: worth a line, but not one for each of many. */
function handshakeFaults(logger: Logger): (error: Error) => void {
  let quietUntil = 0;
  return (error) => {
    const code = (error as { code?: unknown }).code;
    // Port scans and probes over TCP.
    if (code === 'ECONNRESET' || Date.now() < quietUntil) return;
    quietUntil = Date.now() + HANDSHAKE_FAULT_EVERY_MS;
    const hint = /CERTIFICATE|UNKNOWN_CA/i.test(String(code))
      ? 'The caBundle of the webhook configuration is not the one of this server.'
      : undefined;
    logger.warn(
      { error: messageOf(error), ...(hint === undefined ? {} : { hint }) },
      'a client ended the TLS handshake',
    );
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new SekishoError('ADMISSION_LISTEN', `cannot listen on ${host}:${port}: ${messageOf(error)}`, {
          hint: 'Choose another port or stop what uses it.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
