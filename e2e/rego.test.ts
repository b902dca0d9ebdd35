import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI, CLI_ENVIRONMENT } from './lib/sekisho.ts';

let folder: TempDir;
beforeAll(async () => {
  folder = await tempDir('sekisho-rego-');
  await mkdir(join(folder.path, 'policy'));
  const files = {
    'policy/main.rego':
      'package main\n\nallow if input.role == "admin"\n\ntest_admin if allow with input.role as "admin"\n',
    'untidy.rego': 'package  u\n\np :=  1\n',
    'broken.rego': 'package b\n\np if x\n',
    'failing.rego': 'package f\n\ntest_false if false\n',
    'input.json': '{"role": "admin"}',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
});
afterAll(() => folder?.remove());

const rego = (...args: string[]) =>
  runProgram(process.execPath, [CLI, 'rego', ...args], { cwd: folder.path, env: CLI_ENVIRONMENT });

describe('sekisho rego as a program', () => {
  test.each([
    ['an answer', ['eval', '-d', 'policy', '-i', 'input.json', '-f', 'raw', 'data.main.allow'], 0, /^true\n$/, /^$/],
    ['undefined', ['eval', '--fail', '-f', 'pretty', '-d', 'policy', 'data.main.allow'], 1, /^undefined\n$/, /^$/],
    ['a wrong query', ['eval', '-f', 'pretty', 'x +'], 2, /^$/, /^query:1:\d+: rego_parse_error/],
    ['an unknown flag', ['eval', '--nothing', '1'], 2, /^$/, /--nothing/],
    ['no such file', ['eval', '-f', 'pretty', '-d', 'nothing', '1'], 3, /^$/, /PATH_MISSING/],
    [
      'too little time',
      ['eval', '-f', 'raw', '--timeout', '1ms', 'count([1 | r := numbers.range(1, 9999); r[_]; r[_]])'],
      4,
      /^$/,
      /--timeout/,
    ],
    ['tests that pass', ['test', 'policy'], 0, /^PASS: 1\/1\n$/, /^$/],
    ['tests that fail', ['test', 'failing.rego'], 1, /FAIL: 1\/1\n$/, /^$/],
    ['faults', ['check', 'broken.rego'], 1, /^broken\.rego:3:6: rego_unsafe_var_error/, /^1 fault\n$/],
    ['a file that is not formatted', ['fmt', '--fail', '-l', 'untidy.rego'], 1, /^untidy\.rego\n$/, /^$/],
    ['a bundle', ['build', 'policy'], 0, /^$/, /^$/],
    ['what is in it', ['inspect', 'bundle.tar.gz'], 0, /data\.main │ \/policy\/main\.rego/, /^$/],
  ])('%s', async (_, args, status, stdout, stderr) => {
    const run = await rego(...args);
    expect(run.stdout).toMatch(stdout);
    expect(run.stderr).toMatch(stderr);
    expect(run.code).toBe(status);
  });
});
