import { lower, upper } from './letter-case.ts';

type Kind = 'upper' | 'lower' | 'digit' | 'separator';

function kindOf(char: string): Kind {
  if (/[\s_.-]/.test(char)) return 'separator';
  if (/\p{Nd}/u.test(char)) return 'digit';
  return /\p{Lu}/u.test(char) ? 'upper' : 'lower';
}

/**
 * Words of an identifier: `HTTPServer` is two. Digits belong to the letters in front of them when only one lower-case word
 * stands there (`Bld4`), else to those behind (`http_2xx`).
 */
function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const part of text.split(/[\s_.-]+/)) {
    if (part === '') continue;
    const chars = [...part];
    let word = '';
    chars.forEach((char, index) => {
      const kind = kindOf(char);
      const before = index === 0 ? undefined : kindOf(chars[index - 1] as string);
      const after = index + 1 < chars.length ? kindOf(chars[index + 1] as string) : undefined;
      const starts =
        before !== undefined &&
        ((kind === 'upper' && before === 'lower') ||
          (kind === 'upper' && before === 'upper' && after === 'lower') ||
          (kind === 'upper' && before === 'digit') ||
          (kind === 'digit' && before !== 'digit' && !/^\p{Nd}/u.test(word) && followsLower(chars, index)));
      if (starts) {
        words.push(word);
        word = '';
      }
      word += char;
    });
    words.push(word);
  }
  return words;
}

/** Whether the digits from here on stand before a lower-case letter. */
function followsLower(chars: readonly string[], from: number): boolean {
  let index = from;
  while (index < chars.length && kindOf(chars[index] as string) === 'digit') index++;
  return index < chars.length && kindOf(chars[index] as string) === 'lower';
}

export function snakeCase(text: string): string {
  return splitWords(text).map(lower).join('_');
}

export function kebabCase(text: string): string {
  return splitWords(text).map(lower).join('-');
}

/** `http_server` becomes `HttpServer`; separators in front, and all but one of several, stay. */
export function camelCase(text: string): string {
  const [, lead = '', rest = ''] = /^([\s_.-]*)(.*)$/s.exec(text) ?? [];
  const body = rest.replace(/[\s_.-]+/g, (run) => (run.length > 1 ? `${run.slice(1)}\0` : '\0'));
  const words = body.split('\0').map((word) => {
    const [, kept = '', letters = ''] = /^([\s_.-]*)(.*)$/s.exec(word) ?? [];
    return kept + capitalized(letters);
  });
  return lead + words.join('');
}

function capitalized(word: string): string {
  const chars = [...word];
  const isAllUpper = /^[^\p{Ll}]+$/u.test(word);
  return chars.map((char, index) => (index === 0 ? upper(char) : isAllUpper ? lower(char) : char)).join('');
}
