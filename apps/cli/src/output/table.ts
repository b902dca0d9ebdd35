import { colored } from './color.ts';
import { oneLine } from './text.ts';

/** A column of a table: its title, and the text of a row. `wide` columns show with `-o wide` only. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly wide?: boolean;
}

export interface TableOptions {
  readonly wide?: boolean;
  readonly headers?: boolean;
  readonly color?: boolean;
  /** Of the columns, at least: lines that come later stand below the first ones. */
  readonly widths?: readonly number[];
}

const GAP = '   ';

/** Columns separated by three spaces, as kubectl prints them. */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions = {},
): string {
  const lines = cells(rows, columns, options);
  const widths = columnWidths(rows, columns, options);
  return lines
    .map((line) =>
      line
        .map((text, i) => {
          const padded = i === line.length - 1 ? text : text.padEnd(widths[i] ?? 0);
          return options.color === true ? colored(text, padded) : padded;
        })
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** How wide the columns of a table are, in characters. */
export function columnWidths<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions = {},
): number[] {
  const lines = cells(rows, columns, options);
  const shown = lines[0]?.length ?? 0;
  return Array.from({ length: shown }, (_, i) =>
    Math.max(options.widths?.[i] ?? 0, ...lines.map((line) => line[i]?.length ?? 0)),
  );
}

function cells<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions): string[][] {
  const shown = columns.filter((column) => options.wide === true || column.wide !== true);
  const lines = rows.map((row) => shown.map((column) => oneLine(column.text(row))));
  if (options.headers !== false) lines.unshift(shown.map((column) => column.title));
  return lines;
}
