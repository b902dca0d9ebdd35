import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError, evaluate } from './evaluate.ts';
import { ExpressionSyntaxError, parseExpression } from './parser.ts';

const names = {
  app: {
    metadata: { name: 'web', labels: { team: 'shop' } },
    status: {
      sync: { status: 'Synced', revision: 'abc' },
      health: { status: 'Healthy' },
      operationState: { phase: 'Succeeded', retryCount: 2 },
      conditions: [{ type: 'SyncError', message: 'no' }, { type: 'Other' }],
    },
  },
  time: { Now: () => 5 },
};
const run = (text: string) => evaluate(parseExpression(text), names);

it.each([
  ["app.status.operationState != nil and app.status.operationState.phase in ['Succeeded']", true],
  ["app.status.operationState.phase in ['Error', 'Failed']", false],
  ["app.status?.missing?.phase == 'x'", false],
  ['app.status.missing.phase == nil', true],
  ['app.status.health.status == \'Degraded\' || app.status.sync.status == "Synced"', true],
  ["not (app.status.sync.status == 'Synced')", false],
  ["not app.status.sync.status == 'Synced'", false],
  ['!(1 == 2) && true', true],
  ["app.status.sync.status not in ['OutOfSync', 'Unknown']", true],
  ["any(app.status.conditions, {.type == 'SyncError'})", true],
  ["all(app.status.conditions, .type == 'SyncError')", false],
  ["len(filter(app.status.conditions, {# != nil && .type contains 'Err'}))", 1],
  ['none(app.status.none, {.x})', true],
  ["map(app.status.conditions, .type) | join(',')", 'SyncError,Other'],
  ["app.metadata.labels['team'] startsWith 'sh'", true],
  ["app.metadata.name matches '^w.b$'", true],
  ["app.metadata.name endsWith 'b' ? 'yes' : 'no'", 'yes'],
  ['1 + 2 * 3 ** 2 - -1', 20],
  ['2 ** 3 ** 2', 512],
  ['(1 + 2) * 3 % 5', 4],
  ["'a' + 'b' + \"\\n\" + `c\\n`", 'ab\nc\\n'],
  ['3 in 1..5', true],
  ['[1, 2, 3][-1]', 3],
  ["'abcdef'[1:3]", 'bc'],
  ['{a: 1, "b": [2]}.b[0]', 2],
  ["'team' in app.metadata.labels", true],
  ['nil ?? 7', 7],
  ['time.Now() >= 5', true],
  ['1 < 2 == true', true],
  ['app.status.operationState.retryCount > 1 // a comment', true],
  ['[1, [2]] == [1, [2]]', true],
])('%s', (text, wanted) => {
  expect(run(text)).toEqual(wanted);
});

describe('faults', () => {
  it.each(['', '1 +', '(1', '[1', 'a.', '#', '.a', "'open", '1 2', '@', 'x | 1', '! ', '{a}', '?'.repeat(3)])(
    '%s is no expression',
    (text) => {
      expect(() => parseExpression(text)).toThrow(ExpressionSyntaxError);
    },
  );

  it.each([
    ['unknown', 'the name unknown is not known'],
    ['nope()', 'the function nope is not known'],
    ['1 && true', 'a number stands where true or false must'],
    ["app.metadata.name matches '('", 'is no regular expression'],
    ['app.metadata.name.first', 'a text has no member first'],
    ['len(1)', 'has no length'],
    ['-app', 'a map is no number'],
  ])('%s', (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  it.each([
    ['a long span', 'len(1..1000000000)'],
    ['loops in loops', 'all(1..1000, {all(1..1000, {all(1..1000, {true})})})'],
    ['a regular expression that backtracks elsewhere', "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' matches '(a+)+$'"],
  ])('%s ends', (_name, text) => {
    try {
      run(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
    }
  });

  it('deep nesting is a fault of the text', () => {
    for (const text of ['('.repeat(5000), '!'.repeat(5000), '['.repeat(5000), 'not '.repeat(5000)]) {
      expect(() => parseExpression(text)).toThrow(ExpressionSyntaxError);
    }
  });
});

it('reaches nothing but what it was given', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(run(`app.${name}`)).toBeNull();
    expect(() => run(name)).toThrow(ExpressionError);
  }
});

it('throws nothing but its own errors, whatever the text', () => {
  const piece = fc.constantFrom(
    'app',
    '.',
    '?.',
    'status',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    "'a'",
    '1',
    '==',
    'in',
    'not',
    'and',
    '|',
    'len',
    'all',
    ',',
    ':',
    '?',
    '#',
    '..',
    '-',
    '**',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 25 }), (pieces) => {
      try {
        run(pieces.join(''));
      } catch (error) {
        expect(error instanceof ExpressionSyntaxError || error instanceof ExpressionError).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
