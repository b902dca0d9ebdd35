/** Spellings that readers of YAML 1.1 or 1.2 take for something else than a text. */
const WORDS =
  /^(?:~|null|Null|NULL|[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|\d[\d_]*)$/;
const FLOAT = /^[-+]?(?:\.[\d_]+|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/;
const BASE_60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const DATE =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?\s*(?:Z|[-+]\d{1,2}(?::?\d{2})?)?)?$/;

/** Whether a plain scalar would be read as something else than this text. */
export function isAmbiguous(text: string): boolean {
  if (text === '' || WORDS.test(text)) return true;
  if (!/^[-+.\d]/.test(text)) return false;
  if (FLOAT.test(text)) return Number.isFinite(Number(text.replaceAll('_', '')));
  return [INTEGER, BASE_60, DATE].some((pattern) => pattern.test(text));
}

/** What stands in double quotes only: control characters, characters beyond the BMP, a space before a line end. */
const NEEDS_ESCAPES =
  /(?![\n\u0085])\p{Cc}|[\ufeff\ufffe\uffff\ud800-\udfff]|[\u{10000}-\u{10ffff}]| [\n\u0085\u2028\u2029]/u;
const STARTS_LIKE_SYNTAX = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \n]|$)|---|\.\.\.)/;
const HAS_SYNTAX = /: |:$| #|[\u0085\u2028\u2029]/;

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** How go-yaml writes a text. @param isKey keys stand on one line */
export function styleOf(text: string, isKey = false): ScalarStyle {
  if (NEEDS_ESCAPES.test(text)) return 'double';
  if (text.includes('\n')) return isKey || text.endsWith(' ') ? 'double' : 'literal';
  if (isAmbiguous(text)) return 'double';
  if (STARTS_LIKE_SYNTAX.test(text) || HAS_SYNTAX.test(text) || text.startsWith(' ') || text.endsWith(' '))
    return 'single';
  return 'plain';
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ...['0\0', 'a\x07', 'b\b', 't\t', 'n\n', 'v\v', 'f\f', 'r\r', 'e\x1b', '""', '\\\\'].map(
    (pair) => [pair.charAt(1), `\\${pair.charAt(0)}`] as const,
  ),
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

function escaped(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return short;
  if (!NEEDS_ESCAPES.test(char)) return char;
  const point = char.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  if (point < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Where a scalar stands. */
export interface ScalarPlace {
  /** Characters in front of it on its line. */
  readonly column: number;
  /** Spaces before its further lines. */
  readonly indent: number;
  /** Lines break at the first single space behind this column. */
  readonly width: number;
}

/** The text in a style, without a line break at its end (a literal's own lines aside). */
export function writeScalar(text: string, style: ScalarStyle, place: ScalarPlace): string {
  if (style === 'literal') return literal(text, place.indent);
  const chars = [...text];
  const quote = style === 'single' ? "'" : style === 'double' ? '"' : '';
  let result = quote;
  let column = place.column + quote.length;
  let afterSpace = false;
  chars.forEach((char, index) => {
    const isInside = style === 'plain' || (index > 0 && index < chars.length - 1);
    const foldsBefore = style === 'double' || chars[index + 1] !== ' ';
    if (char === ' ' && isInside && !afterSpace && column > place.width && foldsBefore) {
      result += `\n${' '.repeat(place.indent)}`;
      column = place.indent;
      if (style === 'double' && chars[index + 1] === ' ') {
        result += '\\';
        column++;
      }
    } else {
      const written = style === 'double' ? escaped(char) : style === 'single' && char === "'" ? "''" : char;
      result += written;
      column += written.length;
    }
    afterSpace = char === ' ';
  });
  return result + quote;
}

/** A block scalar; its last line break is part of it. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomping = text.endsWith('\n') ? (text.endsWith('\n\n') || text === '\n' ? '+' : '') : '-';
  const body = chomping === '-' ? text : text.slice(0, -1);
  const margin = ' '.repeat(indent);
  return `|${hint}${chomping}\n${body
    .split('\n')
    .map((line) => (line === '' ? '' : margin + line))
    .join('\n')}`;
}
