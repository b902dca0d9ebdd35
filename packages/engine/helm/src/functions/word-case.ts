import { lower, upper } from './letter-case.ts';

type Kind = 'separator' | 'punctuation' | 'upper' | 'letters' | 'number' | 'other';

interface Word {
  readonly kind: Kind;
  readonly text: string;
}

/** Kana and Han have letters, but no words of them. */
const LETTER = /(?![\u3034-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])\p{L}/u;

function kindOf(char: string): Kind {
  if (/[\s_-]/.test(char)) return 'separator';
  if (/\p{P}/u.test(char)) return 'punctuation';
  if (/\p{Lu}/u.test(char)) return 'upper';
  if (LETTER.test(char)) return 'letters';
  return /\p{N}/u.test(char) ? 'number' : 'other';
}

/** Runs of one kind; a capital letter begins the word of the letters behind it: `HTTP`, `Server`. */
function splitWords(text: string): Word[] {
  const words: Word[] = [];
  const chars = [...text];
  for (let at = 0; at < chars.length; ) {
    const from = at;
    const kind = kindOf(chars[at] ?? '');
    while (at < chars.length && kindOf(chars[at] ?? '') === kind) at++;
    if (kind === 'upper' && at < chars.length && kindOf(chars[at] ?? '') === 'letters') {
      if (at - from > 1) at--;
      else while (at < chars.length && kindOf(chars[at] ?? '') === 'letters') at++;
    }
    words.push({ kind, text: chars.slice(from, at).join('') });
  }
  return words;
}

/** Words that nothing is put in front of: they part others by themselves. */
function parts(word: Word | undefined): boolean {
  return word === undefined || word.kind === 'separator' || word.kind === 'punctuation';
}

/**
 * Words in small letters with a connector between them, which stands for separators as well. A number belongs to the word in
 * front of it (`bld4_floor`), except before small letters (`http_2xx`).
 */
function connected(text: string, connector: string): string {
  const words = splitWords(text);
  let result = '';
  let at = 0;
  const put = () => {
    const word = words[at++];
    if (word !== undefined)
      result += word.kind === 'separator' ? connector.repeat([...word.text].length) : lower(word.text);
  };
  const putRun = () => {
    while (words[at]?.kind === 'letters' || words[at]?.kind === 'number') put();
  };
  while (at < words.length) {
    const { kind } = words[at] ?? { kind: 'other' };
    put();
    if (kind === 'separator' || kind === 'punctuation' || at === words.length) continue;
    if (kind === 'number') putRun();
    else if (words[at]?.kind === 'number' && at + 1 < words.length) {
      if (words[at + 1]?.kind === 'letters') {
        result += connector;
        putRun();
      } else put();
    } else if (words[at]?.kind === 'number') {
      put();
      continue;
    }
    if (!parts(words[at])) result += connector;
  }
  return result;
}

export function snakeCase(text: string): string {
  return connected(text, '_');
}

export function kebabCase(text: string): string {
  return connected(text, '-');
}

/** `http_server` becomes `HttpServer`; separators at both ends, and all but one of several, stay. */
export function camelCase(text: string): string {
  const [, lead = '', rest = '', end = ''] = /^([\s_-]*)(.*?)([\s_-]*)$/s.exec(text) ?? [];
  if (rest === '') return text + text.slice(-1);
  const body = rest.replace(/[\s_-]+/g, (run) => (run.length > 1 ? `${run.slice(1)}\0` : '\0'));
  const words = body.split('\0').map((word) => {
    const [, kept = '', capitals = '', letters = ''] = /^([\s_-]*)(\p{Lu}*)(.*)$/su.exec(word) ?? [];
    return kept + capitalized(lower(capitals) + letters);
  });
  return lead + words.join('') + end;
}

function capitalized(word: string): string {
  const [first = ''] = word;
  return upper(first) + word.slice(first.length);
}
