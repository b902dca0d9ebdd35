import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { messageOf, SekishoError } from '@sekisho/base';
import type { ApiRequest } from '@sekisho/kube';
import type { Identity } from '../api/call.ts';
import { handle } from '../api/handler.ts';
import type { ServerContext } from '../api/server-context.ts';
import { methodNotAllowed, StatusError, unauthorized } from '../api/status-error.ts';
import type { ServingCertificate } from '../tls/certificates.ts';
import { readBody } from './body.ts';
import { respond } from './respond.ts';

export interface HttpsListener {
  readonly url: string;
  close(): Promise<void>;
}

const OPEN_PATHS = /^\/(healthz|livez|readyz|version)(\/|$)/;
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const ANONYMOUS: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Serves the API over HTTPS.
 * @throws SekishoError CLUSTER_LISTEN when the address can't be had
 */
export async function listenHttps(
  context: ServerContext,
  certificate: ServingCertificate,
  { host, port }: { host: string; port: number },
): Promise<HttpsListener> {
  const server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem, minVersion: 'TLSv1.2' });
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 30_000;
  server.requestTimeout = 60_000;
  const closing = new AbortController();
  // One listener for each request under way.
  setMaxListeners(0, closing.signal);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(context, request, response, closing.signal);
  });
  server.on('tlsClientError', () => {});
  await listening(server, host, port);
  const { address, family, port: actual } = server.address() as AddressInfo;
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `https://${shown}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1000).unref();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new SekishoError('CLUSTER_LISTEN', `cannot listen on ${host}:${port}: ${messageOf(error)}`, {
          hint: 'Choose another port or stop what uses it.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function serve(
  context: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.on('close', leave);
  closing.addEventListener('abort', leave, { once: true });
  try {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const identity = identify(context, request, url.pathname);
    const method = request.method ?? 'GET';
    if (!METHODS.has(method)) throw methodNotAllowed();
    const body = method === 'GET' ? undefined : await readBody(request);
    const { accept, 'content-type': contentType, 'user-agent': userAgent } = request.headers;
    const apiRequest: ApiRequest = {
      method: method as ApiRequest['method'],
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      signal: gone.signal,
      ...(body === undefined ? {} : { body }),
      ...(accept === undefined ? {} : { accept }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(userAgent === undefined ? {} : { userAgent }),
    };
    await respond(request, response, await handle(context, apiRequest, identity));
  } catch (error) {
    if (error instanceof StatusError) return refuse(request, response, error);
    if (gone.signal.aborted) return;
    context.logger.error(
      { path: request.url?.split('?')[0], error: messageOf(error) },
      'an answer could not be written',
    );
    response.destroy();
  } finally {
    response.off('close', leave);
    closing.removeEventListener('abort', leave);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status }: StatusError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(status);
  // What was not read of the body can't be told from the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status.code ?? 500, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function identify(context: ServerContext, request: IncomingMessage, path: string): Identity {
  const header = request.headers.authorization ?? '';
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  const owner = token === undefined ? undefined : context.authenticate(token);
  if (owner !== undefined) return owner;
  if (header === '' && OPEN_PATHS.test(path)) return ANONYMOUS;
  throw unauthorized();
}
