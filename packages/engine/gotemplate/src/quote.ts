const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u000b': '\\v',
};

/** What Go calls printable: letters, marks, numbers, punctuation, symbols, and the space. */
export const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A Go string literal: `%q`. */
export function quote(text: string, asciiOnly = false): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) out += escaped(char, asciiOnly);
  return `${out}"`;
}

/** A Go character literal: `%q` of an integer. */
export function quoteCharacter(char: string, asciiOnly = false): string {
  if (char === "'") return "'\\''";
  return char === '"' ? `'"'` : `'${escaped(char, asciiOnly)}'`;
}

function escaped(char: string, asciiOnly: boolean): string {
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80 ? code >= 0x20 && code < 0x7f : !asciiOnly && PRINTABLE.test(char)) return char;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
