import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { repositoryRoot, runProgram } from '@sekisho/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CheckFolder, checkFolder } from './testing/check-folder.ts';

const folders: CheckFolder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

async function open(files: Readonly<Record<string, string>>): Promise<CheckFolder> {
  const folder = await checkFolder(files);
  folders.push(folder);
  return folder;
}

const policy = `package main

deny contains msg if {
	input.kind == "Deployment"
	some container in input.spec.containers
	not container.resources.limits
	msg := sprintf("%s has no limits", [container.name])
}

warn contains "no labels" if not input.metadata.labels
`;
const good = 'kind: Deployment\nmetadata: {labels: {a: b}}\nspec: {containers: []}\n';
const bad = `kind: Deployment
metadata:
  labels: {a: b}
spec:
  containers:
  - name: a
    resources: {limits: {cpu: 1}}
  - name: b
`;
const base = { 'policy/main.rego': policy, 'good.yaml': good, 'bad.yaml': bad, 'warn.yaml': 'kind: Service\n' };

test('test is the verb when there is none', async () => {
  const folder = await open(base);
  expect(await folder.run(['bad.yaml', 'good.yaml'])).toEqual({
    status: 1,
    stdout: 'FAIL - bad.yaml - main - b has no limits\n\n4 tests, 3 passed, 0 warnings, 1 failure, 0 exceptions\n',
    stderr: '',
  });
  expect(await folder.run(['test', 'good.yaml'])).toMatchObject({ status: 0 });
});

test.each([
  [['warn.yaml'], 0],
  [['--fail-on-warn', 'warn.yaml'], 1],
  [['--fail-on-warn', 'bad.yaml'], 2],
  [['--fail-on-warn', 'good.yaml'], 0],
  [['--no-fail', 'bad.yaml'], 0],
  [['--no-fail=true', 'bad.yaml'], 0],
  [['--no-fail=false', 'bad.yaml'], 1],
  [['-n', 'missing', 'bad.yaml'], 0],
  [['missing.yaml'], 1],
  [['-p', 'missing', 'good.yaml'], 1],
  [['--unknown', 'good.yaml'], 2],
  [['-o', 'unknown', 'good.yaml'], 2],
  [[], 2],
] as const)('%j has the exit status %i', async (args, status) => {
  expect((await (await open(base)).run(args)).status).toBe(status);
});

test('findings have the line and column of the node that they are about', async () => {
  const folder = await open(base);
  const { stdout } = await folder.run(['bad.yaml', 'warn.yaml', '-o', 'json']);
  const [first, second] = JSON.parse(stdout);
  expect(first.failures[0].loc).toEqual({ file: 'bad.yaml', line: 8, column: 5 });
  expect(second.warnings[0].loc).toEqual({ file: 'warn.yaml', line: 1, column: 1 });
  const shown = await folder.run(['bad.yaml', '--no-color'], { isTerminal: true });
  expect(shown.stdout).toContain('FAIL - bad.yaml:8:5 - main - b has no limits');
});

test('--combine makes one input, and findings still have their file', async () => {
  const folder = await open({
    'policy/a.rego':
      'package main\ndeny contains msg if {\n\tsome entry in input\n\tentry.contents.bad\n\tmsg := entry.path\n}\n',
    'b.yaml': 'ok: 1\n---\nbad: true\n',
    'a.json': '{"ok": true}',
  });
  const { stdout } = await folder.run(['--combine', 'b.yaml', 'a.json', '-o', 'json']);
  const [result] = JSON.parse(stdout);
  expect(result.filename).toBe('Combined');
  expect(result.failures).toMatchObject([{ msg: 'b.yaml', loc: { file: 'b.yaml', line: 3 } }]);
});

