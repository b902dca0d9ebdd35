/** What one character of a text is held against. */
type Matcher = 'any-text' | ((character: string) => boolean);

/** A pattern of `${name#pattern}`, ready to be held against a text. */
export interface ShellPattern {
  readonly matchers: readonly Matcher[];
}

/**
 * Reads a pattern of Go's path.Match, whose `*` and `?` take slashes, too: `*`, `?`, `[a-z]`, `[^a-z]`, `\\` before what
 * counts as itself.
 *
 * @returns undefined for a pattern that is malformed: it matches nothing
 */
export function parseShellPattern(pattern: string): ShellPattern | undefined {
  const characters = [...pattern];
  const matchers: Matcher[] = [];
  let at = 0;

  /** One character of a class. */
  function member(): string | undefined {
    let character = characters[at++];
    if (character === '-' || character === ']') return undefined;
    if (character === '\\') character = characters[at++];
    return character;
  }

  function characterClass(): Matcher | undefined {
    const isNegated = characters[at] === '^';
    if (isNegated) at++;
    const ranges: [string, string][] = [];
    while (characters[at] !== ']' || ranges.length === 0) {
      const low = member();
      if (low === undefined) return undefined;
      let high: string | undefined = low;
      if (characters[at] === '-') {
        at++;
        high = member();
        if (high === undefined) return undefined;
      }
      ranges.push([low, high]);
    }
    at++;
    return (character) => ranges.some(([low, high]) => isBetween(low, character, high)) !== isNegated;
  }

  while (at < characters.length) {
    const character = characters[at++] ?? '';
    if (character === '*') matchers.push('any-text');
    else if (character === '?') matchers.push(() => true);
    else if (character === '[') {
      const matcher = characterClass();
      if (matcher === undefined) return undefined;
      matchers.push(matcher);
    } else {
      const literal = character === '\\' ? characters[at++] : character;
      if (literal === undefined) return undefined;
      matchers.push((other) => other === literal);
    }
  }
  return { matchers };
}

function isBetween(low: string, character: string, high: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return (low.codePointAt(0) ?? 0) <= point && point <= (high.codePointAt(0) ?? 0);
}

/**
 * The shortest or longest beginning of a text that a pattern matches, in characters; 0 for none. All beginnings are
 * tried in one pass: the work is the length of the text times that of the pattern, at most.
 */
export function matchingPrefix(
  pattern: ShellPattern,
  characters: readonly string[],
  which: 'shortest' | 'longest',
): number {
  const { matchers } = pattern;
  // active[i]: the characters so far match the first i matchers.
  let active = new Uint8Array(matchers.length + 1);
  let next = new Uint8Array(matchers.length + 1);
  active[0] = 1;
  let found = 0;
  for (const [index, character] of characters.entries()) {
    next.fill(0);
    let isAlive = false;
    for (const [position, matcher] of matchers.entries()) {
      // `*` matches nothing as well.
      if (active[position] === 1 && matcher === 'any-text') active[position + 1] = 1;
      if (active[position] !== 1) continue;
      if (matcher === 'any-text') next[position] = 1;
      else if (matcher(character)) next[position + 1] = 1;
      else continue;
      isAlive = true;
    }
    [active, next] = [next, active];
    if (!isAlive) break;
    if (isComplete(active, matchers)) {
      found = index + 1;
      if (which === 'shortest') break;
    }
  }
  return found;
}

/** All matchers are through, but for stars at the end. */
function isComplete(active: Uint8Array, matchers: readonly Matcher[]): boolean {
  for (let position = matchers.length; position >= 0; position--) {
    if (active[position] === 1) return true;
    if (matchers[position - 1] !== 'any-text') return false;
  }
  return false;
}
