import { Command } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { reportCheckError } from '../check/errors.ts';
import { type CheckFolder, checkFolder } from '../check/testing/check-folder.ts';
import type { CheckWorld } from '../check/world.ts';
import { addScoreCommand } from './commands.ts';

const folders: CheckFolder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

/** Runs `sekisho score ARGS` in this process. */
async function runScore(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho').option('-v, --verbose').option('--no-color').exitOverride();
  program.configureOutput({ writeOut: (text) => world.stdout(text), writeErr: (text) => world.stderr(text) });
  let status = 0;
  addScoreCommand(program, signal, world, (given) => {
    status = given;
  });
  try {
    await program.parseAsync(['score', ...args], { from: 'user' });
    return status;
  } catch (error) {
    return reportCheckError(error, 'score', world, signal);
  }
}

async function open(files: Readonly<Record<string, string>>): Promise<CheckFolder> {
  const folder = await checkFolder(files, runScore);
  folders.push(folder);
  return folder;
}

const nodePort = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: web}}\n';
const pod =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: a, image: b}]}\n';
const budget = 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1}\n';
const base = {
  'budget.yaml': budget,
  'warn/service.yaml': nodePort,
  'warn/pod.yml': pod,
  'warn/README.md': 'no manifest',
  'list.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret' }] }),
};

test.each([
  [['budget.yaml'], 0],
  [['warn/pod.yml'], 1],
  [['warn'], 1],
  [['warn/service.yaml', '--ignore-test', 'service-targets-pod'], 0],
  [['warn/service.yaml', '--ignore-test', 'service-targets-pod', '--exit-one-on-warning'], 1],
  [['warn/service.yaml', '--ignore-test', 'service-targets-pod,service-type', '--exit-one-on-warning'], 0],
  [['list.json'], 0],
  [['--kubesec', 'warn/pod.yml'], 2],
  [['--kubesec', '--exit-code', '0', 'warn/pod.yml'], 0],
  [['--list'], 0],
  [['missing.yaml'], 1],
  [['--ignore-test', 'nothing', 'budget.yaml'], 2],
  [['-o', 'table', 'budget.yaml'], 2],
  [['--min-replicas-hpa', 'two', 'budget.yaml'], 2],
  [[], 2],
] as const)('%j has the exit status %i', async (args, status) => {
  const run = await (await open(base)).run(args);
  expect(run).toMatchObject({ status });
  if (status === 0) expect(run.stderr).toBe('');
});

test('objects of all files are scored together', async () => {
  const folder = await open(base);
  const alone = await folder.run(['-o', 'ci', 'warn/service.yaml']);
  expect(alone.stdout).toContain('[CRITICAL] web v1/Service: The Service selects no pod of its namespace');
  const { stdout } = await folder.run(['-o', 'ci', 'warn']);
  expect(stdout).not.toContain('The Service selects no pod');
  expect(stdout).toContain('[WARNING] web v1/Service: ');
});

test('reads standard input, and tells people what is wrong and what is right', async () => {
  const folder = await open({});
  const { stdout, status } = await folder.run(['-', '-v'], { stdin: `${budget}---\n# nothing\n---\n${nodePort}` });
  expect(status).toBe(1);
  expect(stdout).toContain('policy/v1/PodDisruptionBudget web');
  expect(stdout).toContain('    [OK] PodDisruptionBudget has policy\n');
  expect(stdout).toContain('    [CRITICAL] Service Targets Pod\n');
});

test('json, sarif and junit name file and line', async () => {
  const folder = await open({ 'two.yaml': `${budget}---\n${nodePort}` });
  const [, service] = JSON.parse((await folder.run(['-o', 'json', 'two.yaml'])).stdout);
  expect(service).toMatchObject({ object_name: 'Service/v1//web', file_name: 'two.yaml', file_row: 6 });
  const { runs } = JSON.parse((await folder.run(['-o', 'sarif', 'two.yaml'])).stdout);
  const regions = runs[0].results.map((result: { locations: { physicalLocation: { region: unknown } }[] }) =>
    result.locations.map(({ physicalLocation }) => physicalLocation.region),
  );
  // The selector and the type, both in line 9.
  expect(regions).toEqual([[{ startLine: 9, startColumn: 24 }], [{ startLine: 9, startColumn: 8 }]]);
  expect((await folder.run(['-o', 'junit', 'two.yaml'])).stdout).toContain('<testsuite name="web v1/Service"');
});

test('kubesec: a report per object, and why one is not valid', async () => {
  const folder = await open({ 'pod.yaml': `${pod}---\n${pod.replace('image: b', 'imagee: b')}` });
  const reports = JSON.parse((await folder.run(['--kubesec', 'pod.yaml'])).stdout);
  expect(reports).toMatchObject([
    { object: 'Pod/web.default', valid: true, fileName: 'pod.yaml', message: 'Passed with a score of 0 points' },
    { valid: false, message: "/spec/containers/0: additional properties 'imagee' not allowed", scoring: {} },
  ]);
});

test('bad input is told with its place, all of it at once', async () => {
  const folder = await open({
    'bad.yaml': 'a: b: c\n',
    'other.yaml': 'kind: 3\n---\n[1]\n',
    'empty.yaml': '# nothing\n',
  });
  const { status, stderr } = await folder.run(['bad.yaml', 'other.yaml']);
  expect(status).toBe(1);
  expect(stderr).toContain('3 faults');
  expect(stderr).toContain('bad.yaml:1:');
  expect(stderr).toContain('other.yaml:1:1: this is no Kubernetes object');
  expect((await folder.run(['empty.yaml'])).stderr).toContain('Invalid input');
});

test('control characters of strangers do not reach the terminal', async () => {
  const folder = await open({});
  const stdin = 'apiVersion: v1\nkind: Secret\nmetadata: {name: "a\\u001b]0;title\\u0007", labels: {a: "b c"}}\n';
  const { stdout } = await folder.run(['-o', 'human', '-'], { stdin, isTerminal: true });
  expect(stdout).toContain('\u001b[31m');
  expect(stdout).not.toContain('\u001b]');
});
