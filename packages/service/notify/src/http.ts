import { messageOf, SekishoError } from '@sekisho/base';

/** How long a receiver may take. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** Nobody is waited for longer, whatever it says. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * One request whose answer is short. Redirects are not followed: what carries a secret goes where it was meant to.
 *
 * @param about who is asked, without secrets: for messages
 * @throws SekishoError NOTIFY_UNAVAILABLE (no answer, 429, 5xx) | NOTIFY_REFUSED (other failures) | NOTIFY_MISCONFIGURED (no URL)
 */
export async function send(
  url: string,
  options: {
    method?: string;
    headers?: Readonly<Record<string, string>>;
    body: string;
    about: string;
    signal: AbortSignal;
  },
): Promise<Answer> {
  const { method = 'POST', headers = {}, body, about, signal } = options;
  const target = addressOf(url, about);
  let response: Response;
  let text: string;
  try {
    response = await fetch(target, {
      method,
      headers: { 'content-type': 'application/json', 'user-agent': 'sekisho', ...headers },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    text = await shortText(response);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new SekishoError('NOTIFY_UNAVAILABLE', `${about} does not answer: ${reasonOf(cause)}`, {
      cause,
      retryable: true,
    });
  }
  const { status } = response;
  if (status >= 200 && status < 300) return { status, text };
  if (status === 429 || status >= 500) throw busy(about, `answers ${status}`, response.headers.get('retry-after'));
  throw new SekishoError('NOTIFY_REFUSED', `${about} answers ${status}`, { details: { status } });
}

/** It may work later. */
export function busy(about: string, why: string, retryAfter: string | null): SekishoError {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const ms = Number.isNaN(seconds) ? Date.parse(retryAfter ?? '') - Date.now() : seconds * 1000;
  return new SekishoError('NOTIFY_UNAVAILABLE', `${about} ${why}`, {
    retryable: true,
    ...(Number.isNaN(ms) ? {} : { details: { retryAfterMs: Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms)) } }),
  });
}

export function misconfigured(about: string, what: string): SekishoError {
  return new SekishoError('NOTIFY_MISCONFIGURED', `${about}: ${what}`, {
    hint: 'It is in the config map argocd-notifications-cm.',
  });
}

function addressOf(url: string, about: string): URL {
  // The address may be the secret: it is in no message.
  if (!URL.canParse(url)) throw misconfigured(about, 'its url is missing or no URL');
  const target = new URL(url);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw misconfigured(about, 'its url is not http(s)');
  return target;
}

async function shortText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    // What comes after is not read, and leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, MAX_ANSWER_BYTES);
}

/** The innermost cause says it best, and names no address. */
function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  const { code, name } = deepest as { code?: string; name?: string };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return code ?? messageOf(deepest);
}
