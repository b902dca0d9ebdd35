import { SekishoError, type SekishoErrorOptions } from '@sekisho/base';
import { Agent, type Dispatcher, request } from 'undici';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Most bytes of an answer. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Http {
  /** Redirects of GET are followed, at most five. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** How a server is trusted, and how it knows us, where TLS is spoken. */
export interface TlsOptions {
  /** Certificate authorities (PEM) besides none other; default those of Node. */
  readonly tlsCa?: string | undefined;
  /** Our certificate and its key (PEM), for servers that ask. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Certificates are not checked. Default false. */
  readonly insecure?: boolean | undefined;
}

export interface HttpOptions extends TlsOptions {
  /** Longest wait for an answer to begin, and for each part of it. */
  readonly timeoutMs: number;
  /** Throws when an address must not be asked; also called for redirects, and for servers of tokens. Default: all may. */
  readonly permit?: ((address: string) => Promise<void>) | undefined;
  /** The error of a failed request. Default: those of a registry. */
  readonly failure?: HttpFailure;
}

/** Makes the error of a request that got no answer, one that was too large, or a redirect nobody may follow. */
export type HttpFailure = (
  kind: 'unreachable' | 'too-large' | 'redirect',
  message: string,
  options: SekishoErrorOptions,
) => SekishoError;

const MAX_REDIRECTS = 5;

export function createHttp(options: HttpOptions): Http {
  const { tlsCa, clientCertificate, insecure, timeoutMs, failure = registryFailure, permit } = options;
  const agent = new Agent({
    connect: {
      timeout: timeoutMs,
      ...(tlsCa === undefined ? {} : { ca: tlsCa }),
      ...clientCertificate,
      ...(insecure === true ? { rejectUnauthorized: false } : {}),
    },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    send: (wanted) => sendFollowing(wanted, { agent, failure, permit }),
    close: () => agent.destroy(),
  };
}

function registryFailure(kind: Parameters<HttpFailure>[0], message: string, options: SekishoErrorOptions) {
  switch (kind) {
    case 'unreachable':
      return new SekishoError('REGISTRY_UNREACHABLE', message, {
        ...options,
        hint: 'Is the address right? A registry without TLS needs --no-tls.',
      });
    case 'too-large':
      return new SekishoError('REGISTRY_TOO_LARGE', message, options);
    case 'redirect':
      return new SekishoError('REGISTRY_REDIRECT', message, options);
  }
}

interface Sending {
  readonly agent: Dispatcher;
  readonly failure: HttpFailure;
  readonly permit: HttpOptions['permit'];
}

async function sendFollowing(wanted: HttpRequest, { agent, failure, permit }: Sending): Promise<HttpAnswer> {
  let { url, headers = {} } = wanted;
  for (let redirects = 0; ; redirects++) {
    await permit?.(url.href);
    const answer = await sendOnce(agent, { ...wanted, url, headers }, failure);
    const location = answer.headers['location'];
    if (wanted.method !== 'GET' || answer.status < 301 || answer.status > 308 || location === undefined) return answer;
    const next = parseUrl(location, url);
    if (next === undefined || redirects >= MAX_REDIRECTS || (url.protocol === 'https:' && next.protocol !== 'https:')) {
      throw failure('redirect', `${url.host} redirects where nobody may follow.`, {
        hint: 'It redirects too often, to a place without TLS, or to no address.',
      });
    }
    // What the registry may know, its storage must not.
    if (next.origin !== url.origin) headers = withoutAuthorization(headers);
    url = next;
  }
}

async function sendOnce(
  agent: Dispatcher,
  { method, url, headers = {}, body, maxBytes, signal }: HttpRequest,
  failure: HttpFailure,
): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  try {
    const response = await request(url, {
      method,
      dispatcher: agent,
      headers: { 'user-agent': 'sekisho', ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw failure('too-large', `${url.host} sent more than ${maxBytes} bytes.`, {});
      chunks.push(chunk);
    }
    return { status: response.statusCode, headers: flat(response.headers), body: Buffer.concat(chunks) };
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    if (cause instanceof SekishoError) throw cause;
    throw failure('unreachable', `${url.host} can't be reached: ${reasonOf(cause)}`, { retryable: true, cause });
  }
}

/** Undefined for what is no address of http. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    const url = new URL(text, base);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
  } catch {
    return undefined;
  }
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message.slice(0, 300) : 'the request failed';
}
