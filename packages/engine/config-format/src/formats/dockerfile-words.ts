export interface Words {
  readonly words: string[];
  readonly json?: boolean;
}

/** Splits `--flag=value` words off the front; `--` ends them. */
export function splitFlags(text: string, escapeChar: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text;
  while (rest.startsWith('--')) {
    const end = endOfWord(rest, 0, escapeChar);
    const word = rest.slice(0, end);
    rest = rest.slice(end).trimStart();
    if (word === '--') break;
    flags.push(word);
  }
  return { flags, rest };
}

/** Words between blanks; quotes keep blanks and stay part of the word. */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at] ?? '')) {
      at++;
      continue;
    }
    const end = endOfWord(text, at, escapeChar);
    words.push(text.slice(at, end));
    at = end;
  }
  return words;
}

/**
 * `name=value …` as name, value, `=` triples; the old form `name rest of the line` as name, rest, "". Undefined when a name
 * has no value.
 */
export function splitPairs(text: string, escapeChar: string): string[] | undefined {
  const words = splitWords(text, escapeChar);
  if (!words[0]?.includes('=')) {
    const match = /^(\S+)\s+([\s\S]+)$/.exec(text);
    return match === null ? undefined : [match[1] ?? '', match[2] ?? '', ''];
  }
  const pairs: string[] = [];
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 0) return undefined;
    pairs.push(word.slice(0, at), word.slice(at + 1), '=');
  }
  return pairs;
}

function endOfWord(text: string, from: number, escapeChar: string): number {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === escapeChar && quote !== "'") at++;
    else if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (/\s/.test(char)) return at;
  }
  return text.length;
}
