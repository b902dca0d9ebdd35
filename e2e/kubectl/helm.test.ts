import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runHelm } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KubectlSession, startSession } from './session.ts';

let kubectl: KubectlSession;
let chart: string;

beforeAll(async () => {
  kubectl = await startSession('beside Helm 4');
  chart = join(dirname(kubectl.kubeconfig), 'chart');
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'values.yaml': 'replicas: 1\nimage: nginx:1.27\n',
    'templates/shop.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: {app: {{ .Release.Name }}}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: web, image: {{ .Values.image }}}]}
`,
    'templates/hook.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-prepare
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
`,
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(chart, name)), { recursive: true });
    await writeFile(join(chart, name), content);
  }
});
afterAll(() => kubectl?.close());

async function helm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHelm(args, { kubeconfig: kubectl.kubeconfig });
  if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

const state = () =>
  kubectl.ok(['get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}']);

test('helm installs with a hook, upgrades, rolls back and uninstalls', async () => {
  expect(await helm('install', 'web', chart, '--wait', '--timeout', '60s')).toContain('STATUS: deployed');
  expect(await state()).toBe('1 nginx:1.27');
  expect(await kubectl.ok('get jobs web-prepare -o jsonpath={.status.succeeded}')).toBe('1');
  await helm('upgrade', 'web', chart, '--set', 'replicas=2,image=nginx:1.28', '--wait', '--timeout', '60s');
  expect(await state()).toBe('2 nginx:1.28');
  expect(JSON.parse(await helm('history', 'web', '-o', 'json'))).toHaveLength(2);
  expect(await helm('rollback', 'web', '1', '--wait', '--timeout', '60s')).toContain('success');
  expect(await state()).toBe('1 nginx:1.27');
  expect(JSON.parse(await helm('list', '-o', 'json'))[0]).toMatchObject({
    name: 'web',
    revision: '3',
    status: 'deployed',
  });
  expect(await helm('get', 'manifest', 'web')).toContain('nginx:1.27');
  expect(await helm('uninstall', 'web', '--wait', '--timeout', '60s')).toContain('uninstalled');
  expect(await kubectl.ok('get deployments -o name')).toBe('');
});
