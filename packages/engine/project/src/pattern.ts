import { type Glob, parseGlob } from '@sekisho/base';

/** One entry of a project's list: a glob, or with `!` before it the values that are forbidden. */
export interface Pattern {
  /** As written. */
  readonly text: string;
  readonly deny: boolean;
  /** Whether the glob itself matches; `deny` is not counted in. */
  matches(value: string): boolean;
}

const EVERYTHING: Glob = { matches: () => true };

/**
 * Undefined when it is no glob.
 *
 * @param options separator: what stars stop at; deny: whether `!` at the start has its meaning
 */
export function parsePattern(
  text: string,
  options: { separator?: string; deny?: boolean; normalize?: (glob: string) => string } = {},
): Pattern | undefined {
  const deny = options.deny === true && text.startsWith('!');
  const written = deny ? text.slice(1) : text;
  const normalized = options.normalize?.(written) ?? written;
  // A star alone means everything, also with a separator.
  const glob =
    normalized === '*'
      ? EVERYTHING
      : parseGlob(normalized, options.separator === undefined ? {} : { separator: options.separator });
  if (glob === undefined) return undefined;
  return { text, deny, matches: (value) => glob.matches(value) };
}

/**
 * Whether a list permits a value, as Argo CD decides it: one entry must say yes (a `!` entry says yes to whatever it does
 * not forbid), and no `!` entry may forbid it.
 */
export function isPermitted(patterns: readonly Pattern[], value: string): boolean {
  let permitted = false;
  for (const pattern of patterns) {
    const says = pattern.matches(value) !== pattern.deny;
    if (says) permitted = true;
    else if (pattern.deny) return false;
  }
  return permitted;
}

/** Whether one of the patterns matches. */
export function matchesAny(patterns: readonly Pattern[], value: string): boolean {
  return patterns.some((pattern) => pattern.matches(value));
}
