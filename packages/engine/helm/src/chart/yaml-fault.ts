import type { Diagnostic } from '@sekisho/base';

/**
 * Where Go's YAML parser counts: its scanner from 1, its parser from 0, faults of meaning not at all; the first line is never
 * named.
 */
type Counting = 'scanner' | 'next line' | 'parser' | 'none';
type Said = readonly [text: string, counting: Counting];

const KEY: Said = ['did not find expected key', 'parser'];
const NODE: Said = ['did not find expected node content', 'parser'];
const MAPPING: Said = ['mapping values are not allowed in this context', 'scanner'];
const DASH: Said = ["did not find expected '-' indicator", 'parser'];
const NO_COLON: Said = ["could not find expected ':'", 'scanner'];

/** How our messages begin, and what Go's parser says of the same text; `before` is the line up to the fault. */
const SAID: readonly (readonly [
  start: RegExp,
  said: (message: string, before: string, line: string, above: readonly string[]) => Said,
])[] = [
  [/^a second ": "/, (_, __, line) => (/^\s*- [^:]*$/.test(line) ? KEY : MAPPING)],
  [/^a key is not allowed here/, (_, __, ___, above) => (endsWithBareKey(above) ? NO_COLON : MAPPING)],
  // It looks for the `:` up to the next line.
  [/^implicit map keys need to be followed/, () => ["could not find expected ':'", 'next line']],
  [/^all sequence items must start/, () => DASH],
  [/^all mapping items must start/, (_, __, line, above) => (continuesList(line, above) ? DASH : KEY)],
  [/^implicit keys need to be on/, () => KEY],
  [/^unexpected (?:double|single)-quoted-scalar/, () => KEY],
  [/^(?:alias|anchor) cannot be/, () => ['did not find expected alphabetic or numeric character', 'scanner']],
  [/^flow sequence|sequence items$/, () => ["did not find expected ',' or ']'", 'parser']],
  [/^flow map|map items$/, () => ["did not find expected ',' or '}'", 'parser']],
  [/^missing closing/, () => ['found unexpected end of stream', 'scanner']],
  [/^the anchor /, (message) => [`unknown anchor '${/"(.*)"/.exec(message)?.[1] ?? ''}' referenced`, 'none']],
  [/^the character U\+/, () => ['control characters are not allowed', 'none']],
  [
    /^a tab is not allowed/,
    (_, __, ___, above) =>
      /(?:^|:)\s*$/.test(above.at(-1) ?? '')
        ? ['found character that cannot start any token', 'scanner']
        : ['found a tab character that violates indentation', 'scanner'],
  ],
  [/^plain value cannot start with flow/, () => NODE],
  [/^plain value cannot start with/, () => ['found character that cannot start any token', 'scanner']],
  [/^invalid escape sequence/, () => ['found unknown escape character', 'scanner']],
  [
    /^unexpected scalar at node end/,
    (_, before) => (before === '' ? ["did not find expected '-' indicator", 'parser'] : KEY),
  ],
  [/^unexpected flow-/, (_, before) => (/:\s*$/.test(before) ? NODE : KEY)],
  [/^unexpected , in flow/, () => NODE],
  [/^unexpected block-seq-ind/, () => ['block sequence entries are not allowed in this context', 'scanner']],
  [/^block scalar header/, () => ['did not find expected comment or line break', 'scanner']],
  [/^a merge key/, () => ['map merge requires map or sequence of maps as the value', 'none']],
  [/^a map key must be/, (message, _, line) => [invalidKey(line) ?? message, 'none']],
];

/** Go's text of a fault in YAML, where it is known: `yaml: line 3: mapping values are not allowed in this context`. */
export function goYamlMessage({ message, origin }: Diagnostic, source: string): string {
  const lines = source.split('\n');
  const { line: given = 1, column = 1 } = origin ?? {};
  // A comment is never what is wrong.
  const isContent = (text: string, index: number) => index >= given - 1 && !/^\s*(?:#|$)/.test(text);
  const number = lines[given - 1]?.trimStart().startsWith('#') ? lines.findIndex(isContent) + 1 || given : given;
  const line = lines[number - 1] ?? '';
  const before = line.slice(0, column - 1);
  const found = SAID.find(([start]) => start.test(message));
  const [text, counting] =
    found === undefined ? ([message, 'scanner'] as const) : found[1](message, before, line, lines.slice(0, number - 1));
  const shown = counted(counting, number, before.length >= line.length && number === lines.length);
  return shown < 1 ? `yaml: ${text}` : `yaml: line ${shown}: ${text}`;
}

function counted(counting: Counting, line: number, isEnd: boolean): number {
  if (counting === 'none') return 0;
  if (counting === 'next line') return line + 1;
  if (counting === 'parser') return isEnd ? line : line - 1;
  return line === 1 ? 0 : line;
}

/** Whether text without a colon stands where a key of an open map must be: the next colon comes too late for it. */
function endsWithBareKey(above: readonly string[]): boolean {
  const content = above.filter((line) => !/^\s*(?:#|$)/.test(line)).reverse();
  for (const [index, line] of content.entries()) {
    if (/:(?:\s|$)|^\s*- /.test(line)) return false;
    const opener = content.slice(index + 1).find((other) => indentOf(other) <= indentOf(line));
    if (opener !== undefined && indentOf(opener) === indentOf(line) && /:(?:\s|$)/.test(opener)) return true;
  }
  return false;
}

/** Whether a line stands in the column of the dashes of the list above it. */
function continuesList(line: string, above: readonly string[]): boolean {
  const opener = [...above].reverse().find((other) => other.trim() !== '' && indentOf(other) <= indentOf(line));
  return opener !== undefined && indentOf(opener) === indentOf(line) && /^\s*- /.test(opener);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** `{{ x }}` that a template left is a map as key of a map. */
function invalidKey(line: string): string | undefined {
  const name = /\{\{\s*([\w.-]+)\s*\}\}/.exec(line)?.[1];
  return name === undefined
    ? undefined
    : `invalid map key: map[interface {}]interface {}{${JSON.stringify(name)}:interface {}(nil)}`;
}
