/**
 * A glob as Argo CD reads them: `*` and `**` match any text, `?` one character, `[a-z]` and `[!a-z]` one of a set,
 * `{a,b/*}` one of several, `\` takes the next character as it is. The whole text must match. With a separator, `*` and
 * `?` stop at it and `**` does not. Matching takes time proportional to pattern × text, whatever the pattern.
 */
export interface Glob {
  matches(text: string): boolean;
}

type Token =
  | { readonly type: 'text'; readonly char: string }
  | { readonly type: 'any' }
  /** `**`: what `any` is without a separator. */
  | { readonly type: 'deep' }
  | { readonly type: 'one' }
  | { readonly type: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

const MAX_PATTERN = 4096;
const MAX_ALTERNATIVES = 1000;

/**
 * Undefined when the pattern is no glob: a bracket without its end, or one that stands for too many patterns.
 *
 * @param options separator: one character that `*` and `?` don't match, default none
 */
export function parseGlob(pattern: string, options: { separator?: string } = {}): Glob | undefined {
  if (pattern.length > MAX_PATTERN) return undefined;
  const alternatives = expandBraces(pattern);
  const compiled: Token[][] = [];
  for (const alternative of alternatives ?? []) {
    const tokens = tokenize(alternative);
    if (tokens === undefined) return undefined;
    compiled.push(tokens);
  }
  if (compiled.length === 0) return undefined;
  const { separator } = options;
  return separator === undefined
    ? { matches: (text) => compiled.some((tokens) => matchTokens(tokens, text)) }
    : { matches: (text) => compiled.some((tokens) => matchSegments(tokens, text, separator)) };
}

/** `{a,b}c` → `ac`, `bc`; nested ones too. Characters after `\` and in `[]` have no meaning here. */
function expandBraces(pattern: string): string[] | undefined {
  const open = findOutside(pattern, 0, '{');
  if (open < 0) return findOutside(pattern, 0, '}') < 0 ? [pattern] : undefined;
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < pattern.length; at = next(pattern, at)) {
    const char = pattern[at];
    if (char === '{') depth++;
    else if (char === '}') depth--;
    if ((char === ',' && depth === 1) || depth === 0) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
    if (depth > 0) continue;
    const results: string[] = [];
    for (const part of parts) {
      const expanded = expandBraces(`${pattern.slice(0, open)}${part}${pattern.slice(at + 1)}`);
      if (expanded === undefined || results.length + expanded.length > MAX_ALTERNATIVES) return undefined;
      results.push(...expanded);
    }
    return results;
  }
  return undefined;
}

function findOutside(pattern: string, from: number, wanted: string): number {
  for (let at = from; at < pattern.length; at = next(pattern, at)) if (pattern[at] === wanted) return at;
  return -1;
}

/** The place after the element at `at`: an escaped character and a set are one element. */
function next(pattern: string, at: number): number {
  if (pattern[at] === '\\') return at + 2;
  if (pattern[at] !== '[') return at + 1;
  const close = setEnd(pattern, at);
  return close < 0 ? at + 1 : close + 1;
}

function setEnd(pattern: string, open: number): number {
  let at = open + 1;
  if (pattern[at] === '!' || pattern[at] === '^') at++;
  // A bracket right at the start belongs to the set.
  if (pattern[at] === ']') at++;
  return pattern.indexOf(']', at);
}

function tokenize(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at = next(pattern, at)) {
    const char = pattern[at] ?? '';
    if (char === '*') {
      const last = tokens.at(-1)?.type;
      if (last === 'any') tokens[tokens.length - 1] = { type: 'deep' };
      else if (last !== 'deep') tokens.push({ type: 'any' });
    } else if (char === '?') tokens.push({ type: 'one' });
    else if (char === '\\') tokens.push({ type: 'text', char: pattern[at + 1] ?? '\\' });
    else if (char !== '[') tokens.push({ type: 'text', char });
    else {
      const close = setEnd(pattern, at);
      if (close < 0) return undefined;
      tokens.push(parseSet(pattern.slice(at + 1, close)));
    }
  }
  return tokens;
}

function parseSet(body: string): Token {
  const negated = body.startsWith('!') || body.startsWith('^');
  const members = negated ? body.slice(1) : body;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? '';
    const to = members[at + 2];
    if (members[at + 1] === '-' && to !== undefined) {
      ranges.push([from, to]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return { type: 'set', negated, ranges };
}

/** Goes back to the last `*` only: an earlier one can't do better, because every `*` matches everything. */
function matchTokens(tokens: readonly Token[], path: string): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < path.length) {
    const current = tokens[token];
    if (isStar(current)) {
      star = token++;
      starAt = at;
    } else if (current !== undefined && matchOne(current, path[at] ?? '')) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (isStar(tokens[token])) token++;
  return token === tokens.length;
}

/** Follows all places of the pattern at once: with two kinds of stars, going back to the last one is not enough. */
function matchSegments(tokens: readonly Token[], text: string, separator: string): boolean {
  let places = new Set<number>();
  const enter = (into: Set<number>, from: number) => {
    let at = from;
    into.add(at);
    while (isStar(tokens[at])) into.add(++at);
  };
  enter(places, 0);
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    const next = new Set<number>();
    for (const at of places) {
      const token = tokens[at];
      if (token === undefined) continue;
      if (isStar(token)) {
        if (token.type === 'deep' || char !== separator) enter(next, at);
      } else if (matchOne(token, char) && (token.type === 'text' || char !== separator)) enter(next, at + 1);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(tokens.length);
}

function isStar(token: Token | undefined): boolean {
  return token?.type === 'any' || token?.type === 'deep';
}

function matchOne(token: Token, char: string): boolean {
  if (token.type === 'text') return token.char === char;
  if (token.type === 'set') return token.ranges.some(([from, to]) => from <= char && char <= to) !== token.negated;
  return token.type === 'one';
}
