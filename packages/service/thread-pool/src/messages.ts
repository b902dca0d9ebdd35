import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';

/** From the pool to a thread. */
export type ToThread =
  | { readonly kind: 'prelude'; readonly part: unknown }
  /** Wants an answer when everything before it is done. */
  | { readonly kind: 'sync'; readonly id: number }
  | { readonly kind: 'job'; readonly id: number; readonly message: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'replies'; readonly id: number; readonly replies: readonly Reply[] };

/** From a thread to the pool. */
export type FromThread =
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: PackedOutcome }
  | { readonly kind: 'questions'; readonly id: number; readonly questions: readonly Question[] };

/** What a thread answers unasked, once it can be asked. */
export const READY = 0;

export interface Question {
  readonly number: number;
  readonly question: unknown;
  /** The thread sleeps until the answer is in it. */
  readonly mailbox?: SharedArrayBuffer;
}

export interface Reply {
  readonly number: number;
  readonly outcome: PackedOutcome;
}

/** What a call gave or threw, in a form that messages carry: they take nothing of an error's class but its message. */
export type PackedOutcome = { readonly value: unknown } | { readonly thrown: PackedError };

interface PackedError {
  readonly message: string;
  /** Of a SekishoError. */
  readonly code?: string;
  readonly hint?: string | undefined;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly stack?: string | undefined;
}

export function packError(error: unknown): PackedOutcome {
  if (!isSekishoError(error)) {
    return { thrown: { message: messageOf(error), stack: error instanceof Error ? error.stack : undefined } };
  }
  const { code, message, hint, retryable, details } = error;
  return { thrown: { code, message, hint, retryable, details } };
}

/** @throws SekishoError, or Error for what was another error */
export function unpack(outcome: PackedOutcome): unknown {
  if ('value' in outcome) return outcome.value;
  throw unpackError(outcome.thrown);
}

function unpackError({ code, message, hint, retryable = false, details = {}, stack }: PackedError): Error {
  if (code === undefined) {
    const error = new Error(message);
    if (stack !== undefined) error.stack = stack;
    return error;
  }
  return new SekishoError(code, message, { ...(hint === undefined ? {} : { hint }), retryable, details });
}
