import type { Diagnostic } from '@sekisho/base';

/**
 * Where Go's YAML parser counts: its scanner from 1, its parser from 0, faults of meaning not at all; the first line is never
 * named.
 */
type Counting = 'scanner' | 'parser' | 'none';
type Said = readonly [text: string, counting: Counting];

const KEY: Said = ['did not find expected key', 'parser'];
const NODE: Said = ['did not find expected node content', 'parser'];
const MAPPING: Said = ['mapping values are not allowed in this context', 'scanner'];

/** How our messages begin, and what Go's parser says of the same text; `before` is the line up to the fault. */
const SAID: readonly (readonly [start: RegExp, said: (message: string, before: string, line: string) => Said])[] = [
  [/^a second ": "/, (_, __, line) => (/^\s*- [^:]*$/.test(line) ? KEY : MAPPING)],
  [/^a key is not allowed here/, () => MAPPING],
  [/^implicit map keys need to be followed/, () => ["could not find expected ':'", 'scanner']],
  [/^(?:all mapping items must start|implicit keys need to be on)/, () => KEY],
  [/^flow sequence|sequence items$/, () => ["did not find expected ',' or ']'", 'parser']],
  [/^flow map|map items$/, () => ["did not find expected ',' or '}'", 'parser']],
  [/^missing closing/, () => ['found unexpected end of stream', 'scanner']],
  [/^the anchor /, (message) => [`unknown anchor '${/"(.*)"/.exec(message)?.[1] ?? ''}' referenced`, 'none']],
  [/^a tab is not allowed/, () => ['found a tab character that violates indentation', 'scanner']],
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
  const [number = 1, column = 1] = [origin?.line, origin?.column];
  const line = lines[number - 1] ?? '';
  const before = line.slice(0, column - 1);
  const found = SAID.find(([start]) => start.test(message));
  const [text, counting] = found === undefined ? ([message, 'scanner'] as const) : found[1](message, before, line);
  const shown = counted(counting, number, before.length >= line.length && number === lines.length, text);
  return shown < 1 ? `yaml: ${text}` : `yaml: line ${shown}: ${text}`;
}

function counted(counting: Counting, line: number, isEnd: boolean, text: string): number {
  if (counting === 'none') return 0;
  if (counting === 'parser') return isEnd ? line : line - 1;
  // It looks for the `:` up to the next line.
  const found = text.startsWith('could not find') ? line + 1 : line;
  return found === 1 ? 0 : found;
}

/** `{{ x }}` that a template left is a map as key of a map. */
function invalidKey(line: string): string | undefined {
  const name = /\{\{\s*([\w.-]+)\s*\}\}/.exec(line)?.[1];
  return name === undefined
    ? undefined
    : `invalid map key: map[interface {}]interface {}{${JSON.stringify(name)}:interface {}(nil)}`;
}