test('a flag wins over the environment, that over the config file', async () => {
  const rule = (name: string) => `package ${name}\ndeny contains "${name}" if true\n`;
  const folder = await open({
    'conftest.toml': 'policy = ["p"]\nnamespace = "file"\nno-fail = true\n',
    'other.toml': 'policy = "p"\nnamespace = ["other"]\n',
    'p/a.rego': rule('file'),
    'p/b.rego': rule('env'),
    'p/c.rego': rule('flag'),
    'p/d.rego': rule('other'),
    'a.yaml': 'a: 1\n',
  });
  const env = { CONFTEST_NAMESPACE: 'env', CONFTEST_NO_FAIL: 'false' };
  expect(await folder.run(['a.yaml'])).toMatchObject({ status: 0, stdout: expect.stringContaining('- file\n') });
  expect(await folder.run(['a.yaml'], { env })).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('- env\n'),
  });
  const flags = await folder.run(['a.yaml', '-n', 'flag', '--no-fail'], { env });
  expect(flags).toMatchObject({ status: 0, stdout: expect.stringContaining('- flag\n') });
  const other = await folder.run(['-c', 'other.toml', 'test', 'a.yaml']);
  expect(other).toMatchObject({ status: 1, stdout: expect.stringContaining('- other\n') });
});

test.each([
  [{ 'conftest.toml': 'policy = [' }, ['good.yaml'], 'CHECK_CONFIG'],
  [{}, ['-c', 'missing.toml', 'good.yaml'], 'CHECK_CONFIG'],
  [{ 'conftest.toml': 'no-fail = "maybe"' }, ['good.yaml'], 'USAGE'],
  [{}, ['missing.yaml'], 'PATH_MISSING'],
  [{}, ['--ignore', '(', 'good.yaml'], 'CHECK_IGNORE'],
  [{}, ['--parser', 'nonsense', 'good.yaml'], 'CHECK_FORMAT'],
  [{ 'a.zzz': '' }, ['a.zzz'], 'CHECK_FORMAT'],
  [{ 'empty/a.txt': '' }, ['-p', 'empty', 'good.yaml'], 'CHECK_NO_POLICY'],
  [{}, ['-p', 'missing', 'good.yaml'], 'There are no policies at missing'],
  [{ 'empty/a.txt': '' }, ['empty'], 'CHECK_NO_FILES'],
  [{}, ['--ignore', 'good', 'good.yaml'], 'CHECK_NO_FILES'],
  [
    { 'policy/b.rego': 'package b\np if {\n  x := 1 +\n}\nq if 1 2\n' },
    ['good.yaml'],
    'policy/b.rego:5:8: rego_parse_error: ',
  ],
  [{ 'policy/b.rego': 'package b\nq if 1 2\n' }, ['good.yaml'], '\n\tq if 1 2\n\t       ^\n'],
  [{ 'policy/b.rego': 'package b\np[x] { x := 1 }\n' }, ['good.yaml'], '--rego-version v0'],
  [{ 'policy/b.rego': 'package b\np := {' }, ['good.yaml'], 'CHECK_POLICY'],
  [{ 'policy/b.rego': 'package b\np := missing(1)' }, ['good.yaml'], 'undefined function missing'],
  [{ 'policy/b.rego': 'package main\ndeny contains {"text": 1} if true' }, ['good.yaml'], 'CHECK_RESULT'],
  [{ 'policy/b.rego': '\ufffd\u0000' }, ['good.yaml'], 'CHECK_POLICY'],
  [{ 'd/a.yaml': 'a: 1', 'd/b.yaml': 'a: 2' }, ['-d', 'd', 'good.yaml'], 'CHECK_DATA'],
  [{ 'd.json': '[1]' }, ['-d', 'd.json', 'good.yaml'], 'CHECK_DATA'],
  [{}, ['-n', 'a[', 'good.yaml'], 'CHECK_NAMESPACE'],
  [{ 'caps.json': '{}' }, ['--capabilities', 'caps.json', 'good.yaml'], 'CHECK_CAPABILITIES'],
  [{}, ['verify', '--report', 'fails', '-o', 'tap'], 'report flag is supported with stdout only'],
] as const)('%j with %j is told as %s', async (files, args, text) => {
  const folder = await open({ ...base, ...files });
  const { status, stdout, stderr } = await folder.run(args);
  expect(status).toBeGreaterThan(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Error: /);
  expect(stderr).toContain(text);
});

