import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckFolder, checkFolder } from '../check/testing/check-folder.ts';
import { runRego } from './run.ts';

let folder: CheckFolder;
beforeAll(async () => {
  folder = await checkFolder(
    {
      'policy/main.rego': `# METADATA
# title: Main
package main

import data.lib

# METADATA
# title: Owner
# description: Whose is it?
# entrypoint: true
deny contains msg if {
	not input.owner
	msg := lib.label(data.names[input.role].first)
}
`,
      'policy/lib.rego': 'package lib\n\nlabel(x) := concat("", ["<", x, ">"])\n',
      'strict.rego': 'package strict\n\nimport data.foo\n\np if {\n\tx := 1\n}\n\nf(a) := 1\n',
      'untidy.rego': 'package  u\n\np   if { x:=1;x==1 }\n',
      'old.rego': 'package old\n\np { input.x }\n\nq[x] { x := 1 }\n',
      'syntax.rego': 'package s\n\np if {\n\nq if 1 +\n',
      'schema.json': '{"type": "object", "properties": {"owner": {"type": "string"}}, "additionalProperties": false}',
      'wrong.json': 'no json',
      'bundle/.manifest': '{"revision": "r1", "roots": ["main", "roles"], "metadata": {"by": "me"}}',
      'bundle/data.json': '{"roles": ["admin"]}',
      'bundle/main/main.rego': 'package main\n\nallow if input.role in data.roles\n',
      'other/.manifest': '{"roots": ["main"]}',
      'key.txt': 'a secret\n',
    },
    runRego,
  );
});
afterAll(() => folder?.remove());

const run = (...args: string[]) => folder.run(args);

