import { isSekishoError, SekishoError, sleep } from '@sekisho/base';
import type { SekishoApi } from './connection.ts';

/** What the server tells as it happens. */
export interface ServerEvent {
  readonly id: string;
  /** 'application', 'drift', 'audit' … and 'hello' (a connection begins), 'reset' (something was missed). */
  readonly type: string;
  /** When it happened, RFC 3339; '' when the server does not say. */
  readonly at: string;
  readonly data: unknown;
}

const RECONNECT_MS = 1000;
/** A line that is longer is no event of ours. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * Events as they come; after a connection that ended it goes on where it was. Ends by the caller's `break` or the
 * signal.
 *
 * @param query of `/api/v1/events`
 * @throws SekishoError SERVER_UNREACHABLE (at the start) | UNAUTHORIZED | …
 */
export async function* followEvents(
  api: SekishoApi,
  query: Readonly<Record<string, string | readonly string[]>>,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const address = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) address.append(name, value);
  for (let first = true; ; first = false) {
    try {
      for await (const event of readEvents(await api.open(`/api/v1/events?${address}`, signal))) {
        if (event.id !== '') address.set('after', event.id);
        if (event.type === 'signed-out') throw signedOut();
        if (event.type === 'heartbeat') continue;
        yield event;
      }
    } catch (error) {
      signal.throwIfAborted();
      const mayPass = !isSekishoError(error) || error.code === 'SERVER_UNREACHABLE';
      if (first || !mayPass) throw error;
    }
    signal.throwIfAborted();
    await sleep(RECONNECT_MS, { signal });
  }
}

/** Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html writes them. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  let type = 'message';
  let at = '';
  let data: string[] = [];
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new SekishoError('SERVER_ERROR', 'The server sent an event without end.');
    for (const line of lines) {
      const [, field = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line.replace(/\r$/, '')) ?? [];
      if (line === '' || line === '\r') {
        if (data.length > 0) yield { id, type, at, data: parse(data.join('\n')) };
        type = 'message';
        at = '';
        data = [];
      } else if (field === 'id') id = value;
      else if (field === 'event') type = value;
      else if (field === 'at') at = value;
      else if (field === 'data') data.push(value);
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SekishoError('SERVER_ERROR', 'The server sent an event that is no JSON.', { cause });
  }
}

function signedOut(): SekishoError {
  return new SekishoError('UNAUTHORIZED', 'The server ended the session.', { hint: 'Sign in again: sekisho login' });
}
