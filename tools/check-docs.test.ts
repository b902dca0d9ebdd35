import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkDocs } from './check-docs.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'docs-'));
  trees.push(root);
  const base = {
    'package.json': '{"scripts": {"ok": "x"}}',
    'docs/reference/errors.md': '| code | meaning |\n| --- | --- |\n| `A_CODE` | x |\n',
    'packages/a/src/a.ts': "throw new SekishoError(\n  'A_CODE', 'x');",
  };
  for (const [path, text] of Object.entries({ ...base, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkDocs(root, new Set(['up', 'app', 'app sync']));
}

test('good documentation has no problems', () => {
  const text =
    '# A title!\n[self](#a-title) [up](docs/x.md#part) [web](https://x.y) `[no](link)`\n`npm run ok`, `npx sekisho app sync web`, `npx sekisho up`\n';
  expect(check({ 'README.md': text, 'docs/x.md': '## Part\n[back](../README.md)\n' })).toEqual([]);
});

test.each<[string, Record<string, string>, string]>([
  ['a file that is missing', { 'README.md': '[x](nope.md)' }, 'README.md: the link nope.md leads nowhere'],
  ['a heading that is missing', { 'README.md': '[x](#nope)' }, 'README.md: the link #nope leads nowhere'],
  ['a script that is missing', { 'README.md': 'npm run nope' }, 'README.md: there is no npm script "nope"'],
  [
    'a command that is missing',
    { 'README.md': 'npx sekisho app nope' },
    'README.md: there is no command "sekisho app nope"',
  ],
  [
    'a code without a row',
    { 'apps/a/src/b.ts': "return { code: 'B_CODE' };" },
    'apps/a/src/b.ts: the code B_CODE is not in docs/reference/errors.md',
  ],
  ['a row without a code', { 'packages/a/src/a.ts': '' }, 'docs/reference/errors.md: no source uses the code A_CODE'],
])('%s', (_title, files, problem) => {
  expect(check(files)).toEqual([problem]);
});
