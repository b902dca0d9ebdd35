import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { runCheck } from './run.ts';
import { exampleWorld } from './testing/example-world.ts';

test('the example admission policies find what docs/concepts/admission-policies.md shows', async () => {
  const page = await readFile(join(repositoryRoot(), 'docs/concepts/admission-policies.md'), 'utf8');
  const [, flags = '', shown = ''] = /^\$ cd \S+ && npx sekisho check app app (.*)\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const example = join(repositoryRoot(), 'examples/admission-policies');
  const { world, output } = exampleWorld(example);
  const args = ['app', join(example, 'app'), ...flags.split(' '), '--no-color'];
  expect(await runCheck(args, world, new AbortController().signal)).toBe(1);
  expect(output().replaceAll(`${example}/`, '')).toBe(shown);
});
