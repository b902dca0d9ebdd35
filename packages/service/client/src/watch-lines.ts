import { SekishoError } from '@sekisho/base';
import type { WatchEvent } from '@sekisho/kube';

const NEWLINE = 0x0a;

/**
 * The JSON values of a stream with one per line.
 * @param maxLineBytes  longer lines are refused
 * @throws SekishoError KUBE_RESPONSE_TOO_LARGE | KUBE_INTERNAL (a line that is not JSON)
 */
export async function* watchEventsOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<WatchEvent> {
  let partial: Uint8Array[] = [];
  let partialBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      checkSize(partialBytes + tail.length, maxLineBytes);
      const line = partial.length === 0 ? tail : Buffer.concat([...partial, tail]);
      partial = [];
      partialBytes = 0;
      const event = parseLine(line);
      if (event !== undefined) yield event;
    }
    if (start < chunk.length) {
      partial.push(chunk.subarray(start));
      partialBytes += chunk.length - start;
      checkSize(partialBytes, maxLineBytes);
    }
  }
  // What is left without a newline was cut off by a dying connection: the resumed watch brings it again.
}

function checkSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new SekishoError('KUBE_RESPONSE_TOO_LARGE', `a watch event is longer than ${maxBytes} bytes`);
}

function parseLine(line: Uint8Array): WatchEvent | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8').trim();
  if (text === '') return undefined;
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    event = undefined;
  }
  if (!isWatchEvent(event)) {
    throw new SekishoError('KUBE_INTERNAL', 'the watch brought a line that is no event', { retryable: true });
  }
  return event;
}

function isWatchEvent(value: unknown): value is WatchEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type, object } = value as { type?: unknown; object?: unknown };
  return typeof type === 'string' && typeof object === 'object' && object !== null;
}
