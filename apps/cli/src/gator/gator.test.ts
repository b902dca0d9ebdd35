import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@sekisho/testkit';
import { Command } from 'commander';
import { afterEach, describe, expect, it, test } from 'vitest';
import { type CheckFolder, checkFolder } from '../check/testing/check-folder.ts';
import type { CheckWorld } from '../check/world.ts';
import { addGatorCommands } from './commands.ts';

const folders: CheckFolder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

/** Runs `sekisho gator ARGS` in this process. Standard input counts when there is any. */
async function runGator(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho').option('-v, --verbose').exitOverride();
  let status = 0;
  addGatorCommands(program, signal, { ...world, hasStdin: () => true }, (given) => {
    status = given;
  });
  await program.parseAsync(['gator', ...args], { from: 'user' });
  return status;
}

const example = join(repositoryRoot(), 'examples/gatekeeper');

/** The example of the documentation. */
async function openExample(): Promise<CheckFolder> {
  const names = [
    'policies/template.yaml',
    'policies/constraint.yaml',
    'policies/expansion.yaml',
    'policies/mutators.yaml',
  ];
  const all = [...names, 'samples/deployment.yaml', 'samples/owned.yaml', 'suite.yaml'];
  const files = await Promise.all(
    all.map(async (name) => [name, await readFile(join(example, name), 'utf8')] as const),
  );
  const folder = await checkFolder(Object.fromEntries(files), runGator);
  folders.push(folder);
  return folder;
}

test.each(['test', 'verify', 'expand'])('%s says what the documentation shows', async (verb) => {
  const folder = await openExample();
  const page = await readFile(join(repositoryRoot(), `docs/commands/examples/gator-${verb}.md`), 'utf8');
  const [, line = '', answer = ''] =
    /^\$ cd examples\/gatekeeper && npx sekisho gator (.*)\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const { stdout } = await folder.run(line.split(' '));
  const untimed = (text: string): string => text.replace(/\d+\.\d{3}s/g, '0s');
  expect(untimed(stdout)).toBe(untimed(answer));
});

describe('gator test', () => {
  test.each([
    [['-f', 'policies', '-f', 'samples/owned.yaml'], 0],
    [['-f', 'policies', '-f', 'samples/deployment.yaml'], 1],
    [['-f', 'policies', '-f', 'samples/deployment.yaml', '-o', 'json'], 1],
    [['-f=policies', '-f=samples/owned.yaml', '-o=yaml'], 0],
    [['-f', 'missing.yaml'], 1],
    [['-f', 'policies', '--image', 'registry.example/policies:1'], 2],
    [[], 1],
  ])('%j ends with %i', async (args, status) => {
    expect(await (await openExample()).run(['test', ...args])).toMatchObject({ status });
  });

  it('takes what is piped in', async () => {
    const folder = await openExample();
    const stdin = await folder.read('samples/deployment.yaml');
    const { status, stdout } = await folder.run(['test', '-f', 'policies', '-o', 'yaml'], { stdin });
    expect(status).toBe(1);
    expect(stdout).toContain("msg: '[Implied by expand-workloads] Pod web-pod has no label owner'");
  });

  it('names the place of what it can not use', async () => {
    const folder = await openExample();
    await folder.write({
      'a.txt': 'a',
      'bad.yaml': 'kind: Pod\n',
      'policies/lost.yaml': 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Lost\nmetadata: {name: a}\n',
    });
    expect((await folder.run(['test', '-f', 'a.txt'])).stderr).toContain('must be of extensions: [.yaml .yml .json]');
    expect((await folder.run(['test', '-f', 'bad.yaml'])).stderr).toContain('reading yaml source: bad.yaml:1:1');
    expect((await folder.run(['test', '-f', 'policies'])).stderr).toContain('policies/lost.yaml:2:1: Lost a: kind:');
  });
});

describe('gator verify', () => {
  it('fails with the test, the case and the messages', async () => {
    const folder = await openExample();
    await folder.write({ 'suite.yaml': (await folder.read('suite.yaml')).replace('violations: 1', 'violations: 2') });
    const { status, stdout } = await folder.run(['verify', './...']);
    expect(status).toBe(1);
    expect(stdout).toContain('    --- FAIL: the pods of a workload\t(');
    expect(stdout).toContain('got 1 violations but want 2 violations with messages matching "has no label owner"');
    expect(stdout).toMatch(/^FAIL\tsuite\.yaml\t[\d.]+s\nFAIL\n$/m);
  });

  test.each([
    [['suite.yaml', '--run', 'owner//workload'], 0, 'PASS'],
    [['suite.yaml', '--run', '('], 1, '(GATOR_RUN)'],
    [['samples'], 1, '(GATOR_NO_SUITE)'],
    [['nowhere'], 1, '(PATH_MISSING)'],
  ])('%j', async (args, status, text) => {
    const said = await (await openExample()).run(['verify', ...args]);
    expect(said.status).toBe(status);
    expect(`${said.stdout}${said.stderr}`).toContain(text);
  });

  it('tells faults of suites, and files that are not there', async () => {
    const folder = await openExample();
    const suite = 'apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n';
    await folder.write({
      'odd.yaml': `${suite}- cases: [{assertions: [{violations: many}]}]\n`,
      'lost.yaml': `${suite}- {name: a, template: gone.yaml}\n`,
    });
    expect((await folder.run(['verify', 'odd.yaml'])).stdout).toContain('odd.yaml:4:');
    expect((await folder.run(['verify', 'lost.yaml'])).stdout).toContain('reading gone.yaml');
  });
});

it('writes what workloads lead to into a file', async () => {
  const folder = await openExample();
  const flags = ['-n', 'policies', '-n', 'samples', '-f', 'json', '-o', 'out.json'];
  expect(await folder.run(['expand', ...flags])).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(JSON.parse(await folder.read('out.json'))).toMatchObject({ kind: 'Pod', metadata: { name: 'web-pod' } });
});
