/** Where something comes from: a file, and the position in it when known. Lines and columns start at 1. */
export interface Origin {
  /** Address of the repository, without credentials. */
  readonly repo?: string;
  /** Commit id. */
  readonly revision?: string;
  /** Path inside the repository, with `/`. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** A fault in a user's file: returned, all of them at once, never thrown. */
export interface Diagnostic {
  /** Stable, SCREAMING_SNAKE_CASE. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly origin?: Origin;
  /** What to do, one sentence. */
  readonly hint?: string;
}

/** `file:line:column`, as far as known. */
export function formatOrigin(origin: Origin): string {
  let text = origin.file;
  if (origin.line !== undefined) text += `:${origin.line}`;
  if (origin.line !== undefined && origin.column !== undefined) text += `:${origin.column}`;
  return text;
}

/** `file:line:column: message (CODE)`: one line for lists and logs. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const where = diagnostic.origin === undefined ? '' : `${formatOrigin(diagnostic.origin)}: `;
  return `${where}${diagnostic.message} (${diagnostic.code})`;
}
