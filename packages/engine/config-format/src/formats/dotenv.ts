import type { ConfigDocument, Members } from '../document.ts';
import { memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

const KEY = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*(?:=|:[ \t])[ \t]*/y;
const VARIABLE = /\\?\$(?:\{([A-Za-z0-9_]+)\}?|([A-Za-z0-9_]+))/g;

/**
 * `KEY=value` lines: one flat object of strings. Values in double quotes and bare ones expand `$A` and `${A}` from the lines
 * above (nothing else: the environment is not read); single quotes keep everything.
 */
export function parseDotenv(task: ParseTask): readonly ConfigDocument[] {
  const members: Members = {};
  const { text } = task;
  let at = 0;
  while (at < text.length) {
    const lineEnd = endOfLine(text, at);
    if (/^[ \t\r]*(?:#|$)/.test(text.slice(at, lineEnd))) {
      at = lineEnd + 1;
      continue;
    }
    KEY.lastIndex = at;
    const match = KEY.exec(text);
    if (match === null) {
      const start = at + (text.slice(at, lineEnd).match(/^[ \t]*/)?.[0].length ?? 0);
      task.report(new ConfigFault(start, 'the line is no KEY=value'));
      at = lineEnd + 1;
      continue;
    }
    const key = match[1] ?? '';
    const keyAt = at + match[0].indexOf(key);
    const { value, end } = readValue(task, members, KEY.lastIndex);
    task.set(members, key, value, keyAt);
    at = end + 1;
  }
  return [task.document(members)];
}

function readValue(task: ParseTask, members: Members, start: number): { value: string; end: number } {
  const { text } = task;
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    const quoted = readQuoted(text, start, quote);
    if (quoted !== undefined) {
      const value = quote === "'" ? quoted.body : withoutEscapes(expand(task, members, quoted.body, start));
      return { value, end: quoted.end };
    }
    if (!text.slice(start + 1, endOfLine(text, start)).includes(quote)) {
      task.report(new ConfigFault(start, 'the quote is not closed'));
      return { value: '', end: endOfLine(text, start) };
    }
  }
  const end = endOfLine(text, start);
  const line = text.slice(start, end);
  const comment = quote === '"' || quote === "'" ? -1 : line.indexOf('#');
  const bare = (comment < 0 ? line : line.slice(0, comment)).trim();
  return { value: quote === "'" ? bare : expand(task, members, bare, start), end };
}

/** A value in quotes that fills its line but for a comment; it may hold line ends. */
function readQuoted(text: string, start: number, quote: string): { body: string; end: number } | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) {
      const end = endOfLine(text, at);
      if (/^[ \t\r]*(?:#.*)?$/.test(text.slice(at + 1, end))) return { body: text.slice(start + 1, at), end };
      if (quote === '"') return undefined;
    } else if (text[at] === '\n' && !text.includes(quote, at)) return undefined;
  }
  return undefined;
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : char));
}

function expand(task: ParseTask, members: Members, text: string, offset: number): string {
  return text.replace(VARIABLE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole.startsWith('\\')) return whole.slice(1);
    const value = memberOf(members, braced ?? bare ?? '');
    const inserted = typeof value === 'string' ? value : '';
    task.spend(inserted.length, offset);
    return inserted;
  });
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
