/** Tells whether a text matches. */
export type Matcher = (text: string) => boolean;

/** One place of a pattern: any run of characters, any one character, a character, or one of a set. */
type Token =
  | { readonly type: 'run' }
  | { readonly type: 'any' }
  | { readonly type: 'literal'; readonly char: string }
  | { readonly type: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Patterns that one with braces stands for; more is nobody's intention. */
const MAX_ALTERNATIVES = 256;
const MAX_PATTERN_LENGTH = 2048;

/**
 * Argo CD's globs: `*` and `**` stand for any run of characters (also `/`), `?` for one, `[a-z]` and `[!a-z]` for one of a
 * set, `{a,b}` for either; `\` takes the meaning from the next character. Matching takes time proportional to pattern ×
 * text, whatever the pattern.
 *
 * @returns undefined when the text is no glob
 * @see the library that Argo CD uses: gobwas/glob, without separators
 */
export function compileGlob(pattern: string): Matcher | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined;
  if (/^\*+$/.test(pattern)) return () => true;
  if (!/[*?[\]{}\\]/.test(pattern)) return (text) => text === pattern;
  const expanded = expandBraces(pattern);
  if (expanded === undefined) return undefined;
  const alternatives: (readonly Token[])[] = [];
  for (const alternative of expanded) {
    const tokens = tokenize(alternative);
    if (tokens === undefined) return undefined;
    alternatives.push(tokens);
  }
  const matchers = alternatives.map(toMatcher);
  const [first] = matchers;
  return matchers.length === 1 ? first : (text) => matchers.some((matches) => matches(text));
}

/** Every pattern without braces that this one stands for. */
function expandBraces(pattern: string): string[] | undefined {
  const open = nextOutsideSets(pattern, 0, '{}');
  if (open === undefined) return [pattern];
  if (pattern[open] === '}') return undefined;
  const parts: string[] = [];
  let depth = 1;
  let start = open + 1;
  let at = start;
  for (;;) {
    const found = nextOutsideSets(pattern, at, '{},');
    if (found === undefined) return undefined;
    const char = pattern[found];
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth === 0 || (depth === 1 && char === ',')) {
      parts.push(pattern.slice(start, found));
      start = found + 1;
    }
    at = found + 1;
    if (depth === 0) break;
  }
  const rest = pattern.slice(at);
  const result: string[] = [];
  for (const part of parts) {
    const expanded = expandBraces(pattern.slice(0, open) + part + rest);
    if (expanded === undefined || result.length + expanded.length > MAX_ALTERNATIVES) return undefined;
    result.push(...expanded);
  }
  return result;
}

/** Where the next of these characters stands that no `\` precedes and no `[…]` holds. */
function nextOutsideSets(pattern: string, from: number, chars: string): number | undefined {
  let inSet = false;
  for (let i = from; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    if (char === '\\') i += 1;
    else if (inSet) inSet = char !== ']';
    else if (chars.includes(char)) return i;
    else inSet = char === '[';
  }
  return undefined;
}

function tokenize(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    if (char === '*') {
      if (tokens.at(-1)?.type !== 'run') tokens.push({ type: 'run' });
    } else if (char === '?') tokens.push({ type: 'any' });
    else if (char === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) return undefined;
      const set = toSet(pattern.slice(i + 1, end));
      if (set === undefined) return undefined;
      tokens.push(set);
      i = end;
    } else if (char === ']') return undefined;
    else if (char === '\\') {
      i += 1;
      const escaped = pattern[i];
      if (escaped === undefined) return undefined;
      tokens.push({ type: 'literal', char: escaped });
    } else tokens.push({ type: 'literal', char });
  }
  return tokens;
}

function toSet(text: string): Token | undefined {
  const negated = text.startsWith('!') || text.startsWith('^');
  const chars = negated ? text.slice(1) : text;
  if (chars === '') return undefined;
  const ranges: [string, string][] = [];
  for (let i = 0; i < chars.length; i++) {
    const from = chars[i] ?? '';
    const to = chars[i + 1] === '-' ? chars[i + 2] : undefined;
    if (to === undefined) ranges.push([from, from]);
    else {
      if (to < from) return undefined;
      ranges.push([from, to]);
      i += 2;
    }
  }
  return { type: 'set', negated, ranges };
}

function toMatcher(tokens: readonly Token[]): Matcher {
  const parts = textsBetweenRuns(tokens);
  if (parts === undefined) return (text) => matchTokens(tokens, text);
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}

/** What stands before, between and after the runs; undefined when there is more than text. */
function textsBetweenRuns(tokens: readonly Token[]): string[] | undefined {
  const parts = [''];
  for (const token of tokens) {
    if (token.type === 'run') parts.push('');
    else if (token.type === 'literal') parts.push((parts.pop() ?? '') + token.char);
    else return undefined;
  }
  return parts;
}

/** Greedy with one place to come back to, the newest run: earlier runs never need to be tried again. */
function matchTokens(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let at = 0;
  let runToken = -1;
  let runAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current?.type === 'run') {
      runToken = token++;
      runAt = at;
    } else if (current !== undefined && matchesChar(current, text[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (runToken >= 0) {
      token = runToken + 1;
      at = ++runAt;
    } else return false;
  }
  while (tokens[token]?.type === 'run') token += 1;
  return token === tokens.length;
}

function matchesChar(token: Token, char: string): boolean {
  switch (token.type) {
    case 'run':
    case 'any':
      return true;
    case 'literal':
      return token.char === char;
    case 'set':
      return token.ranges.some(([from, to]) => from <= char && char <= to) !== token.negated;
  }
}
