import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { repositoryRoot, startRegistry } from '@sekisho/testkit';
import { Command } from 'commander';
import { afterEach, describe, expect, it, test } from 'vitest';
import { pushBundle } from '../check/pull/oci.ts';
import { type CheckFolder, checkFolder } from '../check/testing/check-folder.ts';
import { type CheckWorld, processWorld } from '../check/world.ts';
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

describe('gator test', () => {
  it('tells how a template came to a violation', async () => {
    const folder = await openExample();
    const { status, stdout } = await folder.run(['test', '-f', 'policies', '-f', 'samples', '--trace']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/Message: .*\nTrace: query:1\s+Eval data/);
    expect(stdout).toMatch(/rego:\d+\s+\| Exit data\.\S+\.violation\n/);
    const { stdout: json } = await folder.run(['test', '-f', 'policies', '-f', 'samples', '-t', '-o', 'json']);
    expect(JSON.parse(json)).toEqual([expect.objectContaining({ trace: expect.stringContaining('Enter') })]);
  });

  it.each(['json', 'yaml'])('tells how long templates took in %s', async (format) => {
    const folder = await openExample();
    const { stdout } = await folder.run(['test', '-f', 'policies', '-f', 'samples', '--stats', '-o', format]);
    const { documents } = parseYamlDocuments(stdout, { file: 'out' });
    const value = documents[0]?.value as { results: unknown[]; stats: { stats: unknown[] }[] };
    expect(value.results).toHaveLength(1);
    expect(value.stats[0]).toMatchObject({
      scope: 'template',
      [format === 'json' ? 'statsFor' : 'statsfor']: 'RequiredOwner',
      stats: [
        { name: 'templateRunTimeNS', value: expect.any(Number), source: { type: 'engine', value: 'Rego' } },
        { name: 'constraintCount', value: 1 },
      ],
    });
  });

  it('takes the policies of images', async () => {
    const folder = await openExample();
    const registry = await startRegistry();
    try {
      const image = `${registry.host}/team/policies:v1`;
      const missing = await folder.run(['test', '-i', image, '--no-tls', '-f', 'samples/deployment.yaml']);
      expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('(REGISTRY_NOT_FOUND)') });
      const names = ['template.yaml', 'constraint.yaml', 'expansion.yaml', 'mutators.yaml'];
      const files = names.map(async (path) => {
        const content = Buffer.from(await folder.read(`policies/${path}`));
        return { path, content, kind: 'data' as const };
      });
      const world = { ...processWorld(), cwd: folder.path, env: { HOME: folder.path } };
      await pushBundle(image, await Promise.all(files), { tls: false, world, signal: new AbortController().signal });
      const { status, stdout } = await folder.run(['test', '-i', image, '--no-tls', '-f', 'samples/deployment.yaml']);
      expect(status).toBe(1);
      expect(stdout).toContain('Pod web-pod has no label owner');
    } finally {
      await registry.close();
    }
  });
});

describe('gator bench', () => {
  it('measures, saves, and compares with what was saved', async () => {
    const folder = await openExample();
    const args = ['bench', '-f', 'policies', '-f', 'samples', '-e', 'all', '-n', '3', '--warmup', '1'];
    const first = await folder.run([...args, '-o', 'json', '--save', 'before.json']);
    expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining('Results saved to: before.json') });
    expect(first.stderr).toContain('Warning: engine skipped: cel: no templates are written for this engine');
    const [shown] = JSON.parse(first.stdout);
    expect(shown).toMatchObject({ engine: 'rego', templateCount: 1, constraintCount: 1, iterations: 3 });
    expect(shown.latencies.p99).toMatch(/^[\d.]+(?:µs|ms|s)$/);
    const [saved] = JSON.parse(await folder.read('before.json'));
    expect(saved.totalDuration).toBeGreaterThanOrEqual(saved.latencies.max);

    const compare = (...more: string[]) => folder.run([...args, '--compare', 'before.json', ...more]);
    expect(await compare('--threshold', '100000000')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('=== Benchmark Results: REGO Engine ===\n\nConfiguration:\n  Templates:'),
    });
    const faster = { ...saved, latencies: { p50: 1, p95: 1, p99: 1, mean: 1 }, reviewsPerSecond: 1e12 };
    await folder.write({ 'before.json': JSON.stringify([faster]) });
    const slower = await compare();
    expect(slower.status).toBe(1);
    expect(slower.stdout).toContain(
      '✗ Regressions detected in: P50 Latency, P95 Latency, P99 Latency, Mean Latency, Throughput',
    );
    expect((await compare('--min-threshold', '1h')).status).toBe(0);
  });

  it('tells what reviews take of the heap with --memory, and compares that, too', async () => {
    const folder = await openExample();
    const args = ['bench', '-f', 'policies', '-f', 'samples', '-e', 'rego', '-n', '50', '--memory'];
    const said = await folder.run([...args, '--save', 'before.json']);
    expect(said.stdout).toMatch(/\n\nMemory:\n {2}Bytes\/Review: +[\d.]+ [KM]?B\n {2}Total Bytes: +[\d.]+ [KM]?B\n$/);
    const [saved] = JSON.parse(await folder.read('before.json'));
    expect(saved.memoryStats.bytesPerReview).toBeGreaterThan(100);
    expect(saved.memoryStats.totalBytes).toBe(saved.memoryStats.bytesPerReview * 50 * saved.objectCount);

    await folder.write({ 'before.json': JSON.stringify([{ ...saved, memoryStats: { bytesPerReview: 1 } }]) });
    const more = await folder.run([...args, '--compare', 'before.json', '--min-threshold', '1h']);
    expect(more).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('✗ Regressions detected in: Bytes/Review'),
    });
    const json = await folder.run([...args, '-o', 'json']);
    expect(JSON.parse(json.stdout)[0].memoryStats.bytesPerReview).toMatch(/^[\d.]+ [KM]?B$/);
  });

  test.each([
    [['-f', 'samples'], 1, 'no ConstraintTemplates found in input'],
    [['-f', 'policies/template.yaml'], 1, 'no Constraints found in input'],
    [[], 1, 'no input data identified'],
    [['-f', 'policies', '-f', 'samples', '-e', 'cel'], 1, 'no templates are written for this engine (all 1 skipped)'],
    [['-f', 'policies', '--compare', 'nowhere.json'], 1, '(GATOR_BASELINE)'],
    [['-f', 'policies', '--compare', 'suite.yaml'], 1, '(GATOR_BASELINE)'],
  ])('%j ends with %i: %s', async (args, status, text) => {
    const said = await (await openExample()).run(['bench', ...args]);
    expect(said.status).toBe(status);
    expect(said.stderr).toContain(text);
  });
});

