import { expect, it } from 'vitest';
import type { RegoFault } from './fault.ts';
import { formatFaults } from './fault-format.ts';

function faultAt(row: number, col: number, message = 'var x is unsafe'): RegoFault {
  return { code: 'rego_unsafe_var_error', message, location: { file: 'a.rego', row, col, offset: 0, end: 0 } };
}

const SOURCES = new Map([['a.rego', 'package a\n\np if {\n\t"é" == x\n}\n']]);

it('formatFaults shows the line of each fault with a caret below the column, counted in characters', () => {
  expect(formatFaults([faultAt(4, 9), faultAt(3, 1)], SOURCES)).toBe(
    [
      'a.rego:4:9: rego_unsafe_var_error: var x is unsafe',
      '\t\t"é" == x',
      '\t\t       ^',
      'a.rego:3:1: rego_unsafe_var_error: var x is unsafe',
      '\tp if {',
      '\t^',
    ].join('\n'),
  );
});

it.each([
  [
    'without a place',
    { code: 'rego_compile_error', message: 'error limit reached', location: undefined } as RegoFault,
    'rego_compile_error: error limit reached',
  ],
  [
    'whose message has its own lines',
    faultAt(3, 1, 'match error\n\tleft  : null'),
    'a.rego:3:1: rego_unsafe_var_error: match error\n\tleft  : null',
  ],
  ['in a row that is not there', faultAt(30, 1), 'a.rego:30:1: rego_unsafe_var_error: var x is unsafe'],
])('formatFaults shows no line for a fault %s', (_, fault, text) => {
  expect(formatFaults([fault], SOURCES)).toBe(text);
});
