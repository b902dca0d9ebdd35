import { matchingPrefix, parseShellPattern } from './shell-pattern.ts';

/** Steps that removing a pattern may take: a value of 64 KiB and a pattern of 1000 characters stay below. */
const MAX_PATTERN_WORK = 64 * 1024 * 1024;

/** What an operator makes of a value; undefined when it would be larger than `maxLength` UTF-16 units, or take too long. */
export type Operator = (value: string, args: readonly string[], maxLength: number) => string | undefined;

/** Operators that say what stands for a variable that is not set: strict mode lets them. Flux reads `:+` and `:?` so, too. */
const DEFAULTS: ReadonlySet<string> = new Set(['=', ':=', ':-', ':?', ':+']);

export function isDefaultOperator(operator: string): boolean {
  return DEFAULTS.has(operator);
}

/** @param operator as the parser read it; an unknown one gives its arguments for an empty value */
export function operatorOf(operator: string, args: readonly string[]): Operator {
  if (operator === '#' && args.length === 0) return byteLength;
  return OPERATORS[operator] ?? orDefault;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  ',': (value) => mapFirst(value, (first) => first.toLowerCase()),
  ',,': (value) => value.toLowerCase(),
  '^': (value) => mapFirst(value, (first) => first.toUpperCase()),
  '^^': (value) => value.toUpperCase(),
  ':': substring,
  '#': (value, [pattern = '']) => trimStart(value, pattern, 'shortest'),
  '##': (value, [pattern = '']) => trimStart(value, pattern, 'longest'),
  '%': (value, [pattern = '']) => trimEnd(value, pattern, 'shortest'),
  '%%': (value, [pattern = '']) => trimEnd(value, pattern, 'longest'),
  '/': (value, [old = '', replacement = '']) => value.replace(old, () => replacement),
  '//': replaceAll,
  // Without a replacement these two leave the value as it is.
  '/#': (value, [old = '', replacement]) =>
    replacement !== undefined && value.startsWith(old) ? replacement + value.slice(old.length) : value,
  '/%': (value, [old = '', replacement]) =>
    replacement !== undefined && value.endsWith(old) ? value.slice(0, value.length - old.length) + replacement : value,
};

function orDefault(value: string, args: readonly string[]): string {
  return value === '' ? args.join('') : value;
}

function byteLength(value: string): string {
  return String(Buffer.byteLength(value));
}

/** Go changes single characters: `ß` has no single upper case and stays. */
function mapFirst(value: string, map: (first: string) => string): string {
  const first = [...value.slice(0, 2)][0] ?? '';
  const mapped = map(first);
  return ([...mapped].length === 1 ? mapped : first) + value.slice(first.length);
}

/** Offsets count bytes. What is no number leaves the value as it is, as in bash. */
function substring(value: string, [offsetText = '', lengthText]: readonly string[]): string {
  const offset = integer(offsetText);
  const length = lengthText === undefined ? undefined : integer(lengthText);
  if (offset === undefined || (lengthText !== undefined && length === undefined)) return value;
  const bytes = Buffer.from(value);
  const from = offset < 0 ? Math.max(0, bytes.length + offset) : offset;
  let to = bytes.length;
  if (length !== undefined) to = length < 0 ? bytes.length + length : from + length;
  return to <= from ? '' : bytes.subarray(from, to).toString();
}

function integer(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function trimStart(value: string, pattern: string, which: 'shortest' | 'longest'): string | undefined {
  const characters = [...value];
  const length = matched(characters, pattern, which);
  return length === undefined ? undefined : characters.slice(length).join('');
}

/** As upstream: value and pattern are turned round, so a class in brackets never matches. */
function trimEnd(value: string, pattern: string, which: 'shortest' | 'longest'): string | undefined {
  const characters = [...value];
  const length = matched([...characters].reverse(), [...pattern].reverse().join(''), which);
  return length === undefined ? undefined : characters.slice(0, characters.length - length).join('');
}

function matched(characters: readonly string[], pattern: string, which: 'shortest' | 'longest'): number | undefined {
  const parsed = parseShellPattern(pattern);
  if (parsed === undefined) return 0;
  if (characters.length * (parsed.matchers.length + 1) > MAX_PATTERN_WORK) return undefined;
  return matchingPrefix(parsed, characters, which);
}

function replaceAll(
  value: string,
  [old = '', replacement = '']: readonly string[],
  maxLength: number,
): string | undefined {
  // Go puts the replacement before, between and after characters, not UTF-16 units.
  const pieces = old === '' ? ['', ...value, ''] : value.split(old);
  const length = value.length - (pieces.length - 1) * (old.length - replacement.length);
  return length > maxLength ? undefined : pieces.join(replacement);
}
