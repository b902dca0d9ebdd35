import { CelSyntaxError } from './syntax-error.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

/** An escape gives a character, or in bytes one byte. */
type Emit = (code: number, isByte: boolean) => void;

/**
 * Goes over what stands between quotes.
 *
 * @param at   index of `body` in the whole text, for errors
 */
function goOver(body: string, at: number, isBytes: boolean, plain: (text: string) => void, emit: Emit): void {
  let from = 0;
  for (;;) {
    const slash = body.indexOf('\\', from);
    plain(slash < 0 ? body.slice(from) : body.slice(from, slash));
    if (slash < 0) return;
    from = slash + readEscape(body, slash, at, isBytes, plain, emit);
  }
}

/** How long the escape is, backslash included. */
function readEscape(
  body: string,
  slash: number,
  at: number,
  isBytes: boolean,
  plain: (text: string) => void,
  emit: Emit,
): number {
  const letter = body[slash + 1] ?? '';
  const simple = SIMPLE[letter];
  if (simple !== undefined) {
    plain(simple);
    return 2;
  }
  const [digits, length] = escapeDigits(letter);
  const start = letter >= '0' && letter <= '3' ? slash + 1 : slash + 2;
  const text = body.slice(start, start + length);
  if (length === 0 || !digits.test(text) || text.length !== length)
    throw new CelSyntaxError(`invalid escape sequence "\\${letter}"`, at + slash);
  const isByte = length < 4;
  if (isBytes && !isByte) throw new CelSyntaxError('\\u and \\U are not allowed in bytes', at + slash);
  const code = Number.parseInt(text, start === slash + 1 ? 8 : 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new CelSyntaxError('the escape sequence is no Unicode character', at + slash);
  emit(code, isByte);
  return start + length - slash;
}

function escapeDigits(letter: string): [digits: RegExp, length: number] {
  if (letter >= '0' && letter <= '3') return [/^[0-7]+$/, 3];
  if (letter === 'x' || letter === 'X') return [/^[0-9a-fA-F]+$/, 2];
  if (letter === 'u') return [/^[0-9a-fA-F]+$/, 4];
  if (letter === 'U') return [/^[0-9a-fA-F]+$/, 8];
  return [/^$/, 0];
}

export function readString(body: string, at: number, isRaw: boolean): string {
  if (isRaw || !body.includes('\\')) return body;
  let text = '';
  const add = (part: string) => {
    text += part;
  };
  goOver(body, at, false, add, (code) => add(String.fromCodePoint(code)));
  return text;
}

export function readBytes(body: string, at: number, isRaw: boolean): Uint8Array {
  const encoder = new TextEncoder();
  if (isRaw) return encoder.encode(body);
  const parts: number[] = [];
  const add = (text: string) => {
    for (const byte of encoder.encode(text)) parts.push(byte);
  };
  goOver(body, at, true, add, (code) => parts.push(code));
  return Uint8Array.from(parts);
}
