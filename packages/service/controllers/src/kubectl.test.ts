import { runKubectl, startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestCluster;
beforeAll(async () => {
  server = await startTestCluster({ controllers: true, startupMs: 2, jobMs: 10 });
});
afterAll(async () => {
  await server.close();
});

async function kubectl(line: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(line.split(' '), {
    kubeconfig: server.kubeconfig,
    ...(input === undefined ? {} : { input }),
  });
  if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}`);
  return stdout;
}

const workload = (kind: string, name: string, extra = ''): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
${extra}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "nginx:1"}]}
`;

test('kubectl rollout status, history, restart, undo, pause and resume work on a Deployment', async () => {
  await kubectl('apply -f -', workload('Deployment', 'web', '  replicas: 2'));
  expect(await kubectl('rollout status deployment/web --timeout=20s')).toContain('successfully rolled out');
  await kubectl('set image deployment/web main=nginx:2');
  expect(await kubectl('rollout status deployment/web --timeout=20s')).toContain('successfully rolled out');
  await kubectl('rollout restart deployment/web');
  await kubectl('rollout status deployment/web --timeout=20s');
  expect((await kubectl('rollout history deployment/web')).match(/^\d+/gm)).toEqual(['1', '2', '3']);
  await kubectl('rollout undo deployment/web --to-revision=1');
  await kubectl('rollout status deployment/web --timeout=20s');
  expect(await kubectl('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx:1');
  expect((await kubectl('rollout history deployment/web')).match(/^\d+/gm)).toEqual(['2', '3', '4']);
  await kubectl('rollout pause deployment/web');
  await kubectl('wait deployment/web --for=condition=Progressing=Unknown --timeout=20s');
  await kubectl('rollout resume deployment/web');
  await kubectl('wait deployment/web --for=condition=Available --timeout=20s');
  await kubectl('scale deployment/web --replicas=5');
  await kubectl('rollout status deployment/web --timeout=20s');
  await kubectl('wait pod -l app=web --for=condition=Ready --timeout=20s');
});

for (const kind of ['StatefulSet', 'DaemonSet']) {
  test(`kubectl rollout status, restart, history and undo work on a ${kind}`, async () => {
    const name = kind.toLowerCase();
    await kubectl('apply -f -', workload(kind, name, kind === 'StatefulSet' ? '  serviceName: x' : ''));
    await kubectl(`rollout status ${name}/${name} --timeout=20s`);
    await kubectl(`set image ${name}/${name} main=nginx:2`);
    await kubectl(`rollout status ${name}/${name} --timeout=20s`);
    expect((await kubectl(`rollout history ${name}/${name}`)).match(/^\d+/gm)).toEqual(['1', '2']);
    await kubectl(`rollout undo ${name}/${name}`);
    await kubectl(`rollout status ${name}/${name} --timeout=20s`);
    expect(await kubectl(`get ${name} ${name} -o jsonpath={.spec.template.spec.containers[0].image}`)).toBe('nginx:1');
    expect((await kubectl(`rollout history ${name}/${name}`)).match(/^\d+/gm)).toEqual(['2', '3']);
    await kubectl(`rollout restart ${name}/${name}`);
    await kubectl(`rollout status ${name}/${name} --timeout=20s`);
  });
}

test('kubectl waits for Jobs, also one made from a CronJob by hand', async () => {
  await kubectl('create job hello --image=busybox -- echo hello');
  await kubectl('wait job/hello --for=condition=complete --timeout=20s');
  await kubectl('create cronjob daily --image=busybox --schedule=@daily');
  await kubectl('create job once --from=cronjob/daily');
  await kubectl('wait job/once --for=condition=complete --timeout=20s');
});

test('kubectl runs a pod, describes it with its events, and deletes it', async () => {
  await kubectl('run shell --image=busybox');
  await kubectl('wait pod/shell --for=condition=Ready --timeout=20s');
  expect(await kubectl('describe pod shell')).toMatch(/Started\s.*simulated/);
  await kubectl('delete pod shell');
  await kubectl('create namespace gone');
  await kubectl('create deployment d --image=nginx -n gone');
  await kubectl('delete namespace gone --timeout=20s');
});

test('kubectl drain empties the node, and uncordon fills it again', async () => {
  await kubectl('drain sekisho-node --ignore-daemonsets --delete-emptydir-data --force --timeout=20s');
  await kubectl('uncordon sekisho-node');
  await kubectl('rollout status deployment/web --timeout=20s');
});
