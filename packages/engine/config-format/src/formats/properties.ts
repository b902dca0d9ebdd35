import type { ConfigDocument, Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

/** Java's `.properties`: one flat object of strings; `${…}` stays as it is. */
export function parseProperties(task: ParseTask): readonly ConfigDocument[] {
  const members: Members = {};
  const { text } = task;
  let at = 0;
  while (at < text.length) {
    at = skipBlank(text, at, /[ \t\f\r\n]/);
    if (at >= text.length) break;
    if (text[at] === '#' || text[at] === '!') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    const start = at;
    const key = readLogical(task, at, /[ \t\f:=]/);
    at = skipBlank(text, key.end, /[ \t\f]/);
    if (text[at] === '=' || text[at] === ':') at = skipBlank(text, at + 1, /[ \t\f]/);
    const value = readLogical(task, at, undefined);
    at = value.end;
    if (key.value === '') task.report(new ConfigFault(start, 'the line has no key'));
    else task.set(members, key.value, value.value, start);
  }
  return [task.document(members)];
}

function skipBlank(text: string, from: number, blank: RegExp): number {
  let at = from;
  while (at < text.length && blank.test(text[at] ?? '')) at++;
  return at;
}

/** Reads to the end of the logical line, or to an unescaped character of `stop`. */
function readLogical(task: ParseTask, from: number, stop: RegExp | undefined): { value: string; end: number } {
  const { text } = task;
  let value = '';
  let at = from;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '\n' || char === '\r' || stop?.test(char)) break;
    if (char !== '\\') {
      value += char;
      at++;
      continue;
    }
    const next = text[at + 1] ?? '';
    if (next === 'u') {
      const hex = text.slice(at + 2, at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
        task.report(new ConfigFault(at, '"\\u" wants four hexadecimal digits'));
        at += 2;
        continue;
      }
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 6;
    } else if (next === '\n' || next === '\r') {
      at = skipBlank(text, text.startsWith('\r\n', at + 1) ? at + 3 : at + 2, /[ \t\f]/);
    } else {
      value += ESCAPES[next] ?? next;
      at += 2;
    }
  }
  return { value, end: at };
}