test('a package that no policy is in is told, as so far nothing was checked', async () => {
  const folder = await open(base);
  const { status, stderr } = await folder.run(['-n', 'missing', 'good.yaml']);
  expect(status).toBe(0);
  expect(stderr).toContain('No policy is in a package named missing; there are: main.');
});

test('faults of all files are told at once', async () => {
  const folder = await open({ ...base, 'x.yaml': 'a: [', 'y.json': '{', 'z.toml': '=' });
  const { status, stderr } = await folder.run(['x.yaml', 'y.json', 'z.toml', 'good.yaml']);
  expect(status).toBe(1);
  for (const name of ['x.yaml:', 'y.json:', 'z.toml:']) expect(stderr).toContain(name);
});

test('folders are walked: known formats, without what is ignored', async () => {
  const folder = await open({
    ...base,
    'd/a.yaml': bad,
    'd/sub/b.json': '{}',
    'd/sub/c.txt': 'no',
    'd/.git/config.yaml': bad,
    'd/skip/e.yaml': bad,
  });
  const { stdout } = await folder.run(['d', '--ignore', 'skip', '-o', 'json']);
  expect(JSON.parse(stdout).map(({ filename }: { filename: string }) => filename)).toEqual([
    'd/a.yaml',
    'd/sub/b.json',
  ]);
});

test('standard input is YAML unless it is said what it is', async () => {
  const folder = await open(base);
  const { stdout } = await folder.run(['-', '--stdin-filename', 'in.yaml', '-o', 'json'], { stdin: bad });
  expect(JSON.parse(stdout)).toMatchObject([{ filename: 'in.yaml', failures: [{ msg: 'b has no limits' }] }]);
  expect(await folder.run(['parse', '--parser', 'json', '-'], { stdin: '{"b":1,"a":2}' })).toMatchObject({
    stdout: '{\n  "a": 2,\n  "b": 1\n}\n',
  });
});

test('policies see data, the file and the environment; the network stays shut', async () => {
  const folder = await open({
    'policy/a.rego': `package main
deny contains sprintf("%v %v %v", [data.list.allowed, data.conftest.file.name, opa.runtime().env.TEAM]) if true
deny contains "reached" if http.send({"method": "GET", "url": "http://127.0.0.1:1"})
`,
    'data/list/allowed.yaml': 'allowed: [a]',
    'a.yaml': 'a: 1',
  });
  const { stdout } = await folder.run(['-d', 'data', 'a.yaml'], { env: { TEAM: 'x' } });
  expect(stdout).toContain('FAIL - a.yaml - main - ["a"] a.yaml x\n');
  expect(stdout).not.toContain('reached');
});

test('policies reach the hosts that are allowed, and no other', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://localhost:1/' }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"allowed": ["a"]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await open({
    'policy/a.rego': `package main
deny contains sprintf("%v", [http.send({"method": "get", "url": "${url}"}).body.allowed]) if true
deny contains sprintf("%v", [http.send({"method": "get", "url": "${url}/away"}).status_code]) if true
`,
    'a.yaml': 'a: 1',
  });
  const allowed = await runProgram(process.execPath, [
    '--conditions=@sekisho/source',
    '--import',
    import.meta.resolve('tsx'),
    join(repositoryRoot(), 'apps/cli/src/main.ts'),
    ...['check', 'test', '-p', join(folder.path, 'policy'), '--allow-net', '127.0.0.1', join(folder.path, 'a.yaml')],
  ]);
  server.close();
  expect(allowed.stderr).toBe('');
  expect(allowed.stdout).toMatch(/ - 302\n.* - \["a"\]\n/);
  expect(allowed.code).toBe(1);
  expect((await folder.run(['a.yaml', '--allow-net', 'other.example'])).stdout).toContain('2 passed');
});

