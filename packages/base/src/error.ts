/** How an error is told: what was tried, on which object, why it failed, and what to do. */
export interface SekishoErrorOptions {
  /** What the reader can do about it, one sentence. */
  readonly hint?: string;
  /** True when the same call may succeed later without anyone changing anything. Default false. */
  readonly retryable?: boolean;
  /** Facts for machines. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * A fault of the world, the caller or ourselves (faults in a user's file are returned as {@link Diagnostic}s).
 * `code` is stable and documented; `message` is for people and may change.
 */
export class SekishoError extends Error {
  override readonly name: string = 'SekishoError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: SekishoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** Whether `error` is a {@link SekishoError} (with this code, when given). */
export function isSekishoError(error: unknown, code?: string): error is SekishoError {
  return error instanceof SekishoError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
