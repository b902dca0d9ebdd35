import { createTemplateSet } from '@sekisho/gotemplate';
import { describe, expect, it } from 'vitest';
import { createFunctions } from './index.ts';
import { FunctionLimitError } from './limits.ts';

const functions = createFunctions({ now: () => 0n, random: (count) => new Uint8Array(count).fill(7) });

function messageOf(template: string): string {
  const set = createTemplateSet({ functions });
  expect(set.add('case', template)).toEqual([]);
  const result = set.render('case', {});
  return 'text' in result ? result.text : (result.diagnostics[0]?.message ?? '');
}

describe('Functions that would take all memory end with a message', () => {
  it.each([
    ['repeat', '{{ repeat 1000000000 "ab" }}', /text of more than/],
    ['until', '{{ until 1000000000 }}', /list of more than/],
    ['untilStep', '{{ untilStep 0 9223372036854775807 1 }}', /list of more than/],
    ['seq', '{{ seq 1000000000 }}', /list of more than/],
    ['indent', '{{ indent 1000000000 "a" }}', /text of more than/],
    ['randAlphaNum', '{{ randAlphaNum 1000000000 }}', /text of more than/],
    ['randBytes', '{{ randBytes 1000000000 }}', /text of more than/],
    ['replace', '{{ $a := repeat 100000 "a" }}{{ replace "a" $a $a }}', /text of more than/],
    ['a pattern', '{{ regexMatch (repeat 100000 "a") "a" }}', /pattern of more than/],
    ['a repetition in a pattern', '{{ mustRegexMatch "((a{500}){500}){500}" "a" }}', /error parsing regexp/],
  ])('%s', (_, template, message) => {
    expect(messageOf(template)).toMatch(message);
  });

  it('a map that holds itself', () => {
    const map: Record<string, unknown> = {};
    map.self = map;
    for (const name of ['toYaml', 'toJson', 'deepCopy', 'toToml']) {
      expect(() => functions[name]?.(map)).toThrow(FunctionLimitError);
    }
    const other: Record<string, unknown> = {};
    other.self = other;
    expect(() => functions.deepEqual?.(map, other)).toThrow(FunctionLimitError);
  });

  it('a key named __proto__ is a key like others', () => {
    expect(messageOf('{{ (merge (dict) (fromJson "{\\"__proto__\\": {\\"x\\": 1}}")) | toJson }}')).toBe(
      '{"__proto__":{"x":1}}',
    );
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
