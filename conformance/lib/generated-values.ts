import { createRandom, type Random } from '../../bench/fuzz/lib/random.ts';

/** Texts that something in a chart may trip over. */
const TEXTS = [
  '',
  'a',
  'a b',
  'a-b.c/d:1',
  'true',
  'null',
  '0123',
  '1e3',
  '-5',
  '  spaced  ',
  'line 1\nline 2\n',
  '"quoted"',
  "it's",
  '# none',
  'a: b',
  '{{ .Release.Name }}',
  '{{ nope }}',
  'Grün 🌱',
  'UPPER lower',
  '%d%s',
  'x'.repeat(90),
];
const NUMBERS = [0, 1, -1, 3, 80, 443, 1.5, 65536, 1_000_000, 12_345_678_901, 1e21, 0.1];

/**
 * Values of a chart with a few of them changed: others of the same type mostly, sometimes none, null, or another type. The
 * same number gives the same values.
 */
export function generateValues(values: unknown, number: number): Record<string, unknown> {
  const changed = change(values, createRandom(number * 7919 + 17), 0);
  return isMap(changed) ? changed : {};
}

function change(value: unknown, random: Random, depth: number): unknown {
  if (depth > 0 && random.below(40) === 0) return random.pick([null, 'other', 7, true, [], {}, ['a', 1], { a: 'b' }]);
  if (isMap(value)) {
    const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const chance = random.below(30);
      if (chance === 0) return [[key, null]];
      return chance < 8 ? [] : [[key, change(inner, random, depth + 1)]];
    });
    if (depth > 0 && random.below(10) === 0)
      entries.push([random.pick(['added', 'Ä', 'a.b/c', '10', 'yes']), leaf('', random)]);
    return Object.fromEntries(entries);
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => change(item, random, depth + 1));
    if (random.below(4) === 0) items.pop();
    if (items.length > 0 && random.below(4) === 0) items.push(change(items[0], random, depth + 1));
    return items;
  }
  return random.below(3) === 0 ? leaf(value, random) : value;
}

function leaf(value: unknown, random: Random): unknown {
  if (typeof value === 'boolean') return !value;
  return typeof value === 'number' ? random.pick(NUMBERS) : random.pick(TEXTS);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
