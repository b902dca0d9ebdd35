import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckFolder, type CheckRunOptions, checkFolder } from '../check/testing/check-folder.ts';
import { runRego } from './run.ts';

let folder: CheckFolder;
beforeAll(async () => {
  folder = await checkFolder(
    {
      'policy/main.rego': `package main

import data.lib

deny contains msg if {
	not input.owner
	msg := sprintf("no owner: %s", [lib.label("x")])
}

allow if {
	some role in data.roles
	role == input.role
	print("allowed", role)
}

twice := 1 if input.twice
twice := 2 if input.twice
`,
      'policy/lib/lib.rego': 'package lib\n\nlabel(x) := concat("", ["<", x, ">"])\n',
      'policy/main_test.rego': 'package main\n\ntest_x if true\n',
      'data/roles.json': '{"roles": ["admin", "dev"]}',
      'data/team/a.yaml': 'size: 3\n',
      'input.json': '{"role": "dev"}',
      'big.json': '{"big": 12345678901234567890123}',
      'unsafe.rego': 'package unsafe\n\np if x\n\nq if {\n\ty == 1\n}\n',
      'damaged.yaml': 'a: [1\n',
      'notes.txt': 'nothing',
    },
    runRego,
  );
});
afterAll(() => folder?.remove());

const evaluate = (args: readonly string[], options?: CheckRunOptions) => folder.run(['eval', ...args], options);
const LOADED = ['-d', 'policy', '-d', 'data', '-i', 'input.json'];

describe('sekisho rego eval', () => {
  it('gives the result set that OPA gives', async () => {
    const { status, stdout } = await evaluate([...LOADED, 'x := data.main.deny; data.team.size']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      result: [
        {
          expressions: [
            { value: true, text: 'x := data.main.deny', location: { row: 1, col: 1 } },
            { value: 3, text: 'data.team.size', location: { row: 1, col: 22 } },
          ],
          bindings: { x: ['no owner: <x>'] },
        },
      ],
    });
  });

  it.each([
    ['raw', '"a"; [1, {2}]', 'a [1,[2]]\n'],
    ['raw', '[1, 2][_]', '1\n2\n'],
    ['values', '[1, 2][_]', '[\n  1\n]\n[\n  2\n]\n'],
    ['bindings', 'x = [1, 2][_]', '{\n  "x": 1\n}\n{\n  "x": 2\n}\n'],
    ['pretty', 'input.nothing', 'undefined\n'],
    ['pretty', '{"a": [], "b": {}}', '{\n  "a": [],\n  "b": {}\n}\n'],
    [
      'pretty',
      'x = [1, 2][_]; y := "é"',
      '┌───┬─────┐\n│ x │  y  │\n├───┼─────┤\n│ 1 │ "é" │\n│ 2 │ "é" │\n└───┴─────┘\n',
    ],
    ['json', 'input.nothing', '{}\n'],
    ['discard', '1 + 1', '{\n  "result": "discarded"\n}\n'],
  ])('-f %s writes %s', async (format, query, text) => {
    expect(await evaluate(['-f', format, query])).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  it('takes query or input from standard input', async () => {
    expect(await evaluate(['-f', 'raw', '--stdin'], { stdin: '1 + 1' })).toMatchObject({ stdout: '2\n' });
    expect(await evaluate(['-f', 'raw', '-I', 'input.a'], { stdin: 'a: 3' })).toMatchObject({ stdout: '3\n' });
  });

  it('asks within a package, under imports', async () => {
    const inside = [...LOADED, '-f', 'raw', '--package', 'main'];
    expect(await evaluate([...inside, 'count(deny)'])).toMatchObject({ stdout: '1\n' });
    expect(await evaluate([...LOADED, '-f', 'raw', '--import', 'data.lib', 'lib.label("q")'])).toMatchObject({
      stdout: '<q>\n',
    });
  });

  it('keeps large numbers, and puts a file under a name', async () => {
    expect(await evaluate(['-f', 'raw', '-d', 'a.b:big.json', 'data.a.b.big + 1'])).toMatchObject({
      stdout: '12345678901234567890124\n',
    });
  });

  it.each([
    [['--fail', 'input.nothing'], 1],
    [['--fail', 'false'], 0],
    [['--fail-defined', 'true'], 1],
    [['--fail-defined', 'input.nothing'], 0],
  ])('%j ends with status %i', async (args, status) => {
    expect((await evaluate(args)).status).toBe(status);
  });

  it('prints on stderr what policies print', async () => {
    const { stdout, stderr } = await evaluate([...LOADED, '-f', 'raw', 'data.main.allow']);
    expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: 'allowed dev\n' });
  });

  it('explains, with the names of variables as written', async () => {
    const { stdout } = await evaluate([
      ...LOADED,
      '-f',
      'pretty',
      '--explain',
      'fails',
      '--var-values',
      'data.main.allow',
    ]);
    expect(stdout).toContain('policy/main.rego:10     | Enter data.main.allow');
    expect(stdout).toContain('| Fail role == input.role');
    expect(stdout).not.toContain('__local');
  });

  it('reports profile, coverage and metrics', async () => {
    const { stdout } = await evaluate([...LOADED, '--profile', '--coverage', '--metrics', 'data.main.allow']);
    const { profile, coverage, metrics } = JSON.parse(stdout) as {
      profile: { location: { file: string }; num_eval: number }[];
      coverage: { files: Record<string, { covered?: { start: { row: number }; end: { row: number } }[] }> };
      metrics: Record<string, number>;
    };
    expect(profile.find(({ location }) => location.file === 'policy/main.rego')?.num_eval).toBeGreaterThan(0);
    expect(coverage.files['policy/main.rego']?.covered).toEqual([{ start: { row: 10 }, end: { row: 13 } }]);
    expect(Object.keys(metrics)).toContain('timer_rego_query_eval_ns');
  });

  it('evaluates partially', async () => {
    const partial = [...LOADED.slice(0, 4), '--partial', 'data.main.allow'];
    expect((await evaluate([...partial, '-f', 'source'])).stdout).toBe(
      '# Query 1\n"admin" == input.role\n\n# Query 2\n"dev" == input.role\n\n',
    );
    const { stdout } = await evaluate(partial);
    expect((JSON.parse(stdout) as { partial: { queries: unknown[] } }).partial.queries).toHaveLength(2);
    expect((await evaluate(['-p', '-u', 'data.later', '-f', 'source', 'data.later.x'])).stdout).toContain(
      'data.later.x',
    );
  });

  it('renders Go templates', async () => {
    const query =
      'strings.render_template("{{.x}} {{range .l}}<{{.}}>{{end}} {{.none}}", {"x": 1000000, "l": ["a", 2]})';
    expect(await evaluate(['-f', 'raw', query])).toMatchObject({ stdout: '1000000 <a><2> <undefined>\n' });
    const broken = await evaluate(['-f', 'pretty', '--strict-builtin-errors', 'strings.render_template("{{.x", {})']);
    expect(broken.status).toBe(3);
    expect(broken.stderr).toContain('unclosed action');
  });

  it('reaches neither network nor environment unless allowed', async () => {
    const env = { env: { COLOUR: 'green' } };
    expect(await evaluate(['-f', 'raw', 'opa.runtime()'], env)).toMatchObject({ stdout: '{}\n' });
    expect(await evaluate(['-f', 'raw', '--allow-env', 'opa.runtime().env.COLOUR'], env)).toMatchObject({
      stdout: 'green\n',
    });
    const send = 'http.send({"method": "get", "url": "http://127.0.0.1:1/"})';
    const refused = await evaluate(['-f', 'pretty', '--strict-builtin-errors', send]);
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toContain('query:1:1: eval_builtin_error');
  });
});

