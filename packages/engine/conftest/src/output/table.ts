import type { CheckResult } from '../result.ts';
import type { ResultWriter } from './writer.ts';

const TITLES = ['RESULT', 'FILE', 'NAMESPACE', 'MESSAGE'];

/** A drawn table with a row for every test. Nothing when there was none. */
export const writeTable: ResultWriter = (results) => {
  const rows = results.flatMap(rowsOf);
  if (rows.length === 0) return '';
  const widths = TITLES.map((title, column) =>
    Math.max(title.length, ...rows.flatMap((row) => row[column]?.map((text) => text.length) ?? [])),
  );
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`;
  const line = (cells: readonly string[]) =>
    `│${cells.map((text, i) => ` ${text.padEnd(widths[i] ?? 0)} `).join('│')}│`;
  return `${[
    rule('┌', '┬', '┐'),
    `│${TITLES.map((title, i) => centered(title, (widths[i] ?? 0) + 2)).join('│')}│`,
    rule('├', '┼', '┤'),
    ...rows.flatMap((row) => {
      const height = Math.max(...row.map((cell) => cell.length));
      return Array.from({ length: height }, (_, at) => line(row.map((cell) => cell[at] ?? '')));
    }),
    rule('└', '┴', '┘'),
  ].join('\n')}\n`;
};

/** Cells of one row, each a list of lines. */
type Row = readonly (readonly string[])[];

function rowsOf(result: CheckResult): Row[] {
  const rows: Row[] = [];
  const add = (word: string, message: string) =>
    rows.push([word, result.fileName, result.namespace, message].map((text) => printable(text).trimEnd().split('\n')));
  for (let n = 0; n < result.successes; n++) add('success', 'SUCCESS');
  for (const { message } of result.exceptions) add('exception', message);
  for (const { message } of result.warnings) add('warning', message);
  for (const { message } of result.skipped) add('skipped', message);
  for (const { message } of result.failures) add('failure', message);
  return rows;
}

function centered(text: string, width: number): string {
  return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}