describe('sekisho rego check', () => {
  it('says nothing when all is well', async () => {
    expect(await run('check', 'policy')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('tells all faults with line and caret', async () => {
    expect(await run('check', '--strict', 'strict.rego')).toEqual({
      status: 1,
      stdout: `strict.rego:3:1: rego_compile_error: import data.foo unused
	import data.foo
	^
strict.rego:6:2: rego_compile_error: assigned var x unused
		x := 1
		^
strict.rego:9:1: rego_compile_error: unused argument a. (hint: use _ (wildcard variable) instead)
	f(a) := 1
	^
`,
      stderr: '3 faults\n',
    });
  });

  it('tells faults as JSON', async () => {
    const { status, stdout } = await run('check', '-f', 'json', 'syntax.rego');
    expect(status).toBe(1);
    const { errors } = JSON.parse(stdout) as { errors: { code: string; location: { file: string } }[] };
    expect(errors.every(({ code, location }) => code === 'rego_parse_error' && location.file === 'syntax.rego')).toBe(
      true,
    );
  });

  it('checks types by a schema of the input', async () => {
    await folder.write({ 'typed.rego': 'package t\n\np if input.owmer == "me"\n' });
    const { status, stdout } = await run('check', '--schema', 'schema.json', 'typed.rego');
    expect(status).toBe(1);
    expect(stdout).toContain('typed.rego:3:6: rego_type_error: undefined ref: input.owmer');
  });

  it('reads v0 when asked, passes over what is ignored', async () => {
    expect((await run('check', 'old.rego')).status).toBe(1);
    expect((await run('check', '--v0-compatible', 'old.rego')).status).toBe(0);
    expect(
      (
        await run(
          'check',
          '--ignore',
          'old.rego',
          '--ignore',
          's*.rego',
          '--ignore',
          'typed.rego',
          '--ignore',
          'bundle',
          '--ignore',
          '*.json',
          '.',
        )
      ).status,
    ).toBe(0);
  });

  it.each([
    ['no policy', ['schema.json'], 3, 'CHECK_NO_POLICY'],
    ['a schema that is not JSON', ['--schema', 'wrong.json', 'policy'], 3, 'REGO_SCHEMA'],
    ['capabilities that are none', ['--capabilities', 'schema.json', 'policy'], 3, 'CHECK_CAPABILITIES'],
    ['a path that is not there', ['nothing'], 3, 'PATH_MISSING'],
  ])('refuses %s', async (_, args, status, text) => {
    const refused = await run('check', ...args);
    expect(refused.stderr).toContain(text);
    expect(refused.status).toBe(status);
  });
});

describe('sekisho rego fmt', () => {
  const tidy = 'package u\n\np if {\n\tx := 1\n\tx == 1\n}\n';

  it('prints, names or compares', async () => {
    expect(await run('fmt', 'untidy.rego')).toEqual({ status: 0, stdout: tidy, stderr: '' });
    expect(await run('fmt', '-l', '--fail', 'untidy.rego', 'policy')).toEqual({
      status: 1,
      stdout: 'untidy.rego\n',
      stderr: '',
    });
    expect((await run('fmt', '-d', 'untidy.rego')).stdout).toBe(`--- untidy.rego
+++ untidy.rego
@@ -1,3 +1,6 @@
-package  u
+package u
 
-p   if { x:=1;x==1 }
+p if {
+	x := 1
+	x == 1
+}
`);
    expect((await run('fmt', '-l', '--fail', 'policy')).status).toBe(0);
  });

  it('formats standard input', async () => {
    expect(await folder.run(['fmt'], { stdin: 'package  u\n' })).toMatchObject({ status: 0, stdout: 'package u\n' });
  });

  it('writes nothing when a file has a fault', async () => {
    const { status, stderr } = await run('fmt', '-w', 'untidy.rego', 'syntax.rego');
    expect(status).toBe(3);
    expect(stderr).toContain('syntax.rego:');
    expect(await folder.read('untidy.rego')).toContain('package  u');
  });

  it('makes v0 policies ready for v1', async () => {
    expect((await run('fmt', '--v0-v1', 'old.rego')).stdout).toContain('import rego.v1\n\np if input.x');
  });

  it('-w changes the file', async () => {
    await folder.write({ 'write.rego': 'package  u\n\np   if { x:=1;x==1 }\n' });
    expect(await run('fmt', '-w', 'write.rego')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await folder.read('write.rego')).toBe(tidy);
  });
});

describe('sekisho rego deps', () => {
  it('lists base and virtual documents', async () => {
    expect((await run('deps', '-d', 'policy', 'data.main.deny')).stdout).toBe(`┌────────────────┬───────────────────┐
│ BASE DOCUMENTS │ VIRTUAL DOCUMENTS │
├────────────────┼───────────────────┤
│ data.names     │ data.lib.label    │
│ input.owner    │ data.main.deny    │
│ input.role     │                   │
└────────────────┴───────────────────┘
`);
    const { stdout } = await run('deps', '-f', 'json', '-d', 'policy', 'data.lib.label("x")');
    expect(JSON.parse(stdout)).toEqual({
      virtual: [
        [
          { type: 'var', value: 'data' },
          { type: 'string', value: 'lib' },
          { type: 'string', value: 'label' },
        ],
      ],
    });
  });
});

describe('sekisho rego bench', () => {
  it('measures a query', async () => {
    const { stdout } = await run('bench', '--benchtime', '5ms', '-f', 'json', '1 + 1');
    expect(JSON.parse(stdout)).toMatchObject({ N: expect.any(Number), T: expect.any(Number) });
    expect((await run('bench', '--benchtime', '5ms', '--count', '2', '-f', 'gobench', '1 + 1')).stdout).toMatch(
      /^(?:BenchmarkOPAEval\t\d+\t\d+ ns\/op.*\n){2}$/,
    );
    expect((await run('bench', '--benchtime', '5ms', '-p', 'input.x')).stdout).toContain('ns/op');
  });

  it('does not measure what is undefined', async () => {
    expect(await run('bench', 'input.x')).toMatchObject({ status: 3, stdout: '' });
    expect((await run('bench', '--no-fail', '--benchtime', '5ms', 'input.x')).status).toBe(0);
  });
});

describe('sekisho rego parse', () => {
  it('prints the syntax tree', async () => {
    expect((await run('parse', 'policy/lib.rego')).stdout).toContain(
      ' rule\n  head\n   ref\n    label\n   args\n    x\n   call\n',
    );
    const json = JSON.parse((await run('parse', '-f', 'json', 'policy/main.rego')).stdout) as Record<string, unknown>;
    expect(Object.keys(json).sort()).toEqual(['annotations', 'comments', 'imports', 'package', 'rules']);
    const located = await run('parse', '-f', 'json', '--json-include', 'locations,-comments', 'policy/lib.rego');
    expect(located.stdout).toContain('"location"');
    expect(located.stdout).not.toContain('"comments"');
  });

  it('tells faults', async () => {
    expect((await run('parse', 'syntax.rego')).status).toBe(3);
    expect((await run('parse', '--json-include', 'luck', 'policy/lib.rego')).status).toBe(2);
  });
});

describe('bundles', () => {
  it('are built, the same bytes each time, and inspected', async () => {
    expect(await run('build', '-b', 'bundle', '-o', 'a.tar.gz', '-r', 'r2', '-e', 'main/allow')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    await run('build', '-b', 'bundle', '-o', 'b.tar.gz', '-r', 'r2');
    expect(await folder.read('a.tar.gz')).toBe(await folder.read('b.tar.gz'));
    const { stdout } = await run('inspect', '-f', 'json', 'a.tar.gz');
    expect(JSON.parse(stdout)).toEqual({
      manifest: { revision: 'r2', roots: ['main', 'roles'], rego_version: 1, metadata: { by: 'me' } },
      namespaces: { data: ['/data.json'], 'data.main': ['/bundle/main/main.rego'] },
    });
  });

  it('are evaluated and tested, folders and archives', async () => {
    await folder.write({ 'admin.json': '{"role": "admin"}' });
    for (const bundle of ['bundle', 'a.tar.gz'])
      expect(await run('eval', '-b', bundle, '-i', 'admin.json', '-f', 'raw', 'data.main.allow')).toMatchObject({
        stdout: 'true\n',
      });
    expect((await run('check', '-b', 'bundle')).status).toBe(0);
  });

  it('are signed and verified', async () => {
    const key = ['--signing-alg', 'HS256'];
    expect((await run('build', '-b', 'bundle', '-o', 's.tar.gz', ...key, '--signing-key', 'key.txt')).status).toBe(0);
    expect(
      (await run('build', '-b', 's.tar.gz', '-o', 't.tar.gz', ...key, '--verification-key', 'a secret')).status,
    ).toBe(0);
    const refused = await run('build', '-b', 's.tar.gz', '-o', 'u.tar.gz', ...key, '--verification-key', 'another');
    expect(refused.stderr).toContain('BUNDLE_SIGNATURE');
    expect(refused.stderr).not.toContain('another');
    expect(refused.status).toBe(3);
    expect((await run('sign', ...key, '--signing-key', 'key.txt', '-o', 'bundle', 'bundle')).status).toBe(0);
    expect((await run('build', '-b', 'bundle', '-o', 't.tar.gz', ...key, '--verification-key', 'key.txt')).status).toBe(
      0,
    );
  });

  it('are made smaller for the rules that will be asked for', async () => {
    await folder.write({ 'admin.json': '{"role": "admin"}', 'guest.json': '{"role": "guest"}' });
    for (const level of ['1', '2']) {
      const built = await run(
        'build',
        '-b',
        'bundle',
        '-o',
        'o.tar.gz',
        '-O',
        level,
        '-e',
        'main/allow',
        '--prune-unused',
      );
      expect(built).toEqual({ status: 0, stdout: '', stderr: '' });
      const ask = (input: string) => run('eval', '-b', 'o.tar.gz', '-i', input, '-f', 'raw', 'data.main.allow');
      expect(await ask('admin.json')).toMatchObject({ stdout: 'true\n' });
      expect(await ask('guest.json')).toMatchObject({ stdout: '' });
    }
  });

  it('show their annotations', async () => {
    expect((await run('inspect', '-a', 'policy')).stdout).toContain(`Owner
=====

Whose is it?

Package:  main
Rule:     deny
Location: policy/main.rego:11
Scope: document
Entrypoint: true
`);
  });

  it.each([
    ['build: policies that do not compile', ['build', 'syntax.rego'], 3, 'syntax.rego:'],
    ['build: bundles whose roots overlap', ['build', '-b', 'bundle', 'other'], 3, 'REGO_BUNDLE'],
    ['build: an entrypoint that is not there', ['build', '-e', 'main/nothing', 'policy'], 3, 'REGO_ENTRYPOINT'],
    ['build: optimised for nothing', ['build', '-O', '1', 'policy'], 2, '--entrypoint'],
    ['build: WebAssembly', ['build', '-t', 'wasm', 'policy'], 2, '--target rego'],
    ['build: a key that is not there', ['build', '--signing-key', 'nothing.pem', 'policy'], 3, 'PATH_MISSING'],
    ['build: a key that is none', ['build', '--signing-key', 'key.txt', 'policy'], 3, 'REGO_SIGNING'],
    [
      'build: claims that are none',
      ['build', '--signing-key', 'k', '--claims-file', 'wrong.json', 'policy'],
      3,
      'REGO_CLAIMS',
    ],
    ['sign: no key', ['sign', 'bundle'], 2, '--signing-key'],
    ['sign: a folder without a bundle', ['sign', '--signing-key', 'k', 'policy/nothing'], 3, 'PATH_MISSING'],
    ['inspect: an archive that is none', ['inspect', 'broken.tar.gz'], 3, 'CHECK_ARCHIVE'],
  ])('%s', async (_, args, status, text) => {
    await folder.write({ 'broken.tar.gz': 'no archive' });
    const refused = await run(...args);
    expect(refused.stderr).toContain(text);
    expect(refused.status).toBe(status);
  });
});
