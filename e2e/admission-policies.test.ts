import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramResult, repositoryRoot, runKubectl, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

let data: Awaited<ReturnType<typeof tempDir>>;
let sekisho: Sekisho;

beforeAll(async () => {
  data = await tempDir('sekisho-admission-policies-');
  sekisho = await startSekisho({ dataDir: join(data.path, 'data') });
});
afterAll(async () => {
  await sekisho?.close();
  await data?.remove();
});

function kubectl(command: string, input?: string): Promise<ProgramResult> {
  const { kubeconfigPath } = sekisho.server;
  return runKubectl(command.split(' '), { kubeconfig: kubeconfigPath, ...(input === undefined ? {} : { input }) });
}

const example = (name: string): Promise<string> =>
  readFile(join(repositoryRoot(), 'examples/admission-policies', name), 'utf8');

test('the example admission policies count in the embedded cluster', async () => {
  for (const name of ['policy/trusted-images.yaml', 'policy/team-label.yaml']) {
    const { stderr, code } = await kubectl('apply -f -', await example(name));
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  }
  const web = await example('app/deployment.yaml');
  const refused = await eventually(
    async () => {
      const { code, stderr } = await kubectl('create --dry-run=server -f -', web);
      return code === 0 ? undefined : stderr;
    },
    () => 'the policy does not count',
  );
  expect(refused).toContain('admission "policies.sekisho.dev" denied the request');
  expect(refused).toContain('images must come from registry.example/');

  const good = web.replaceAll('docker.io/', 'registry.example/');
  expect((await kubectl('create -f -', good)).stderr).toBe('');
  expect((await kubectl('get deployment web -o jsonpath={.metadata.labels.team}')).stdout).toBe('unknown');

  // Its parameters are another object: what it says changes with them.
  await kubectl('patch configmap images --type=merge -p {"data":{"registry":"elsewhere.example/"}}');
  await eventually(
    async () => {
      const { stderr } = await kubectl('annotate deployment web --overwrite a=b');
      return stderr.includes('images must come from elsewhere.example/') || undefined;
    },
    () => 'the parameters are not known',
  );
});
