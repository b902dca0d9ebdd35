import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckFolder, checkFolder } from '../check/testing/check-folder.ts';
import { runRego } from './run.ts';

let folder: CheckFolder;
beforeAll(async () => {
  folder = await checkFolder(
    {
      'good/a.rego': 'package a\n\nallow if input.role == "admin"\n\nunused := 1\n',
      'good/a_test.rego': `package a

test_admin if allow with input as {"role": "admin"}

test_guest if not allow with input as {"role": "guest"}

todo_test_later if false
`,
      'bad/b_test.rego': `package b["x-y"]

test_wrong if {
	x := 1
	print("x is", x)
	x == 2
}

test_false := false

test_cases[name] if {
	some name, row in {"one <&>": {"a": 1, "b": 1}, "two": {"a": 1, "b": 2}}
	row.a == row.b
}

test_deep[a][b] if {
	some a, row in {"k": {"i": 1, "j": 2}}
	some b, y in row
	y == 1
}

test_conflict := 1

test_conflict := 2 if true

test_good if true
`,
      'slow/c_test.rego':
        'package c\n\ntest_slow if {\n\tr := numbers.range(1, 3000)\n\tcount([1 | r[_]; r[_]; r[_]; r[_]]) == 0\n}\n',
      'none/d.rego': 'package d\n\np := 1\n',
      'broken/e.rego': 'package e\n\np if\n',
    },
    runRego,
  );
});
afterAll(() => folder?.remove());

const test = (...args: string[]) => folder.run(['test', ...args]);
/** Times are what they are. */
const withoutTimes = (text: string) => text.replace(/\([\d.]+(?:ns|µs|ms|s)\)/g, '(TIME)');

describe('sekisho rego test', () => {
  it('says how many tests passed', async () => {
    expect(await test('good')).toEqual({
      status: 0,
      stdout: `good/a_test.rego:7:\ndata.a.todo_test_later: SKIPPED\n${'-'.repeat(80)}\nPASS: 2/3\nSKIPPED: 1/3\n`,
      stderr: '',
    });
  });

  it('tells what failed, what it printed, and which cases', async () => {
    const { status, stdout } = await test('bad');
    expect(status).toBe(1);
    expect(withoutTimes(stdout)).toBe(`bad/b_test.rego:3:
data.b["x-y"].test_wrong: FAIL (TIME)

  x is 1

bad/b_test.rego:9:
data.b["x-y"].test_false: FAIL (TIME)
bad/b_test.rego:11:
data.b["x-y"].test_cases: FAIL (TIME)
  two: FAIL
bad/b_test.rego:16:
data.b["x-y"].test_deep: FAIL (TIME)
  k: FAIL
    j: FAIL
bad/b_test.rego:22:
data.b["x-y"].test_conflict: ERROR (TIME)
  bad/b_test.rego:24:1: eval_conflict_error: complete rules must not produce multiple outputs
${'-'.repeat(80)}
PASS: 3/8
FAIL: 4/8
ERROR: 1/8
`);
  });

  it('-v explains failures, with values when asked', async () => {
    const { stdout } = await test('-v', '--var-values', '-r', 'wrong|good', 'bad');
    expect(stdout).toContain('test_good: PASS');
    expect(stdout).toContain('bad/b_test.rego:6     | Fail x == 2');
  });

  it('--run chooses tests by their full names', async () => {
    expect((await test('-r', '^data\\.a\\.test_guest$', 'good')).stdout).toBe('PASS: 1/1\n');
    expect(await test('-r', 'nothing', 'good')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No test matches nothing.\n',
    });
  });

  it('-f json lists tests as OPA does', async () => {
    const { status, stdout } = await test('-f', 'json', 'bad');
    expect(status).toBe(1);
    const tests = JSON.parse(stdout) as Record<string, unknown>[];
    const named = (name: string) => tests.find((item) => item['name'] === name);
    expect(named('test_wrong')).toEqual({
      location: { file: 'bad/b_test.rego', row: 3, col: 1 },
      package: 'data.b["x-y"]',
      name: 'test_wrong',
      fail: true,
      duration: expect.any(Number),
      output: Buffer.from('x is 1\n').toString('base64'),
    });
    expect(named('test_cases')).toMatchObject({
      fail: true,
      sub_results: { 'one <&>': { name: 'one <&>' }, two: { name: 'two', fail: true } },
    });
    expect(named('test_conflict')).toMatchObject({ fail: true, error: { code: 'eval_conflict_error' } });
  });

  it('-f junit has a case for each test and each row of a table', async () => {
    const { stdout } = await test('-f', 'junit', 'bad', 'good');
    expect(stdout).toContain('tests="8" failures="4" errors="1" skipped="0"');
    expect(stdout).toContain('name="test_cases/one &lt;&amp;&gt;"');
    expect(stdout).toContain('name="test_deep/k/j"');
    expect(stdout).toContain('<skipped/>');
    expect(stdout).toContain('<system-out>x is 1</system-out>');
  });

  it('--coverage tells the lines that were not evaluated', async () => {
    const { status, stdout } = await test('--coverage', 'good');
    expect(status).toBe(0);
    expect(stdout).toContain('│ good/a.rego      │   50.00% │ 5                 │');
    const json = await test('--coverage', '-f', 'json', 'good');
    expect(JSON.parse(json.stdout)).toMatchObject({
      files: { 'good/a.rego': { covered: [{ start: { row: 3 }, end: { row: 3 } }], coverage: 50 } },
    });
  });

  it('--threshold asks for coverage', async () => {
    expect((await test('--threshold', '10', 'good')).status).toBe(0);
    const low = await test('--threshold', '99', 'good');
    expect(low.status).toBe(1);
    expect(low.stderr).toContain('--threshold asks for 99%');
  });

  it('--count runs each test more often, --bench measures those that pass', async () => {
    expect((await test('--count', '3', '-r', 'guest', 'good')).stdout).toBe('PASS: 3/3\n');
    const { stdout } = await test('--bench', '--benchtime', '5ms', '-f', 'gobench', '-r', 'guest', 'good');
    expect(stdout).toMatch(/^data\.a\.test_guest\t\d+\t\d+ ns\/op/);
  });

  it('ends a test that takes too long', async () => {
    const { status, stdout } = await test('--timeout', '50ms', 'slow');
    expect(status).toBe(1);
    expect(stdout).toContain('ERROR');
    expect(stdout).toContain('eval_cancel_error');
  });

  it.each([
    ['no tests', ['none'], 0, 'There are no tests'],
    ['no tests, which is not enough', ['--fail-on-empty', 'none'], 1, 'There are no tests'],
    ['policies that do not compile', ['broken'], 3, 'broken/e.rego:'],
    ['a filter that is no regular expression', ['-r', '(', 'good'], 2, '--run ('],
    ['a format without benchmarks', ['-f', 'gobench', 'good'], 2, 'Add --bench'],
    ['a path that is not there', ['nothing'], 3, 'PATH_MISSING'],
  ])('%s', async (_, args, status, text) => {
    const run = await test(...args);
    expect(run.stderr).toContain(text);
    expect(run.status).toBe(status);
  });
});
