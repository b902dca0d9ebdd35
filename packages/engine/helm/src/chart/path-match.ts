/**
 * Go's path.Match as a regular expression: `*` and `?` stop at `/`, `[a-z]` and `[^a]` are classes, `\` quotes.
 * Undefined when the pattern is malformed.
 */
export function pathMatcher(pattern: string): ((path: string) => boolean) | undefined {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '*') {
      // Several stars are one; a quantifier of a quantifier would be slow.
      while (pattern.charAt(at + 1) === '*') at++;
      source += '[^/]*';
    } else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = classEnd(pattern, at);
      if (end === undefined) return undefined;
      source += classSource(pattern.slice(at + 1, end));
      at = end;
    } else if (char === '\\') {
      at++;
      if (at === pattern.length) return undefined;
      source += quoted(pattern.charAt(at));
    } else source += quoted(char);
  }
  try {
    const expression = new RegExp(`^${source}$`, 's');
    return (path) => path.length <= MAX_PATH && expression.test(path);
  } catch {
    return undefined;
  }
}

/** Longer paths match nothing: several stars take time that grows with a power of the length. */
const MAX_PATH = 512;

function classEnd(pattern: string, open: number): number | undefined {
  let at = open + 1;
  if (pattern.charAt(at) === '^') at++;
  for (let first = true; at < pattern.length; at++, first = false) {
    if (pattern.charAt(at) === '\\') at++;
    else if (pattern.charAt(at) === ']') return first ? undefined : at;
  }
  return undefined;
}

function classSource(body: string): string {
  const negated = body.startsWith('^');
  let inner = '';
  const text = negated ? body.slice(1) : body;
  for (let at = 0; at < text.length; at++) {
    let char = text.charAt(at);
    if (char === '\\') char = text.charAt(++at);
    else if (char === '-' && at > 0 && at < text.length - 1) {
      inner += '-';
      continue;
    }
    inner += /[\\\]^-]/.test(char) ? `\\${char}` : char;
  }
  return negated ? `[^${inner}]` : `[${inner}]`;
}

export function quoted(char: string): string {
  return /[.*+?^${}()|[\]\\/]/.test(char) ? `\\${char}` : char;
}
