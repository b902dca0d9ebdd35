import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTemplateSet, goFunction, type Integer, int64, type MissingKey, typed } from './index.ts';

interface GoCase {
  readonly text: string;
  readonly missingKey?: MissingKey;
  readonly want?: string;
  readonly fails?: 'parse' | 'execute';
  readonly message?: string;
}
const go: { data: object; cases: GoCase[] } = JSON.parse(
  readFileSync(new URL('../testdata/go.json', import.meta.url), 'utf8'),
);

/** The same data and functions as in testdata/oracle/main.go. */
const data = {
  ...go.data,
  int: 7n,
  i64: int64(64),
  strings: typed(['x', 'y'], '[]string'),
  texts: typed({ k: 'v' }, 'map[string]string'),
  named: typed({ a: 'A' }, 'main.Named', { Has: goFunction(['string'], (key: string) => key === 'a') }),
};
const functions = {
  upper: goFunction(['string'], (text: string) => text.toUpperCase()),
  plus1: goFunction(['int'], (number: bigint) => number + 1n),
  long: goFunction(['int64'], (number: bigint | Integer) => (typeof number === 'bigint' ? int64(number) : number)),
  half: goFunction(['float64'], (number: number) => number / 2),
  flip: goFunction(['bool'], (value: boolean) => !value),
  repeat: goFunction(['int', 'string'], (count: bigint, text: string) => text.repeat(Number(count))),
  join: goFunction(['...string'], (...texts: string[]) => texts.join('+')),
  list: goFunction(['...interface {}'], (...values: unknown[]) => values),
  size: goFunction(['[]interface {}'], (list: unknown[] | null) => BigInt(list?.length ?? 0)),
  keys: goFunction(['map[string]interface {}'], (map: object | null) => BigInt(Object.keys(map ?? {}).length)),
  nothing: goFunction([], () => null),
  same: goFunction(['interface {}'], (value: unknown) => value),
  fails: goFunction(['string'], (message: string) => {
    throw new Error(message);
  }),
};

function answer({ text, missingKey = 'default' }: GoCase): Omit<GoCase, 'text'> {
  const set = createTemplateSet({ functions, missingKey });
  const [fault] = set.add('t', text);
  if (fault !== undefined) return { fails: 'parse', message: fault.message };
  const rendering = set.render('t', data);
  if ('text' in rendering) return { want: rendering.text };
  return { fails: 'execute', message: rendering.diagnostics[0]!.message };
}

describe('text and errors are those of Go', () => {
  const chunk = 100;
  for (let from = 0; from < go.cases.length; from += chunk) {
    it(`cases ${from} to ${Math.min(from + chunk, go.cases.length) - 1}`, () => {
      for (const one of go.cases.slice(from, from + chunk)) {
        const { text, missingKey: _, ...want } = one;
        expect({ text, ...answer(one) }).toEqual({ text, ...want });
      }
    });
  }
});
