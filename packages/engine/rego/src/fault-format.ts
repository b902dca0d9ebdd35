import type { RegoFault } from './fault.ts';

const MAX_SOURCE_LINE = 200;

/**
 * Faults as text, one after the other: `file:row: code: message`, the message's further lines below it. Where the source is
 * given, and the message doesn't point into it itself, its line and a caret follow.
 *
 * @param sources  texts of the modules by file
 */
export function formatFaults(faults: readonly RegoFault[], sources?: ReadonlyMap<string, string>): string {
  return faults.map((fault) => formatFault(fault, sources)).join('\n');
}

function formatFault({ code, message, location }: RegoFault, sources: ReadonlyMap<string, string> | undefined): string {
  if (!location) return `${code}: ${message}`;
  const text = `${location.file}:${location.row}: ${code}: ${message}`;
  const line = message.includes('\n\t') ? undefined : sources?.get(location.file)?.split('\n')[location.row - 1];
  if (line === undefined || line.trim() === '' || line.length > MAX_SOURCE_LINE) return text;
  return `${text}\n\t${line.trimEnd()}\n\t${caretBelow(line, location.col)}`;
}

/** Spaces as wide as what stands before a column, which counts bytes: tabs stay tabs. */
function caretBelow(line: string, column: number): string {
  let bytes = 1;
  let pad = '';
  for (const char of line) {
    if (bytes >= column) break;
    bytes += new TextEncoder().encode(char).length;
    pad += char === '\t' ? '\t' : ' ';
  }
  return `${pad}^`;
}
