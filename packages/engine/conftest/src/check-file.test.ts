import { expect, test } from 'vitest';
import { checkFile } from './check-file.ts';
import type { Evaluator, InputPath, RuleClauses } from './evaluator.ts';
import { exitStatus } from './result.ts';

/** An evaluator that knows its answers. */
function answers(
  values: Readonly<Record<string, unknown>>,
  clauses: Readonly<Record<string, number>> = {},
  paths?: Readonly<Record<string, readonly (readonly InputPath[])[]>>,
): Evaluator {
  const names = [...new Set([...Object.keys(clauses), ...Object.keys(values)])];
  const rules: RuleClauses[] = names.map((name) => ({ name, clauses: clauses[name] ?? 1 }));
  return {
    rules: () => rules,
    evaluate: (_, wanted) => new Map(wanted.filter((name) => name in values).map((name) => [name, values[name]])),
    inputPaths: (_, rule) => paths?.[rule],
  };
}

const file = { fileName: 'a.yaml', documents: [{ input: {} }] };

test.each([
  ['a text', ['no'], ['no']],
  ['several', ['no', 'never'], ['no', 'never']],
  ['an object with msg', [{ msg: 'no', level: 3 }], ['no']],
  ['a number', [7], []],
  ['an array', [['no']], []],
  ['a rule that is no set', 'no', []],
  ['a rule that is an object', { no: true }, []],
  ['a rule that is true', true, []],
  ['nothing', [], []],
  ['an undefined rule', undefined, []],
])('checkFile: %s', (_, value, messages) => {
  const result = checkFile(file, 'main', answers({ deny: value }));
  expect(result.failures.map(({ message }) => message)).toEqual(messages);
  expect(result.successes).toBe(messages.length === 0 ? 1 : 0);
});

test.each([
  ['deny', 'failures'],
  ['deny_privileged_pods', 'failures'],
  ['violation', 'failures'],
  ['warn', 'warnings'],
  ['warn_2', 'warnings'],
])('checkFile: %s gives %s', (name, list) => {
  expect(checkFile(file, 'main', answers({ [name]: ['no'] }))).toMatchObject({ [list]: [{ message: 'no' }] });
});

test.each(['denying', 'deny-it', 'deny_', 'violations', 'xdeny', 'allow'])('checkFile: %s is no rule of it', (name) => {
  const result = checkFile(file, 'main', answers({ [name]: ['no'] }));
  expect([result.failures, result.warnings, result.successes]).toEqual([[], [], 0]);
});

test('checkFile counts clauses without a result as successes, for each document', () => {
  const evaluator = answers({ deny: ['a', 'b', 'c'], warn: ['w'] }, { deny: 2, warn: 4, violation: 1 });
  const result = checkFile({ fileName: 'a', documents: [{ input: 1 }, { input: 2 }] }, 'main', evaluator);
  expect([result.successes, result.failures.length, result.warnings.length]).toEqual([8, 6, 2]);
  expect(exitStatus([result])).toBe(1);
  expect(exitStatus([result], { failOnWarn: true })).toBe(2);
  expect(exitStatus([result], { noFail: true })).toBe(0);
});

test('checkFile: an exception takes the results of its rule away, once for each list that names it', () => {
  const evaluator = answers(
    { deny: ['a'], deny_x: ['b'], warn_x: ['w'], exception: [['x'], ['x', 'y']] },
    { deny: 1, deny_x: 3, warn_x: 1 },
  );
  const result = checkFile(file, 'ns', evaluator);
  expect(result.failures.map(({ message }) => message)).toEqual(['a']);
  expect(result.warnings).toEqual([]);
  expect(result.exceptions.map(({ message }) => message)).toEqual(Array(4).fill('data.ns.exception[_][_] == "x"'));
  expect(result.successes).toBe(1);
});

test('checkFile: an object without msg is an error', () => {
  expect(() => checkFile(file, 'main', answers({ deny: [{ text: 'no' }] }))).toThrow(
    expect.objectContaining({ code: 'CHECK_RESULT' }),
  );
});

test('checkFile: _loc is the location, all else is metadata', () => {
  const evaluator = answers({ deny: [{ msg: 'no', _loc: { file: 'x', line: 3, more: 1 }, id: 'A1' }] });
  expect(checkFile(file, 'main', evaluator).failures).toEqual([
    {
      message: 'no',
      location: { file: 'x', line: 3 },
      hasOwnLocation: true,
      metadata: { id: 'A1', query: 'data.main.deny' },
    },
  ]);
});

test('checkFile tells the place of the node that only this finding looked at', () => {
  const positions: Record<string, number> = { '[]': 1, '["kind"]': 2, '["list",0]': 5, '["list",1,"name"]': 7 };
  const document = {
    input: {},
    positionOf: (path: InputPath) => {
      const line = positions[JSON.stringify(path)];
      return line === undefined ? undefined : { line, column: 1 };
    },
  };
  const paths = {
    deny: [
      [['kind'], ['list', 0, 'image', 'tag'], ['meta', 'very', 'deep', 'and', 'shared']],
      [['kind'], ['list', 1, 'name'], ['meta', 'very', 'deep', 'and', 'shared']],
    ],
    warn: [[['list', 0], ['kind']]],
    violation: [[]],
  } as const;
  const evaluator = answers({ deny: ['a', 'b'], warn: ['c'], violation: ['d'] }, {}, paths);
  const { failures, warnings } = checkFile({ fileName: 'a.yaml', documents: [document] }, 'main', evaluator);
  const line = ({ location }: { location?: { line?: number } }) => location?.line;
  expect(failures.map(line)).toEqual([5, 7, 1]);
  expect(warnings.map(line)).toEqual([5]);
});
