import { combinedEntries } from './combine.ts';
import type { InputFile } from './input-files.ts';

/** What policies will see as input, as `parse` prints it: of several files by path, keys in order. */
export function parsedText(inputs: readonly InputFile[], combine: boolean): string {
  if (combine) return `${toText(combinedEntries(inputs), '\t')}\n`;
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) return `${toText(only.value, '  ')}\n`;
  const byPath = new Map(inputs.map((input) => [input.path, input.value]));
  return `${toText(Object.fromEntries([...byPath].sort(byName)), '  ')}\n`;
}

function toText(value: unknown, indent: string): string {
  return JSON.stringify(value, sorted, indent);
}

/** Entries of a combined input keep their order: path, contents. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 2 && entries[0]?.[0] === 'path' && entries[1]?.[0] === 'contents') return value;
  return Object.fromEntries(entries.sort(byName));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
