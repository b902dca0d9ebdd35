import { resolvePlainScalar as resolveOld } from '@sekisho/base';
import { isTimestamp } from './resolve-scalar.ts';

/** From this column on, a text goes on in the next line at its next single space. */
const BEST_WIDTH = 80;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
/** What can't be shown as it is: control characters, tabs, the byte order mark, and everything beyond 16 bits. */
const SPECIAL = /[^\n\u0020-\u007e\u0085\u00a0-\ufefe\uff00-\ufffd]|[\ud800-\udfff]/;
const SIMPLE = /^[A-Za-z_/(.$][A-Za-z0-9_./()$-]*$/;

/**
 * One string as Kustomize prints it.
 *
 * @param column where it begins, from 0
 * @param indent of the lines that follow the first
 * @param key it stands before a colon: everything on one line
 */
export function writeString(text: string, column: number, indent: number, key: boolean): string {
  // Nearly all strings are short words that need no care.
  if (text.length < 60 && SIMPLE.test(text)) return isTaken(text) ? `"${text}"` : text;
  const shape = shapeOf(text);
  if (text.includes('\n')) {
    const literal = !key && !shape.trailingSpace && !shape.spaceBreak && !shape.special;
    return literal ? writeLiteral(text, indent) : writeDouble(text, column, indent, key);
  }
  if (isTaken(text)) return writeDouble(text, column, indent, key);
  if (shape.special) return writeDouble(text, column, indent, key);
  if (shape.plain) return fold(text, column, indent, key);
  return `'${fold(text.replaceAll("'", "''"), column + 1, indent, key)}'`;
}

/** It would be read as something else than a string. */
function isTaken(text: string): boolean {
  if (resolveOld(text) !== text) return true;
  const first = text.charCodeAt(0);
  if (first > 57 || first === 47) return false;
  return SEXAGESIMAL.test(text) || isTimestamp(text);
}

interface Shape {
  readonly plain: boolean;
  readonly special: boolean;
  readonly trailingSpace: boolean;
  readonly spaceBreak: boolean;
}

function shapeOf(text: string): Shape {
  return {
    plain:
      !/^[#,[\]{}&*!|>'"%@` ]/.test(text) &&
      !/^[-?:](?:\s|$)/.test(text) &&
      !/^(?:---|\.\.\.)/.test(text) &&
      !/:(?:[\s]|$)|\s#/.test(text) &&
      !text.endsWith(' '),
    special: SPECIAL.test(text),
    trailingSpace: text.endsWith(' '),
    spaceBreak: / \n/.test(text),
  };
}

function writeLiteral(text: string, indent: number): string {
  const hint = text.startsWith(' ') || text.startsWith('\n') ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text.length === 1 || text.endsWith('\n\n') ? '+' : '';
  const body = chomp === '-' ? text : text.slice(0, -1);
  const pad = ' '.repeat(indent);
  let out = `|${hint}${chomp}`;
  for (const line of body.split('\n')) out += line === '' ? '\n' : `\n${pad}${line}`;
  return out;
}

/** Breaks at single spaces behind the best width. Neither at the first nor at the last character when quoted. */
function fold(text: string, column: number, indent: number, key: boolean): string {
  if (key || column + text.length <= BEST_WIDTH) return text;
  const pad = `\n${' '.repeat(indent)}`;
  let out = '';
  let from = 0;
  let lineStart = -column;
  for (let at = text.indexOf(' ', 1); at > 0 && at < text.length - 1; at = text.indexOf(' ', at + 1)) {
    if (text[at - 1] === ' ' || text[at + 1] === ' ' || at - lineStart <= BEST_WIDTH) continue;
    out += text.slice(from, at) + pad;
    from = at + 1;
    lineStart = from - indent;
  }
  return out + text.slice(from);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function writeDouble(text: string, column: number, indent: number, key: boolean): string {
  let out = '"';
  let at = column + 1;
  let spaced = false;
  const chars = Array.from(text);
  for (const [index, char] of chars.entries()) {
    if (char === ' ') {
      if (!key && !spaced && at > BEST_WIDTH && index > 0 && index < chars.length - 1) {
        out += `\n${' '.repeat(indent)}`;
        at = indent;
        if (chars[index + 1] === ' ') {
          out += '\\';
          at++;
        }
      } else {
        out += ' ';
        at++;
      }
      spaced = true;
      continue;
    }
    spaced = false;
    const written = escapeChar(char);
    out += written;
    at += written.length;
  }
  return `${out}"`;
}

function escapeChar(char: string): string {
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  if (!SPECIAL.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
