import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlSession, shop, startSession } from './session.ts';

let kubectl: KubectlSession;

beforeAll(async () => {
  kubectl = await startSession('rollout, scale, delete, wait');
  await kubectl.ok('apply -f -', { input: shop() });
  await kubectl.ok('rollout status deployment/shop --timeout=60s');
});
afterAll(() => kubectl?.close());

const jsonpath = (what: string, path: string) => ['get', ...what.split(' '), '-o', `jsonpath={${path}}`];
const image = () => kubectl.ok(jsonpath('deployment shop', '.spec.template.spec.containers[0].image'));

describe('kubectl scale, set, rollout', () => {
  test('scale waits for nobody but is followed', async () => {
    expect(await kubectl.ok('scale deployment/shop --replicas=3')).toBe('deployment.apps/shop scaled\n');
    expect(await kubectl.ok('rollout status deployment/shop --timeout=60s')).toContain('successfully rolled out');
    expect((await kubectl.ok('get pods -l app=shop -o name')).trim().split('\n')).toHaveLength(3);
    expect(await kubectl.refused('scale deployment/shop --replicas=1 --current-replicas=7')).toContain(
      'Expected replicas to be 7, was 3',
    );
    expect(await kubectl.ok('scale deployment/shop --replicas=1 --current-replicas=3')).toContain('scaled');
    await kubectl.ok('wait --for=jsonpath={.status.replicas}=1 deployment/shop --timeout=60s');
  });

  test('set image, env, resources, serviceaccount, selector', async () => {
    expect(await kubectl.ok('set image deployment/shop web=nginx:1.29')).toBe('deployment.apps/shop image updated\n');
    expect(await image()).toBe('nginx:1.29');
    expect(await kubectl.ok('set env deployment/shop LEVEL=3 MODE-')).toBe('deployment.apps/shop env updated\n');
    expect(await kubectl.ok('set env deployment/shop --list')).toContain('LEVEL=3');
    expect(await kubectl.ok('set resources deployment/shop --limits=cpu=200m,memory=128Mi')).toContain(
      'resource requirements updated',
    );
    expect(
      await kubectl.ok(jsonpath('deployment shop', '.spec.template.spec.containers[0].resources.limits.cpu')),
    ).toBe('200m');
    expect(await kubectl.ok('set serviceaccount deployment/shop default')).toContain('serviceaccount updated');
    expect(await kubectl.ok('set selector service/shop app=shop,extra=no')).toContain('selector updated');
    await kubectl.ok('set selector service/shop app=shop');
    expect(await kubectl.ok('rollout status deploy/shop --timeout=60s')).toContain('successfully rolled out');
  });

  test('rollout history, undo, restart, pause, resume', async () => {
    const history = await kubectl.ok('rollout history deployment/shop');
    expect(history).toMatch(/REVISION +CHANGE-CAUSE/);
    expect(history.match(/^\d+ /gm)?.length).toBeGreaterThanOrEqual(3);
    expect(await kubectl.ok('rollout history deployment/shop --revision=1')).toContain('nginx:1.27');
    expect(await kubectl.ok('rollout undo deployment/shop --to-revision=1')).toBe('deployment.apps/shop rolled back\n');
    expect(await image()).toBe('nginx:1.27');
    expect(await kubectl.ok('rollout undo deployment/shop')).toContain('rolled back');
    expect(await kubectl.ok('rollout restart deployment/shop')).toBe('deployment.apps/shop restarted\n');
    expect(await kubectl.ok(['get', 'deployment', 'shop', '-o', 'yaml'])).toContain(
      'kubectl.kubernetes.io/restartedAt',
    );
    expect(await kubectl.ok('rollout pause deployment/shop')).toBe('deployment.apps/shop paused\n');
    expect(await kubectl.refused('rollout undo deployment/shop --to-revision=2')).toContain('paused');
    expect(await kubectl.ok('rollout resume deployment/shop')).toBe('deployment.apps/shop resumed\n');
    expect(await kubectl.ok('rollout status deployment/shop --watch --timeout=60s')).toContain(
      'successfully rolled out',
    );
  });

  test('stateful and daemon sets roll out, too', async () => {
    const set = (kind: string, extra: string) => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${kind.toLowerCase()}}
spec:
  selector: {matchLabels: {s: ${kind}}}
${extra}
  template:
    metadata: {labels: {s: ${kind}}}
    spec: {containers: [{name: c, image: busybox}]}
`;
    await kubectl.ok('apply -f -', {
      input: `${set('StatefulSet', '  serviceName: x\n  replicas: 2')}---\n${set('DaemonSet', '')}`,
    });
    expect(await kubectl.ok('rollout status statefulset/statefulset --timeout=60s')).toContain('complete');
    expect(await kubectl.ok('rollout status daemonset/daemonset --timeout=60s')).toContain('successfully rolled out');
    expect(await kubectl.ok('get pods -l s=StatefulSet -o name')).toBe('pod/statefulset-0\npod/statefulset-1\n');
    expect(await kubectl.ok('rollout history statefulset/statefulset')).toContain('1');
    expect(await kubectl.ok('get statefulset,daemonset --no-headers')).toMatch(
      /statefulset +2\/2[\s\S]*daemonset +1 +1 +1 +1 +1/,
    );
  });
});

describe('kubectl run, expose, autoscale, logs, events', () => {
  test('run makes a pod, expose a service', async () => {
    expect(await kubectl.ok('run single --image=nginx --port=80 --labels=run=single')).toBe('pod/single created\n');
    expect(await kubectl.ok('wait --for=condition=Ready pod/single --timeout=60s')).toBe('pod/single condition met\n');
    expect(await kubectl.ok('expose pod single --port=80 --name=single')).toBe('service/single exposed\n');
    expect(await kubectl.ok('expose deployment shop --name=other --port=81 --target-port=8080 --type=NodePort')).toBe(
      'service/other exposed\n',
    );
    expect(await kubectl.ok(jsonpath('service other', '.spec.ports[0].nodePort'))).toMatch(/^3\d{4}$/);
    expect(await kubectl.ok('run dry --image=nginx --dry-run=client -o name')).toContain('dry');
  });

  test('autoscale, logs, events', async () => {
    expect(await kubectl.ok('autoscale deployment shop --min=1 --max=3 --cpu=50%')).toBe(
      'horizontalpodautoscaler.autoscaling/shop autoscaled\n',
    );
    expect(await kubectl.ok('get hpa shop --no-headers')).toMatch(/^shop +Deployment\/shop/);
    await kubectl.ok('logs single');
    await kubectl.ok('logs -l app=shop --tail=1');
    expect(await kubectl.ok('events --for pod/single')).toContain('Started');
    const events = JSON.parse(await kubectl.ok('events --types=Normal -o json'));
    expect(events.items.length).toBeGreaterThan(3);
  });

  test('a job completes, a failing one is told', async () => {
    await kubectl.ok('create job good --image=busybox -- true');
    expect(await kubectl.ok('wait --for=condition=complete job/good --timeout=60s')).toContain('condition met');
    expect(await kubectl.refused('wait --for=condition=failed job/good --timeout=1s')).toContain('timed out');
  });
});

describe('kubectl delete and wait', () => {
  const map = (name: string, label = 'x') =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {group: ${label}}}\n`;

  test('by name, selector, file, all', async () => {
    await kubectl.ok('create -f -', { input: ['a', 'b', 'c', 'd'].map((name) => map(name)).join('---\n') });
    expect(await kubectl.ok('delete configmap a')).toBe('configmap "a" deleted from default namespace\n');
    expect(await kubectl.ok('delete -f -', { input: map('b') })).toContain('configmap "b" deleted');
    expect(await kubectl.ok('delete configmap c --dry-run=server')).toContain(
      'deleted from default namespace (server dry run)',
    );
    expect(await kubectl.ok('delete configmap -l group=x -o name')).toBe('configmap/c\nconfigmap/d\n');
    expect(await kubectl.refused('delete configmap a --wait=false')).toContain('not found');
    expect(await kubectl.ok('delete configmap a --ignore-not-found')).toBe('');
    await kubectl.ok('create namespace many');
    await kubectl.ok('create configmap inside -n many');
    expect(await kubectl.ok('delete configmap --all -n many')).toContain('configmap "inside" deleted');
    expect(await kubectl.ok('delete namespace many --timeout=60s')).toContain('namespace "many" deleted');
    expect(await kubectl.refused('get namespace many')).toContain('not found');
  });

  test('cascade=orphan leaves the dependents, foreground and background take them along', async () => {
    for (const name of ['orphans', 'first', 'later']) await kubectl.ok(`create deployment ${name} --image=nginx`);
    for (const name of ['orphans', 'first', 'later'])
      await kubectl.ok(`rollout status deployment ${name} --timeout=60s`);
    await kubectl.ok('delete deployment orphans --cascade=orphan');
    const left = await kubectl.ok('get replicasets,pods -l app=orphans -o name');
    expect(left).toMatch(/replicaset.apps\/orphans-[\s\S]*pod\/orphans-/);
    expect(await kubectl.ok(jsonpath('replicasets -l app=orphans', '.items[0].metadata.ownerReferences'))).toBe('');
    await kubectl.ok('delete deployment first --cascade=foreground --timeout=60s');
    expect(await kubectl.ok('get replicasets,pods -l app=first -o name')).toBe('');
    await kubectl.ok('delete deployment later --cascade=background');
    await kubectl.ok('wait --for=delete replicaset -l app=later --timeout=60s');
    await kubectl.ok('wait --for=delete pod -l app=later --timeout=60s');
    expect(await kubectl.ok('get pods -l app=later -o name')).toBe('');
  });

  test('finalizers hold an object until they are gone', async () => {
    await kubectl.ok('create -f -', {
      input: `${map('held').replace('metadata: {', 'metadata: {finalizers: [example.com/hold], ')}`,
    });
    expect(await kubectl.ok('delete configmap held --wait=false')).toContain('deleted');
    expect(await kubectl.ok(jsonpath('configmap held', '.metadata.deletionTimestamp'))).not.toBe('');
    const gone = kubectl.ok('wait --for=delete configmap/held --timeout=60s');
    await kubectl.ok(['patch', 'configmap', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await gone;
  });

  test('a forced deletion takes a pod at once; wait --for=create sees a new object', async () => {
    expect((await kubectl.run('delete pod single --force --grace-period=0')).stdout).toContain(
      'pod "single" force deleted',
    );
    const appears = kubectl.ok('wait --for=create configmap/late --timeout=60s');
    await kubectl.ok('create configmap late');
    expect(await appears).toBe('configmap/late condition met\n');
    expect(await kubectl.refused('wait --for=condition=Ready pod/nothing --timeout=1s')).toContain('not found');
  });
});

describe('kubectl on nodes', () => {
  test('cordon, taint, drain, uncordon', async () => {
    const node = (await kubectl.ok(jsonpath('nodes', '.items[0].metadata.name'))).trim();
    expect(await kubectl.ok(`cordon ${node}`)).toBe(`node/${node} cordoned\n`);
    expect(await kubectl.ok('get nodes --no-headers')).toContain('SchedulingDisabled');
    const drained = await kubectl.ok(`drain ${node} --ignore-daemonsets --delete-emptydir-data --force --timeout=60s`);
    expect(drained).toContain(`node/${node} drained`);
    expect(await kubectl.ok('get pods -l app=shop --field-selector=status.phase=Running -o name')).toBe('');
    expect(await kubectl.ok(`uncordon ${node}`)).toBe(`node/${node} uncordoned\n`);
    await kubectl.ok('rollout status deployment/shop --timeout=60s --revision=0');
    expect(await kubectl.ok(`taint node ${node} key=value:NoSchedule`)).toBe(`node/${node} tainted\n`);
    expect(await kubectl.ok(`taint node ${node} key-`)).toBe(`node/${node} untainted\n`);
  });

  test('enough of it was tried', () => {
    expect(kubectl.invocations).toBeGreaterThanOrEqual(80);
  });
});
