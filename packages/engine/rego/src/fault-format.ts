import type { RegoFault } from './fault.ts';

const MAX_SOURCE_LINE = 200;

/**
 * Faults as text, one after the other: `file:row: code: message`, the message's further lines below it. Where sources are given
 * the place has its column, too, and unless the message points into the source itself, its line and a caret follow. Text without
 * a file is the query.
 *
 * @param sources  texts of the modules by file
 */
export function formatFaults(faults: readonly RegoFault[], sources?: ReadonlyMap<string, string>): string {
  return faults.map((fault) => formatFault(fault, sources)).join('\n');
}

function formatFault({ code, message, location }: RegoFault, sources: ReadonlyMap<string, string> | undefined): string {
  if (!location) return `${code}: ${message}`;
  const row = `${location.file === '' ? 'query' : location.file}:${location.row}`;
  const text = `${sources === undefined ? row : `${row}:${location.col}`}: ${code}: ${message}`;
  const line = message.includes('\n\t') ? undefined : sources?.get(location.file)?.split('\n')[location.row - 1];
  if (line === undefined || line.trim() === '' || line.length > MAX_SOURCE_LINE) return text;
  return `${text}\n\t${line.trimEnd()}\n\t${caretBelow(line, location.col)}`;
}

/** Blanks for the characters before a column: tabs stay tabs. */
function caretBelow(line: string, column: number): string {
  const before = [...line].slice(0, column - 1);
  return `${before.map((char) => (char === '\t' ? '\t' : ' ')).join('')}^`;
}
