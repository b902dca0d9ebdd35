/** A line without its end, and where it stands. */
export interface Line {
  readonly text: string;
  readonly start: number;
  /** Of the next line. */
  readonly next: number;
}

export function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(start, end < 0 ? text.length : end);
    yield { text: line.endsWith('\r') ? line.slice(0, -1) : line, start, next };
    start = next;
  }
}
