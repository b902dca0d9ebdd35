/** A column of a table: its title, and the text of a row. `wide` columns show with `-o wide` only. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly wide?: boolean;
}

/** Columns separated by three spaces, as kubectl prints them. */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { wide?: boolean; headers?: boolean } = {},
): string {
  const shown = columns.filter((column) => options.wide === true || column.wide !== true);
  const lines = rows.map((row) => shown.map((column) => oneLine(column.text(row))));
  if (options.headers !== false) lines.unshift(shown.map((column) => column.title));
  const widths = shown.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, i) => (i === line.length - 1 ? text : text.padEnd(widths[i] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** Control characters of strangers must not reach a terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