describe('gator sync test', () => {
  const template = (annotation: string): string =>
    `apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: unique\n  annotations:\n    metadata.gatekeeper.sh/requires-sync-data: ${JSON.stringify(annotation)}\n`;
  const INGRESSES = '[[{"groups": ["extensions", "networking.k8s.io"], "versions": ["v1"], "kinds": ["Ingress"]}]]';
  const syncSet = (group: string): string =>
    `---\napiVersion: syncset.gatekeeper.sh/v1alpha1\nkind: SyncSet\nmetadata: {name: a}\nspec: {gvks: [{group: ${group}, version: v1, kind: Ingress}]}\n`;
  const served = (group: string): string =>
    `---\napiVersion: gvkmanifest.gatekeeper.sh/v1alpha1\nkind: GVKManifest\nmetadata: {name: a}\nspec: {groups: {${group}: {v1: [Ingress]}}}\n`;
  test.each<[why: string, text: string, flags: string[], status: number, said: string]>([
    ['synced', template(INGRESSES) + syncSet('networking.k8s.io') + served('networking.k8s.io'), [], 0, ''],
    [
      'synced, but not served',
      template(INGRESSES) + syncSet('networking.k8s.io') + served('apps'),
      [],
      1,
      'the following requirements were not met: \nunique:\n- extensions/v1:Ingress OR networking.k8s.io/v1:Ingress\n',
    ],
    ['not synced', template(INGRESSES), ['-o'], 1, '- extensions/v1:Ingress OR'],
    ['no manifest', template(INGRESSES) + syncSet('extensions'), [], 1, 'no GVK manifest found'],
    ['no manifest, and none needed', template(INGRESSES) + syncSet('extensions'), ['--force-omit-gvk-manifest'], 0, ''],
    ['in quotes', template(`"\n${INGRESSES}\n"`) + syncSet('extensions'), ['-o'], 0, ''],
    ['nothing required', template(''), ['-o'], 0, ''],
    [
      'an annotation that is no JSON',
      template('[[{'),
      ['-o'],
      1,
      'encountered errors parsing the following templates: \nunique:\n',
    ],
    [
      'an annotation without kinds',
      template('[[{"groups": []}]]'),
      ['-o'],
      1,
      'entry 0 needs groups, versions and kinds',
    ],
    ['two manifests', template(INGRESSES) + served('a') + served('b'), [], 1, 'multiple GVK manifests found'],
  ])('%s', async (_, text, flags, status, said) => {
    const folder = await openExample();
    await folder.write({ 'sync.yaml': text });
    const outcome = await folder.run(['sync', 'test', '-f', 'sync.yaml', ...flags]);
    expect(outcome.stderr).toContain(said);
    expect(outcome.status).toBe(status);
  });

  it('says what it does not look at', async () => {
    const outcome = await (await openExample()).run(['sync', 'test', '-f', 'samples/owned.yaml', '-o']);
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringMatching(/^skipping Pod "/) });
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
