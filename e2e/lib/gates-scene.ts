import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, runKubectl } from '@sekisho/testkit';
import { eventually } from './eventually.ts';
import { folderApps } from './folder-apps.ts';
import type { Sekisho } from './sekisho.ts';

/** A file of the example of gates. */
export const gatesExample = (name: string) => readFile(join(repositoryRoot(), 'examples/gates', name), 'utf8');

/** With kubectl, until it goes through: a kind that is new is known a moment later. */
export async function applyUntilKnown(sekisho: Sekisho, yaml: string): Promise<void> {
  const { kubeconfigPath: kubeconfig } = sekisho.server;
  let said = '';
  await eventually(
    async () => {
      const { code, stderr } = await runKubectl(['apply', '-f', '-'], { kubeconfig, input: yaml });
      said = stderr;
      return code === 0 ? true : undefined;
    },
    () => said,
  );
}

/** A Deployment whose container may do what the node may do. */
export const privileged = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: registry.example/${name}:1.4.2
          securityContext:
            privileged: true
            runAsNonRoot: false
`;

/** Policies, two applications that broke one before it was there (of which one has a waiver), and one that is denied. */
export async function setGatesScene(sekisho: Sekisho): Promise<void> {
  const apps = await folderApps(sekisho, 'edge');
  for (const name of ['relay', 'sensors']) await apps.create(name, { [`${name}.yaml`]: privileged(name) });
  await Promise.all(['relay', 'sensors'].map((name) => sekisho.untilGood(name)));
  await applyUntilKnown(sekisho, await gatesExample('first-policy.yaml'));
  await applyUntilKnown(sekisho, await gatesExample('policies/privileged.yaml'));
  await applyUntilKnown(sekisho, await gatesExample('policies/waivers.yaml'));
  const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString();
  const waiver = (await gatesExample('waivers/web.yaml'))
    .replaceAll(/(name: |namespace: )web/g, '$1sensors')
    .replace('team-web', 'team-edge')
    .replace(/2030-12-31T\S+/, inTenDays);
  await applyUntilKnown(sekisho, waiver);
  await apps.create('ingest', { 'ingest.yaml': privileged('ingest') });
  await sekisho.until('ingest', ({ status }) =>
    (status?.conditions ?? []).some(({ type }) => type === 'PolicyViolationError'),
  );
}
