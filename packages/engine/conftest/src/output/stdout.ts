import { type CheckResult, countResults, type Finding } from '../result.ts';
import { placePrefix, summaryOf } from './summary.ts';
import type { FormatOptions, ResultWriter } from './writer.ts';

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const CYAN = 36;

/** A line per finding, and a summary. Messages are of strangers: what controls a terminal is taken out. */
export const writeStdout: ResultWriter = (results, options) => {
  const lines: string[] = [];
  for (const result of results) {
    if (options.suppressExceptions !== true) {
      for (const finding of result.exceptions) lines.push(line('EXCP', CYAN, result, finding, options));
    }
    for (const finding of result.warnings) lines.push(line('WARN', YELLOW, result, finding, options));
    for (const finding of result.failures) lines.push(line('FAIL', RED, result, finding, options));
  }
  const { failures, warnings } = countResults(results);
  const color = failures > 0 ? RED : warnings > 0 ? YELLOW : GREEN;
  return `${lines.map((text) => `${text}\n`).join('')}\n${painted(summaryOf(results, options), color, options)}\n`;
};

function line(word: string, color: number, result: CheckResult, finding: Finding, options: FormatOptions): string {
  const message = `${placePrefix(placeOf(result, finding, options))}${result.namespace} - ${finding.message}`;
  return `${painted(word, color, options)} - ${printable(message)}`;
}

function placeOf({ fileName }: CheckResult, { location }: Finding, options: FormatOptions): string {
  if (options.showPositions !== true || location?.line === undefined) return fileName;
  const file = location.file === undefined || location.file === '' ? fileName : location.file;
  return `${file}:${location.line}${location.column === undefined ? '' : `:${location.column}`}`;
}

function painted(text: string, color: number, options: FormatOptions): string {
  return options.color === true ? `\u001b[${color}m${text}\u001b[0m` : text;
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ');
}
