import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@sekisho/testkit';
import { expect, it } from 'vitest';
import { exampleWorld } from '../check/testing/example-world.ts';
import { runRego } from './run.ts';

const root = repositoryRoot();
const commands = join(root, 'docs/commands/examples');
const pages = [
  join(root, 'docs/concepts/rego.md'),
  ...readdirSync(commands)
    .filter((name) => name.startsWith('rego-'))
    .map((name) => join(commands, name)),
];
const examples = pages.flatMap((page) =>
  [
    ...readFileSync(page, 'utf8').matchAll(/^```\n\$ cd examples\/rego && npx sekisho rego (.*)\n([\s\S]*?)^```$/gm),
  ].map(([, line = '', answer = '']) => ({ line, answer })),
);

/** Words as a shell would hand them over: in single quotes they are as they stand. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

it('the documentation has examples', () => {
  expect(examples.length).toBeGreaterThan(7);
});

it.each(examples)('sekisho rego $line says what the documentation shows', async ({ line, answer }) => {
  const { world, output } = exampleWorld(join(root, 'examples/rego'));
  expect(await runRego(wordsOf(line), world, new AbortController().signal)).toBe(0);
  expect(output()).toBe(answer);
});
