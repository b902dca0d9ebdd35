import { expect, test } from 'vitest';
import type { CheckResult } from '../result.ts';
import { formatResults, outputFormats } from './format.ts';

const none = { successes: 0, failures: [], warnings: [], exceptions: [], skipped: [] };
const metadata = { query: 'data.main.deny' };
const results: readonly CheckResult[] = [
  {
    ...none,
    fileName: 'web.yaml',
    namespace: 'main',
    successes: 2,
    failures: [
      { message: 'no <root> & "such"', metadata, location: { file: 'web.yaml', line: 7, column: 5 } },
      { message: 'two\nlines', metadata, location: { file: 'lib.yaml', line: 2 }, hasOwnLocation: true },
    ],
    warnings: [{ message: 'careful', metadata: { query: 'data.main.warn' } }],
  },
  {
    ...none,
    fileName: 'db.yaml',
    namespace: 'main',
    successes: 1,
    exceptions: [{ message: 'data.main.exception[_][_] == ""' }],
  },
];

test.each(outputFormats)('formatResults as %s', (format) => {
  expect(formatResults(format, results, { version: '1.0.0' })).toMatchSnapshot();
  expect(formatResults(format, [])).toMatchSnapshot();
});

test('stdout shows the place on a terminal, and no control characters', () => {
  const [result] = results as [CheckResult];
  const text = formatResults('stdout', [{ ...result, warnings: [{ message: 'a\u001b[2Jb' }] }], {
    showPositions: true,
  });
  expect(text).toContain('FAIL - web.yaml:7:5 - main - no <root> & "such"');
  expect(text).toContain('FAIL - lib.yaml:2 - main - two');
  expect(text).not.toContain('\u001b');
  expect(formatResults('stdout', results, { color: true })).toContain('\u001b[31mFAIL\u001b[0m - web.yaml');
});

test('stdout may leave exceptions out, and count skipped tests', () => {
  const text = formatResults('stdout', results, { suppressExceptions: true, showSkipped: true });
  expect(text).not.toContain('EXCP');
  expect(text).toContain('7 tests, 3 passed, 1 warning, 2 failures, 1 exception, 0 skipped');
});

test('quiet says nothing when nothing failed or warned', () => {
  for (const format of outputFormats) expect(formatResults(format, results.slice(1), { quiet: true })).toBe('');
  expect(formatResults('json', results, { quiet: true })).not.toBe('');
});

test('github may leave out files where all passed, and no message is a command', () => {
  const passed = { ...none, fileName: 'ok.yaml', namespace: 'main', successes: 1 };
  expect(formatResults('github', [passed], { githubHidePassed: true })).toBe(
    '1 test, 1 passed, 0 warnings, 0 failures, 0 exceptions\n',
  );
  const failures = [{ message: 'x\n::error::y' }];
  for (const format of ['github', 'azuredevops'] as const) {
    expect(formatResults(format, [{ ...passed, failures }])).toContain('x%0A::error::y');
  }
});

test('junit may hide messages in names, and writes what XML can hold', () => {
  const failures = [{ message: 'a\u0000b\ud800' }];
  const text = formatResults('junit', [{ ...none, fileName: 'f', namespace: 'm', failures }], {
    junitHideMessage: true,
  });
  expect(text).toContain('name="f"');
  expect(text).toContain('>a\ufffdb\ufffd<');
});

test('skipped tests of verify show in every format that counts tests', () => {
  const skipped = [
    { ...none, fileName: 'a_test.rego', namespace: '', skipped: [{ message: 'data.main.todo_test_x' }] },
  ];
  for (const format of ['json', 'tap', 'table', 'junit', 'github', 'azuredevops'] as const) {
    expect(formatResults(format, skipped)).toContain('data.main.todo_test_x');
  }
  expect(formatResults('sarif', skipped)).toContain('/skip');
});
