export interface BoxTableOptions {
  readonly header?: readonly string[];
  /** A line between rows. */
  readonly ruled?: boolean;
  /** Columns whose texts stand at the right. */
  readonly right?: readonly number[];
}

/** A table with a frame, as OPA prints them. Cells may have several lines. */
export function boxTable(rows: readonly (readonly string[])[], options: BoxTableOptions = {}): string {
  const { header, ruled = false, right = [] } = options;
  const all = header === undefined ? rows : [header, ...rows];
  const count = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...all.flatMap((row) => (row[column] ?? '').split('\n').map(width))),
  );
  const rule = (left: string, middle: string, end: string): string =>
    `${left}${widths.map((size) => '─'.repeat(size + 2)).join(middle)}${end}`;
  const lines = (row: readonly string[], pad: (text: string, column: number) => string): string[] => {
    const cells = widths.map((_, column) => (row[column] ?? '').split('\n'));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from(
      { length: height },
      (_, line) => `│ ${cells.map((cell, column) => pad(cell[line] ?? '', column)).join(' │ ')} │`,
    );
  };
  const aside = (text: string, column: number): string => {
    const blanks = ' '.repeat((widths[column] ?? 0) - width(text));
    return right.includes(column) ? blanks + text : text + blanks;
  };
  const centered = (text: string, column: number): string => {
    const blanks = (widths[column] ?? 0) - width(text);
    return ' '.repeat(Math.floor(blanks / 2)) + text + ' '.repeat(Math.ceil(blanks / 2));
  };
  const body = rows.flatMap((row, index) => [
    ...(ruled && index > 0 ? [rule('├', '┼', '┤')] : []),
    ...lines(row, aside),
  ]);
  const head = header === undefined ? [] : [...lines(header, centered), rule('├', '┼', '┤')];
  return [rule('┌', '┬', '┐'), ...head, ...body, rule('└', '┴', '┘')].join('\n');
}

function width(text: string): number {
  return [...text].length;
}
