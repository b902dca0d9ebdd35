export interface Line {
  /** Without its end. */
  readonly text: string;
  /** Offset of its first character. */
  readonly start: number;
}

/** The lines of a text, ended by `\n` or `\r\n`; nothing after the last end is no line. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    lines.push({ text: text.slice(start, stop), start });
    start = end + 1;
  }
  return lines;
}
