import { messageOf } from '@sekisho/base';
import { type PackedOutcome, packError, unpack } from './messages.ts';

/**
 * Memory that two threads share for one answer: the one that asked sleeps until the other has written it. What is written is
 * JSON.
 */
export type Mailbox = SharedArrayBuffer;

const HEADER_BYTES = 8;
const EMPTY = 0;
const FULL = 1;
const MAX_BYTES = 1024 * 1024;

export function createMailbox(): Mailbox {
  return new SharedArrayBuffer(HEADER_BYTES + MAX_BYTES);
}

/** Puts an answer in and wakes who waits for it. What is too large, or is no JSON, becomes an error. */
export function fillMailbox(mailbox: Mailbox, outcome: PackedOutcome): void {
  const header = new Int32Array(mailbox, 0, 2);
  const bytes = encode(outcome);
  new Uint8Array(mailbox, HEADER_BYTES).set(bytes);
  Atomics.store(header, 1, bytes.length);
  Atomics.store(header, 0, FULL);
  Atomics.notify(header, 0);
}

/**
 * Sleeps until there is an answer.
 * @throws what the other thread threw, and an Error when nothing came in time
 */
export function awaitMailbox(mailbox: Mailbox, timeoutMs: number): unknown {
  const header = new Int32Array(mailbox, 0, 2);
  if (Atomics.wait(header, 0, EMPTY, timeoutMs) === 'timed-out') throw new Error(`no answer in ${timeoutMs} ms`);
  // A decoder takes no shared memory.
  const bytes = new Uint8Array(mailbox, HEADER_BYTES, Atomics.load(header, 1)).slice();
  return unpack(JSON.parse(new TextDecoder().decode(bytes)) as PackedOutcome);
}

function encode(outcome: PackedOutcome): Uint8Array {
  try {
    const bytes = new TextEncoder().encode(
      JSON.stringify('value' in outcome ? { value: outcome.value ?? null } : outcome),
    );
    if (bytes.length <= MAX_BYTES) return bytes;
    return encode(packError(new Error(`the answer has ${bytes.length} bytes; at most ${MAX_BYTES} are taken`)));
  } catch (error) {
    return encode(packError(new Error(`the answer is no JSON: ${messageOf(error)}`)));
  }
}
