/** Control characters of strangers must not reach a terminal; line breaks and tabs stay. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, ' ');
}

/** The same on one line, for tables. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s*[\n\t]\s*/g, ' ');
}
