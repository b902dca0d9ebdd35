/**
 * Where a field of an object stands in the template that made it: its keys are looked for line by line, each below the one
 * before it. The last key that is written out counts: what an action puts in is told by the line of the key above.
 *
 * @param from line where the object begins, from 1
 * @returns undefined when not even the first key is there
 */
export function lineInTemplate(text: string, from = 1, path: readonly (string | number)[]): number | undefined {
  const lines = text.split('\n');
  let found: number | undefined;
  let at = from - 1;
  let parentIndent = -1;
  for (const key of path) {
    const next =
      typeof key === 'number' ? itemBelow(lines, at, parentIndent, key) : keyBelow(lines, at, parentIndent, key);
    if (next === undefined) return found;
    found = next.line + 1;
    at = next.line + (typeof key === 'number' ? 0 : 1);
    parentIndent = next.indent;
  }
  return found;
}

interface Place {
  readonly line: number;
  readonly indent: number;
}

const isIgnored = (line: string) => /^\s*(?:#|\{\{-?[^}]*\}\}\s*$|$)/.test(line);

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** `- name: x` holds the key `name` two columns further on. */
function keyBelow(lines: readonly string[], from: number, parentIndent: number, key: string): Place | undefined {
  let level: number | undefined;
  for (let line = from; line < lines.length; line++) {
    const text = lines[line] ?? '';
    if (text.startsWith('---') && line > from) return undefined;
    if (isIgnored(text)) continue;
    const [, before = '', rest = ''] = /^(\s*(?:- +)*)(.*)$/.exec(text) ?? [];
    const indent = before.length;
    // The line of an item begins further left than what is in it.
    if (indent <= parentIndent && !(indent === parentIndent && before.includes('-'))) return undefined;
    level ??= indent;
    if (indent === level && isKey(rest, key)) return { line, indent };
  }
  return undefined;
}

function isKey(text: string, key: string): boolean {
  const rest = text.startsWith(key) ? text.slice(key.length) : unquoted(text, key);
  return rest !== undefined && /^\s*:(?:\s|$)/.test(rest);
}

function unquoted(text: string, key: string): string | undefined {
  for (const quote of ['"', "'"]) {
    const quoted = `${quote}${key}${quote}`;
    if (text.startsWith(quoted)) return text.slice(quoted.length);
  }
  return undefined;
}

/** Actions between items would change how many there are: items are counted as long as there are none. */
function itemBelow(lines: readonly string[], from: number, parentIndent: number, index: number): Place | undefined {
  let count = -1;
  let level: number | undefined;
  for (let line = from; line < lines.length; line++) {
    const text = lines[line] ?? '';
    if (/^\s*\{\{-?\s*(?:range|if|with|else|include|toYaml)/.test(text) && count < index && count >= 0) {
      if (level === undefined || indentOf(text) <= level) return undefined;
    }
    if (isIgnored(text)) continue;
    const indent = indentOf(text);
    if (indent < parentIndent || (indent === parentIndent && !text.trimStart().startsWith('-'))) return undefined;
    if (!/^\s*-(?:\s|$)/.test(text)) continue;
    level ??= indent;
    if (indent === level && ++count === index) return { line, indent };
  }
  return undefined;
}