describe('sekisho rego eval tells', () => {
  it('all faults of policies, with line and caret', async () => {
    expect(await evaluate(['-f', 'pretty', '-d', 'unsafe.rego', '1'])).toEqual({
      status: 3,
      stdout: '',
      stderr: `unsafe.rego:3:6: rego_unsafe_var_error: var x is unsafe
	p if x
	     ^
unsafe.rego:6:2: rego_unsafe_var_error: var y is unsafe
		y == 1
		^
error: The policies have 2 faults. (REGO_POLICY)
`,
    });
  });

  it('faults as JSON where the answer is JSON', async () => {
    const { status, stdout, stderr } = await evaluate(['-d', 'unsafe.rego', '1']);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect((JSON.parse(stdout) as { errors: object[] }).errors[0]).toEqual({
      message: 'var x is unsafe',
      code: 'rego_unsafe_var_error',
      location: { file: 'unsafe.rego', row: 3, col: 6 },
    });
  });

  it.each([
    ['a query that is unsafe', ['x > 1'], 2, 'query:1:1: rego_unsafe_var_error: var x is unsafe\n\tx > 1\n\t^'],
    ['a query that is not Rego', ['a b'], 2, 'query:1:3: rego_parse_error'],
    ['a missing query', [], 2, 'There is no query. (USAGE)'],
    ['two queries', ['1', '2'], 2, 'error'],
    ['a flag that is not there', ['--nothing', '1'], 2, '--nothing'],
    ['a file that is not there', ['-d', 'nothing', '1'], 3, 'There is nothing at nothing. (PATH_MISSING)'],
    ['a file of another kind', ['-d', 'notes.txt', '1'], 3, 'REGO_FILE_KIND'],
    ['data that can not be read', ['-d', 'damaged.yaml', '1'], 3, 'damaged.yaml:'],
    ['input that can not be read', ['-i', 'damaged.yaml', '1'], 3, 'damaged.yaml:'],
    ['a conflict', [...LOADED.slice(0, 4), '-I', 'data.main.twice'], 3, 'main.rego:17:1: eval_conflict_error'],
    ['two inputs', [...LOADED, '-I', '1'], 2, 'not both'],
    ['contradicting flags', ['--fail', '--fail-defined', '1'], 2, 'contradict'],
    ['a format that needs --partial', ['-f', 'source', '1'], 2, 'Add --partial'],
    ['unknowns that are no document', ['-p', '-u', 'x', '1'], 2, '--unknowns x is no document'],
    ['an import that is none', ['--import', '1', '1'], 2, '--import 1'],
    ['a package that is none', ['--package', 'a..b', '1'], 2, '--package a..b'],
    ['a key that profiles are not sorted by', ['--profile', '--profile-sort', 'luck', '1'], 2, 'It is one of'],
  ])('%s', async (_, args, status, text) => {
    const given = args.includes('-f') ? args : ['-f', 'pretty', ...args];
    const run = await evaluate(given, { stdin: '{"twice": true}' });
    expect(run.stderr).toContain(text);
    expect(run.status).toBe(status);
  });

  it('that the time is up', async () => {
    const many = 'count([1 | r := numbers.range(1, 3000); r[_]; r[_]; r[_]; r[_]])';
    const run = await evaluate(['-f', 'pretty', '--timeout', '100ms', many]);
    expect(run).toMatchObject({ status: 4, stdout: '' });
    expect(run.stderr).toContain('--timeout');
  });

  it('that it was interrupted', async () => {
    expect(await evaluate(['1'], { signal: AbortSignal.abort() })).toMatchObject({ status: 130, stdout: '' });
  });
});
