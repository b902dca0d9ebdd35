/** What `strconv.IsPrint` holds for printable. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
/** Nothing to escape: by far the most texts. */
const PLAIN = /^[ !#-[\]-~]*$/;
const SHORT: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [12, '\\f'],
  [10, '\\n'],
  [13, '\\r'],
  [9, '\\t'],
  [11, '\\v'],
]);

export function isPrintable(char: string): boolean {
  return PRINTABLE.test(char);
}

/**
 * Text between quotes as Go's `strconv.Quote` writes it.
 *
 * @param quote      `"`, or `'` for one character
 * @param isAscii    escapes everything beyond ASCII (`QuoteToASCII`)
 */
export function quoteGo(text: string, quote = '"', isAscii = false): string {
  if (quote === '"' && PLAIN.test(text)) return `"${text}"`;
  let quoted = '';
  for (const char of text) quoted += escapeChar(char, quote, isAscii);
  return `${quote}${quoted}${quote}`;
}

function escapeChar(char: string, quote: string, isAscii: boolean): string {
  if (char === quote || char === '\\') return `\\${char}`;
  const point = char.codePointAt(0) as number;
  if (point < 0x7f ? point >= 0x20 : !isAscii && PRINTABLE.test(char)) return char;
  const short = SHORT.get(point);
  if (short !== undefined) return short;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  if (point >= 0xd800 && point <= 0xdfff) return '\\ufffd';
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

function hex(point: number, width: number): string {
  return point.toString(16).padStart(width, '0');
}
