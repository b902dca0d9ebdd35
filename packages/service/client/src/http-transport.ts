import { setMaxListeners } from 'node:events';
import { createSecureContext } from 'node:tls';
import { isSekishoError, type Logger, messageOf, redactUrl, SekishoError, silentLogger, sleep } from '@sekisho/base';
import type { ApiRequest, ApiTransport } from '@sekisho/kube';
import type { Dispatcher } from 'undici';
import type { ConnectionConfig } from './connection.ts';
import { type Credential, createCredentialSource } from './credentials.ts';
import { createConnections, type HttpConnections, type HttpTimeouts } from './http-connections.ts';
import { watchEventsOf } from './watch-lines.ts';

export interface HttpTransportOptions extends Partial<HttpTimeouts> {
  readonly logger?: Logger;
  /** Longest answer that is not a stream. Default 256 MiB. */
  readonly maxBodyBytes?: number;
  /** Longest event of a watch. Default 16 MiB. */
  readonly maxLineBytes?: number;
}

export interface HttpTransport extends ApiTransport {
  /** Ends every request and watch, and all connections. */
  close(): Promise<void>;
}

/** An answer; `release` ends the connection that a watch or log has for itself. */
type Answer = Dispatcher.ResponseData & { release(): void };

const MAX_THROTTLED_RETRIES = 5;
const MAX_RETRY_AFTER_S = 30;

/**
 * HTTPS (or HTTP) to an API server, with kept connections. Watches have connections of their own, so that they never
 * stand in the way of requests. A throttled request (429 with Retry-After) waits and goes again, up to 5 times; a read
 * whose kept connection the server had just closed goes again once.
 *
 * @throws SekishoError CLUSTER_TLS_INVALID | CLUSTER_URL_INVALID | CLUSTER_PROXY_INVALID (at once); requests throw
 *   CLUSTER_UNREACHABLE, CLUSTER_CREDENTIALS (both retryable), KUBE_RESPONSE_TOO_LARGE, CLUSTER_CLOSED, or the signal's reason
 */
export function createHttpTransport(config: ConnectionConfig, options: HttpTransportOptions = {}): HttpTransport {
  const { logger = silentLogger, maxBodyBytes = 256 * 1024 * 1024, maxLineBytes = 16 * 1024 * 1024 } = options;
  const timeouts: HttpTimeouts = {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 60_000,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 60_000,
  };
  const server = serverUrl(config);
  const basePath = server.pathname.replace(/\/+$/, '');
  checkTls(config);
  const credentials = createCredentialSource(config);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  let connections = createConnections(server, config, timeouts);
  let pluginCert: string | undefined;

  /** A plugin's client certificate belongs to the connection: a new one needs new connections. */
  function connectionsFor({ cert, key }: Credential): HttpConnections {
    if (cert === undefined || key === undefined || cert === pluginCert) return connections;
    const old = connections;
    pluginCert = cert;
    connections = createConnections(server, { ...config, tls: { ...config.tls, cert, key } }, timeouts);
    void old.retire().catch(() => {});
    return connections;
  }

  async function send(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    const credential = await credentials.current();
    signal.throwIfAborted();
    const { requests, openStream } = connectionsFor(credential);
    const query = new URLSearchParams(request.query).toString();
    const options = {
      origin: server.origin,
      path: `${basePath}${request.path}${query === '' ? '' : `?${query}`}`,
      method: request.method,
      headers: headersOf(request, config, credential),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    };
    if (!isLong(request)) return { ...(await requests.request({ ...options, signal })), release: () => {} };
    const stream = openStream();
    const release = () => {
      signal.removeEventListener('abort', release);
      void stream.destroy().catch(() => {});
    };
    signal.addEventListener('abort', release, { once: true });
    try {
      return { ...(await stream.request({ ...options, bodyTimeout: 0 })), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async function sendSafely(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(request, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isSekishoError(error)) throw error;
        if (attempt === 0 && request.method === 'GET' && wasClosedByPeer(error)) continue;
        throw unreachable(config, server, error);
      }
    }
  }

  async function attemptAll(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    let renewed = false;
    for (let throttled = 0; ; ) {
      const response = await sendSafely(request, signal);
      if (response.statusCode === 401 && !renewed && credentials.invalidate()) {
        renewed = true;
      } else if (
        response.statusCode === 429 &&
        throttled < MAX_THROTTLED_RETRIES &&
        retryAfter(response) !== undefined
      ) {
        throttled++;
      } else {
        return response;
      }
      await response.body.dump({ limit: 128 * 1024 }).catch(() => {});
      response.release();
      if (response.statusCode === 429) {
        logger.debug({ path: request.path, cluster: config.name }, 'the cluster throttles: waiting as it asked');
        await sleep((retryAfter(response) ?? 1) * 1000, { signal });
      }
    }
  }

  return {
    async request(request) {
      if (closing.signal.aborted) throw closing.signal.reason;
      request.signal?.throwIfAborted();
      const ended = linkedAbort(closing.signal, request.signal);
      let streaming = false;
      let release = () => {};
      try {
        const response = await attemptAll(request, ended.signal);
        release = response.release;
        const { statusCode: status, body } = response;
        const headers = flatHeaders(response.headers);
        if (status < 400 && isLong(request)) {
          streaming = true;
          const letGo = () => {
            ended.unlink();
            response.release();
          };
          const chunks = untilEnd(body, ended.signal, letGo, (error) => unreachable(config, server, error));
          return isWatch(request)
            ? { status, headers, events: watchEventsOf(chunks, maxLineBytes) }
            : { status, headers, stream: chunks };
        }
        const text = await readText(body, maxBodyBytes, ended.signal, (error) => unreachable(config, server, error));
        return { status, headers, body: parseBody(text, status, headers['content-type'] ?? '', request) };
      } finally {
        if (!streaming) {
          ended.unlink();
          release();
        }
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(new SekishoError('CLUSTER_CLOSED', `the connection to ${config.name} was closed`));
      await connections.close();
    },
  };
}

function serverUrl(config: ConnectionConfig): URL {
  let url: URL | undefined;
  try {
    url = new URL(config.server);
  } catch {
    // told below
  }
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SekishoError('CLUSTER_URL_INVALID', `"${redactUrl(config.server)}" is no http(s) address of a cluster`);
  }
  return url;
}

/** Bad PEM would otherwise show up at the first connection, as an error of OpenSSL. */
function checkTls({ name, tls }: ConnectionConfig): void {
  if (tls === undefined) return;
  try {
    createSecureContext({
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
    });
  } catch (error) {
    throw new SekishoError('CLUSTER_TLS_INVALID', `the certificates of ${name} can't be used: ${messageOf(error)}`, {
      hint: 'CA, certificate and key must be PEM, and the key must belong to the certificate.',
    });
  }
}

function isWatch(request: ApiRequest): boolean {
  const watch = request.query?.['watch'];
  return request.method === 'GET' && (watch === 'true' || watch === '1');
}

function isLong(request: ApiRequest): boolean {
  return isWatch(request) || (request.method === 'GET' && request.path.endsWith('/log'));
}

function headersOf(
  request: ApiRequest,
  { impersonate }: ConnectionConfig,
  { authorization }: Credential,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    accept: request.accept ?? 'application/json',
    'user-agent': request.userAgent ?? 'sekisho',
  };
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
  if (authorization !== undefined) headers['authorization'] = authorization;
  if (impersonate !== undefined) {
    headers['impersonate-user'] = impersonate.user;
    if (impersonate.groups !== undefined) headers['impersonate-group'] = [...impersonate.groups];
    if (impersonate.uid !== undefined) headers['impersonate-uid'] = impersonate.uid;
  }
  return headers;
}

function flatHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function retryAfter(response: Dispatcher.ResponseData): number | undefined {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 && seconds <= MAX_RETRY_AFTER_S ? seconds : undefined;
}

function wasClosedByPeer(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

interface LinkedAbort {
  readonly signal: AbortSignal;
  unlink(): void;
}

/** Aborts with the first of two signals. Unlike AbortSignal.any it lets go of long-lived signals when told to. */
function linkedAbort(a: AbortSignal, b: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController();
  // Many requests may share a signal; Node would take that for a leak.
  if (b !== undefined) setMaxListeners(0, b);
  const onA = () => controller.abort(a.reason);
  const onB = () => controller.abort(b?.reason);
  a.addEventListener('abort', onA, { once: true });
  b?.addEventListener('abort', onB, { once: true });
  return {
    signal: controller.signal,
    unlink() {
      a.removeEventListener('abort', onA);
      b?.removeEventListener('abort', onB);
    },
  };
}

type BodyReadable = Dispatcher.ResponseData['body'];

/** The chunks of a stream. Ends without an error when the signal aborts; lets go of the socket in every case. */
async function* untilEnd(
  body: BodyReadable,
  signal: AbortSignal,
  letGo: () => void,
  failure: (error: unknown) => SekishoError,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    if (!signal.aborted) throw failure(error);
  } finally {
    body.on('error', () => {});
    letGo();
  }
}

async function readText(
  body: BodyReadable,
  maxBytes: number,
  signal: AbortSignal,
  failure: (error: unknown) => SekishoError,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) break; // leaving the loop destroys the body and its socket
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failure(error);
  }
  if (size > maxBytes) {
    throw new SekishoError('KUBE_RESPONSE_TOO_LARGE', `the answer is longer than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string, status: number, contentType: string, request: ApiRequest): unknown {
  if (contentType.includes('json')) {
    try {
      return JSON.parse(text);
    } catch {
      throw new SekishoError('KUBE_INTERNAL', `${request.method} ${request.path} was answered with broken JSON`, {
        retryable: true,
      });
    }
  }
  if (status < 400) return text;
  // A proxy or a handler that knows no Status: its words are all there is.
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message: text.trim().slice(0, 1000) };
}

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Is the API server running, and is the port right?',
  ENOTFOUND: 'The host name is unknown: check the server address.',
  UND_ERR_CONNECT_TIMEOUT: 'Nothing answers there: check address, network and firewall.',
  DEPTH_ZERO_SELF_SIGNED_CERT: "The server's certificate is not signed by the CA that the connection names.",
  SELF_SIGNED_CERT_IN_CHAIN: "The server's certificate is not signed by the CA that the connection names.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The server's certificate is not signed by the CA that the connection names.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The server's certificate is not signed by the CA that the connection names.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The server's certificate is for another name: set tls-server-name.",
  CERT_HAS_EXPIRED: "The server's certificate has expired.",
};

function unreachable(config: ConnectionConfig, server: URL, error: unknown): SekishoError {
  const code = codeOf(error);
  const hint = code === undefined ? undefined : HINTS[code];
  return new SekishoError(
    'CLUSTER_UNREACHABLE',
    `no answer from ${config.name} at ${server.origin}: ${code ?? messageOf(error)}`,
    { retryable: true, cause: error, ...(hint === undefined ? {} : { hint }) },
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : codeOf(cause);
}
