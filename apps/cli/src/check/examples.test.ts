import { join } from 'node:path';
import { repositoryRoot } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { runCheck } from './run.ts';
import { exampleWorld } from './testing/example-world.ts';

/** The folder that documentation shows. */
async function run(...args: string[]): Promise<{ status: number; output: string }> {
  const { world, output } = exampleWorld(join(repositoryRoot(), 'examples/policies'));
  const status = await runCheck([...args, '--no-color'], world, new AbortController().signal);
  return { status, output: output() };
}

test('the example policies find what docs/concepts/check.md shows', async () => {
  expect(await run('test', 'manifests')).toEqual({
    status: 1,
    output: `EXCP - manifests/node-agent.yaml - main - data.main.exception[_][_] == "privileged"
WARN - manifests/web.yaml:3:1 - main - web says nothing about what it is part of
FAIL - manifests/web.yaml:20:11 - main - container "proxy" has no memory limit
FAIL - manifests/web.yaml:18:9 - main - the image registry.example/proxy:latest has no tag that stays

8 tests, 4 passed, 1 warning, 2 failures, 1 exception
`,
  });
});

test('the example policies pass their own tests and are formatted', async () => {
  expect(await run('verify')).toMatchObject({ status: 0, output: expect.stringContaining('4 tests, 4 passed') });
  expect(await run('fmt', '--check', 'policy')).toEqual({ status: 0, output: '' });
});