test('names of objects stay names', async () => {
  const folder = await open({
    'policy/a.rego': 'package main\ndeny contains key if { some key, _ in input }\n',
    'a.json': '{"__proto__": 1, "constructor": 2, "toString": 3}',
    'data.json': '{"__proto__": {"polluted": true}}',
  });
  const { stdout } = await folder.run(['-d', 'data.json', 'a.json']);
  for (const key of ['__proto__', 'constructor', 'toString']) expect(stdout).toContain(`- ${key}\n`);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('tests of policies are loaded by verify alone', async () => {
  const folder = await open({
    ...base,
    'policy/main_test.rego': `package main
test_good if count(deny) == 0 with input as {"kind": "Service"}
test_bad if count(deny) == 9 with input as {"kind": "Service"}
todo_test_later if false
`,
    'broken/x_test.rego': 'package x\np := {',
    'broken/x.rego': 'package main\n',
  });
  const verified = await folder.run(['verify']);
  expect(verified.status).toBe(1);
  expect(verified.stdout).toContain('FAIL - policy/main_test.rego -  - data.main.test_bad\n');
  expect(verified.stdout).toContain('3 tests, 1 passed, 0 warnings, 1 failure, 0 exceptions, 1 skipped\n');
  expect((await folder.run(['verify', '--report', 'fails'])).stdout).toContain('data.main.test_bad: FAIL');
  expect((await folder.run(['-p', 'broken', 'good.yaml'])).status).toBe(0);
  expect((await folder.run(['verify', '-p', 'broken'])).stderr).toContain('CHECK_POLICY');
});

test('parse_config reads text and files beside the policies, nothing outside', async () => {
  const folder = await open({
    'policy/a.rego': `package main
deny contains msg if msg := parse_config("toml", "a = 'x'").a
deny contains msg if msg := parse_config_file("b.yaml").b
deny contains "outside" if parse_config_file("../../../../../../etc/passwd.yaml")
deny contains msg if msg := parse_combined_config_files(["b.yaml"])[0].path
`,
    'policy/b.yaml': 'b: z\n',
    'a.yaml': '{}',
  });
  const { stdout } = await folder.run(['a.yaml', '-o', 'json']);
  expect(JSON.parse(stdout)[0].failures.map(({ msg }: { msg: string }) => msg)).toEqual(['b.yaml', 'x', 'z']);
});

test('fmt formats in place, and --check only tells', async () => {
  const folder = await open({ 'p/a.rego': 'package a\np   :=   1\n', 'p/b.rego': 'package b\n' });
  expect(await folder.run(['fmt', '--check', 'p'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('p/a.rego'),
  });
  expect(await folder.run(['fmt', 'p'])).toMatchObject({ status: 0 });
  expect(await folder.read('p/a.rego')).toBe('package a\n\np := 1\n');
  expect(await folder.run(['fmt', '--check', 'p'])).toMatchObject({ status: 0, stderr: '' });
});

test('doc writes a page out of annotations', async () => {
  const annotated =
    '# METADATA\n# title: Rules\npackage main\n\n# METADATA\n# title: No bad\n# description: Says no.\ndeny contains "x" if input.bad\n';
  const folder = await open({
    'rules/a.rego': annotated,
    'none/a.rego': 'package a\n',
    't.tpl': '{{ range . }}{{ .Path }};{{ end }}',
  });
  expect(await folder.run(['doc', '-o', 'out', 'rules'])).toMatchObject({ status: 0 });
  expect(await folder.read('out/rules.md')).toBe('# main - Rules\n\n\n## main.deny - No bad\n\nSays no.\n\n');
  expect(await folder.run(['doc', '-o', 'out', '-t', 't.tpl', 'rules'])).toMatchObject({ status: 0 });
  expect(await folder.read('out/rules.md')).toBe('main;main.deny;');
  expect((await folder.run(['doc', 'none'])).stderr).toContain('CHECK_NO_ANNOTATIONS');
});

test('Ctrl-C ends it with 130', async () => {
  const folder = await open(base);
  expect(await folder.run(['good.yaml'], { signal: AbortSignal.abort() })).toMatchObject({ status: 130 });
});
