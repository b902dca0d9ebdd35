import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkImports } from './check-imports.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

const BASE = {
  'ARCHITECTURE.md':
    'Imports point down only: `apps → service → engine → model → base`. Inside a layer these edges exist and no others:\n`b → a`. Done.\n\n`a → b` is not one.\n',
  'package.json': JSON.stringify({
    workspaces: ['packages/base', 'packages/engine/*', 'packages/service/*'],
    devDependencies: { vitest: '1' },
  }),
  ...manifest('packages/base', '@x/base'),
  ...manifest('packages/engine/e', '@x/e', '@x/base', '@x/a'),
  ...manifest('packages/service/a', '@x/a', '@x/b', '@x/e'),
  'packages/service/a/package.json': JSON.stringify({
    name: '@x/a',
    exports: { '.': './src/index.ts', './side': './src/side.ts' },
    dependencies: { '@x/b': '1', '@x/e': '1' },
  }),
  ...manifest('packages/service/b', '@x/b', '@x/a'),
};

function manifest(folder: string, name: string, ...dependencies: string[]): Record<string, string> {
  const entries = Object.fromEntries(dependencies.map((dependency) => [dependency, '1']));
  return {
    [`${folder}/package.json`]: JSON.stringify({ name, dependencies: entries }),
    [`${folder}/src/index.ts`]: '',
  };
}

function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'imports-'));
  trees.push(root);
  for (const [path, text] of Object.entries({ ...BASE, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkImports(root);
}

test('a good tree has no problems', () => {
  const good = {
    'packages/service/b/src/index.ts':
      "import { a } from '@x/a';\nimport { s } from '@x/a/side';\nimport fs from 'node:fs';\nsetTimeout(a, 1);\n",
    'packages/engine/e/src/index.ts': "// import '@x/b'; process.exit()\nexport { a } from './other.ts';\n",
    'packages/engine/e/src/other.ts':
      "import type { B } from '@x/base';\nimport { inspect } from 'node:util';\nimport { isIP } from 'node:net';\n",
    'packages/engine/e/src/x.test.ts': "import { test } from 'vitest';\nimport fs from 'node:fs';\n",
  };
  expect(check(good)).toEqual([]);
});

test.each<[string, string, string, RegExp]>([
  [
    'up a layer',
    'packages/engine/e/src/index.ts',
    "import '@x/a';",
    /e\/src\/index\.ts imports @x\/a: engine\/e → service\/a is no edge/,
  ],
  [
    'against a drawn edge',
    'packages/service/a/src/index.ts',
    "import { b } from\n  '@x/b';",
    /service\/a → service\/b is no edge/,
  ],
  ['behind a door', 'packages/service/b/src/index.ts', "import '@x/a/src/deep.ts';", /only @x\/a, @x\/a\/side may/],
  ['into another package', 'packages/service/b/src/index.ts', "import '../../a/src/x.ts';", /outside its package/],
  [
    'what is not declared',
    'packages/service/b/src/index.ts',
    "await import('left-pad');",
    /left-pad, which its package.json/,
  ],
  ['its own door', 'packages/base/src/x.ts', "import '@x/base';", /own package by name/],
  [
    'Node in an engine',
    'packages/engine/e/src/index.ts',
    "import { readFile } from 'node:fs/promises';",
    /node:fs\/promises: the layer engine is pure/,
  ],
  [
    'the clock in an engine',
    'packages/engine/e/src/index.ts',
    'export const t = () => Date.now();',
    /uses Date\.now\(/,
  ],
  ['up a layer from a test', 'packages/engine/e/src/a.test.ts', "import '@x/a';", /engine\/e → service\/a/],
])('%s', (_title, file, text, problem) => {
  const problems = check({ [file]: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('a cycle is printed as a chain', () => {
  const cycle = {
    'a.ts': "export * from './b.ts';",
    'b.ts': "import './c.ts';",
    'c.ts': "import type { A } from './a.ts';",
  };
  const files = Object.fromEntries(Object.entries(cycle).map(([name, text]) => [`packages/base/src/${name}`, text]));
  const folder = 'packages/base/src';
  expect(check(files)).toEqual([`cycle: ${folder}/a.ts → ${folder}/b.ts → ${folder}/c.ts → ${folder}/a.ts`]);
});
