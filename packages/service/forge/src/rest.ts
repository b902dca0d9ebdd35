import { redact, SekishoError } from '@sekisho/base';
import { Agent, request } from 'undici';

export interface RestAnswer {
  readonly status: number;
  /** Names in lower case; the first value of those that came twice. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined when it is none. */
  readonly body: unknown;
}

/** Requests to one forge's API: bounded in time and size, redirects not followed, the token in no message. */
export interface Rest {
  get(path: string, signal: AbortSignal | undefined): Promise<RestAnswer>;
  /** Without a body in the answer. */
  head(path: string, signal: AbortSignal | undefined): Promise<RestAnswer>;
  post(path: string, body: unknown, signal: AbortSignal | undefined): Promise<RestAnswer>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** A page of 100 pull requests with long descriptions has some megabytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createRest(options: {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Never in a message. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly tlsCa: string | undefined;
  readonly insecure: boolean;
}): Rest {
  const { base, headers, secrets, timeoutMs } = options;
  const agent = new Agent({
    connect: {
      ...(options.tlsCa === undefined ? {} : { ca: options.tlsCa }),
      rejectUnauthorized: !options.insecure,
    },
  });

  async function send(method: 'GET' | 'HEAD' | 'POST', path: string, body: unknown, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    const timer = AbortSignal.timeout(timeoutMs);
    try {
      const response = await request(`${base}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          accept: 'application/json',
          'user-agent': 'sekisho',
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timer : AbortSignal.any([signal, timer]),
      });
      const text = await readBounded(response.body);
      return { status: response.statusCode, headers: firstValues(response.headers), body: parse(text) };
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      const what = timer.aborted
        ? `did not answer within ${timeoutMs / 1000} s`
        : `can't be reached: ${reasonOf(cause)}`;
      throw new SekishoError('FORGE_UNREACHABLE', redact(`the forge ${new URL(base).host} ${what}`, secrets), {
        retryable: true,
      });
    }
  }

  return {
    get: (path, signal) => send('GET', path, undefined, signal),
    head: (path, signal) => send('HEAD', path, undefined, signal),
    post: (path, body, signal) => send('POST', path, body, signal),
    close: () => agent.destroy(),
  };
}

function firstValues(headers: Readonly<Record<string, string | string[] | undefined>>): RestAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value]),
  );
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message.slice(0, 300) : 'the request failed';
}
