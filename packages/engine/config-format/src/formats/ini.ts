import type { ConfigDocument, Members } from '../document.ts';
import { isMembers, memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { type Line, linesOf } from './lines.ts';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/**
 * INI as Go programs read it: an object of sections, each an object of numbers, booleans and strings. What stands before the
 * first section (or in `[DEFAULT]`) is no part of the value, as in Conftest.
 */
export function parseIni(task: ParseTask): readonly ConfigDocument[] {
  const sections: Members = {};
  const lines = linesOf(task.text);
  let section: Members = {};
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined) break;
    const text = line.text.trim();
    const offset = line.start + line.text.indexOf(text);
    if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
    if (text.startsWith('[')) {
      const close = text.lastIndexOf(']');
      if (close < 0) {
        task.report(new ConfigFault(offset, 'the section is not closed with "]"'));
        continue;
      }
      section = openSection(task, sections, text.slice(1, close).trim(), offset);
      continue;
    }
    const pair = splitPair(text);
    if (pair === undefined) {
      task.report(new ConfigFault(offset, 'the line has no "=" or ":" between key and value'));
      continue;
    }
    const { value, last } = readValue(task, lines, index, pair.value);
    index = last;
    task.set(section, pair.key, value, offset);
  }
  return [task.document(sections)];
}

function openSection(task: ParseTask, sections: Members, name: string, offset: number): Members {
  if (name === 'DEFAULT' || name === '') return {};
  const known = memberOf(sections, name);
  if (isMembers(known)) return known;
  const section: Members = {};
  task.set(sections, name, section, offset);
  return section;
}

function splitPair(text: string): { key: string; value: string } | undefined {
  const quoted = /^(?:"""([\s\S]*?)"""|"([^"]*)"|`([^`]*)`)\s*[=:]/.exec(text);
  if (quoted !== null) {
    const key = quoted[1] ?? quoted[2] ?? quoted[3] ?? '';
    return { key, value: text.slice(quoted[0].length).trim() };
  }
  const at = text.search(/[=:]/);
  const key = at < 0 ? '' : text.slice(0, at).trim();
  return key === '' ? undefined : { key, value: text.slice(at + 1).trim() };
}

/** A value that begins on the line `index`; `last` is the line that it ends on. */
function readValue(
  task: ParseTask,
  lines: readonly Line[],
  index: number,
  first: string,
): { value: unknown; last: number } {
  for (const quote of ['"""', '`']) {
    if (!first.startsWith(quote)) continue;
    const parts = [first.slice(quote.length)];
    for (let last = index; ; ) {
      const part = parts.at(-1) ?? '';
      const close = part.indexOf(quote);
      if (close >= 0) return { value: [...parts.slice(0, -1), part.slice(0, close)].join('\n'), last };
      const next = lines[++last];
      if (next === undefined) break;
      parts.push(next.text);
    }
    task.report(new ConfigFault(lines[index]?.start ?? 0, `the value is not closed with ${quote}`));
    return { value: '', last: lines.length };
  }
  let text = withoutComment(first);
  let last = index;
  while (text.endsWith('\\') && last < lines.length) {
    text = text.slice(0, -1) + withoutComment((lines[++last]?.text ?? '').trim());
  }
  return { value: typed(text.trim()), last };
}

function withoutComment(text: string): string {
  const quoted = /^(["']).*?\1\s*(?=[#;])/.exec(text);
  if (quoted !== null) return quoted[0].trim();
  if (/^["']/.test(text) && text.length > 1 && text.endsWith(text[0] ?? '')) return text;
  const at = text.search(/[#;]/);
  return (at < 0 ? text : text.slice(0, at)).trimEnd();
}

function typed(text: string): unknown {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  if (quoted !== null && !quoted[2]?.includes(quoted[1] ?? '')) return typedBare(quoted[2] ?? '');
  return typedBare(text);
}

function typedBare(text: string): unknown {
  if (/^[+-]?\d+(?:_\d+)*$/.test(text)) return Number(text.replaceAll('_', ''));
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  return BOOLEANS.get(text) ?? text;
}
