import type { ConfigDocument } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';
import { linesOf } from './lines.ts';

/** `.gitignore` and `.dockerignore`: a list of one list of lines, each {Kind, Original, Value}. Every text is valid. */
export function parseIgnore(task: ParseTask): readonly ConfigDocument[] {
  const entries: unknown[] = [];
  const lines = linesOf(task.text);
  if (task.text.endsWith('\n') || task.text === '') lines.push({ text: '', start: task.text.length });
  for (const { text, start } of lines) {
    const entry = entryOf(text);
    task.push(entries, entry, start);
    task.positions.mark(entry, 'Value', start);
  }
  return [task.document([entries])];
}

function entryOf(line: string): { Kind: string; Original: string; Value: string } {
  if (/^ *$/.test(line)) return { Kind: 'Empty', Original: line, Value: line };
  if (line.startsWith('#')) return { Kind: 'Comment', Original: line, Value: line.slice(1).trim() };
  if (line.startsWith('!')) return { Kind: 'NegatedPath', Original: line, Value: pathOf(line.slice(1)) };
  return { Kind: 'Path', Original: line, Value: pathOf(line) };
}

/** Without the blanks after it unless the first of them is escaped, and without the backslash of `\#`, `\!` and `\ `. */
function pathOf(line: string): string {
  const kept = line.endsWith('\\ ') ? line : line.replace(/ +$/, '');
  return kept.replace(/^\\([#!])/, '$1').replace(/\\ /g, ' ');
}
