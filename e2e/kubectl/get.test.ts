import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlSession, shop, startSession } from './session.ts';

let kubectl: KubectlSession;

beforeAll(async () => {
  kubectl = await startSession('get and describe');
  await kubectl.ok('apply -f -', { input: shop() });
  await kubectl.ok('create configmap settings --from-literal=mode=fast --from-literal=level=3');
  await kubectl.ok('create secret generic login --from-literal=password=hush');
  await kubectl.ok('create job once --image=busybox -- true');
  await kubectl.ok('rollout status deployment/shop --timeout=60s');
  await kubectl.ok('wait --for=condition=complete job/once --timeout=60s');
});
afterAll(() => kubectl?.close());

const lines = (text: string) => text.trimEnd().split('\n');
const columns = (text: string) => (lines(text)[0] ?? '').trim().split(/ {2,}/);

describe('kubectl get', () => {
  test.each([
    ['pods', ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']],
    ['deployments', ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']],
    ['replicasets', ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE']],
    ['services', ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE']],
    ['nodes', ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']],
    ['namespaces', ['NAME', 'STATUS', 'AGE']],
    ['jobs', ['NAME', 'STATUS', 'COMPLETIONS', 'DURATION', 'AGE']],
    ['configmaps', ['NAME', 'DATA', 'AGE']],
    ['secrets', ['NAME', 'TYPE', 'DATA', 'AGE']],
    ['endpointslices', ['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE']],
    ['events', ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']],
    ['serviceaccounts', ['NAME', 'SECRETS', 'AGE']],
  ])('%s shows the columns that people know', async (resource, expected) => {
    expect(columns(await kubectl.ok(`get ${resource}`))).toEqual(expected);
  });

  test('-o wide adds columns', async () => {
    expect(columns(await kubectl.ok('get pods -o wide'))).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    expect(columns(await kubectl.ok('get deployment shop -o wide'))).toContain('IMAGES');
  });

  test('tables show the state', async () => {
    expect(await kubectl.ok('get deployment shop --no-headers')).toMatch(/^shop +2\/2 +2 +2 /);
    expect(await kubectl.ok('get jobs --no-headers')).toMatch(/^once +Complete +1\/1 /);
    const pods = await kubectl.ok('get pods -l app=shop --no-headers');
    expect(lines(pods)).toHaveLength(2);
    expect(pods).toMatch(/1\/1 +Running +0 /);
    expect(await kubectl.ok('get service shop --no-headers')).toMatch(
      /^shop +ClusterIP +\d+\.\d+\.\d+\.\d+ +<none> +80\/TCP/,
    );
  });

  test('every output format', async () => {
    const object = JSON.parse(await kubectl.ok('get deployment shop -o json'));
    expect(object).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', status: { readyReplicas: 2 } });
    expect(await kubectl.ok('get deployment shop -o yaml')).toContain('kind: Deployment\n');
    expect(await kubectl.ok('get deployment,service -o name')).toContain('deployment.apps/shop\nservice/');
    expect(
      await kubectl.ok(['get', 'deployment', 'shop', '-o', 'jsonpath={.spec.template.spec.containers[*].image}']),
    ).toBe('nginx:1.27');
    expect(
      await kubectl.ok([
        'get',
        'pods',
        '-l',
        'app=shop',
        '-o',
        'jsonpath={range .items[*]}{.status.phase}{"\\n"}{end}',
      ]),
    ).toBe('Running\nRunning\n');
    expect(await kubectl.ok(['get', 'deployment', '-o', 'custom-columns=N:.metadata.name,R:.spec.replicas'])).toMatch(
      /^N +R\nshop +2\n$/,
    );
    expect(await kubectl.ok(['get', 'configmap', 'settings', '-o', 'go-template={{.data.mode}}'])).toBe('fast');
    expect(JSON.parse(await kubectl.ok('get deployment,service,configmap -o json')).kind).toBe('List');
    expect(await kubectl.ok('get deployment shop -o yaml --show-managed-fields')).toContain('managedFields:');
  });

  test('label and field selectors', async () => {
    expect(lines(await kubectl.ok('get pods -l app=shop -o name'))).toHaveLength(2);
    expect(lines(await kubectl.ok(['get', 'all', '-l', 'app in (shop,other),!missing', '-o', 'name']))).toHaveLength(4);
    expect(await kubectl.ok('get deployments --selector=tier!=web -o name')).toBe('');
    expect(lines(await kubectl.ok('get pods --field-selector=status.phase=Running -o name'))).toHaveLength(2);
    expect(await kubectl.ok('get pods --field-selector=status.phase=Succeeded -o name')).toMatch(/^pod\/once-/);
    expect(await kubectl.ok('get configmaps --field-selector=metadata.name=settings -o name')).toBe(
      'configmap/settings\n',
    );
    expect(await kubectl.ok('get secrets --field-selector=type=Opaque -o name')).toBe('secret/login\n');
    expect(await kubectl.refused('get pods --field-selector=spec.nonsense=1')).toContain('field label not supported');
    expect(await kubectl.refused(['get', 'pods', '-l', 'a in b'])).toMatch(/unable to parse requirement|parse/);
  });

  test('all namespaces, sorting, labels, pages', async () => {
    expect(columns(await kubectl.ok('get configmaps -A'))[0]).toBe('NAMESPACE');
    const sorted = lines(await kubectl.ok('get namespaces --sort-by=.metadata.name -o name'));
    expect(sorted).toEqual([...sorted].sort());
    expect(await kubectl.ok('get deployment --show-labels')).toMatch(/app=shop,tier=web/);
    expect(columns(await kubectl.ok('get deployment -L tier'))).toContain('TIER');
    const paged = lines(await kubectl.ok('get configmaps -A --chunk-size=1 -o name'));
    expect(paged).toEqual(lines(await kubectl.ok('get configmaps -A --chunk-size=0 -o name')));
    expect(lines(await kubectl.ok('get deploy,svc,cm'))[0]).toMatch(/^NAME +READY/);
    expect(await kubectl.ok('get all')).toContain('deployment.apps/shop');
    expect(await kubectl.ok('get pods -n kube-public')).toBe('');
  });

  test('raw paths, subresources, and what is missing', async () => {
    expect(JSON.parse(await kubectl.ok('get --raw /api/v1/namespaces/default')).metadata.name).toBe('default');
    expect(await kubectl.ok('get --raw /readyz')).toBe('ok');
    expect(await kubectl.ok('get deployment shop --subresource=scale -o jsonpath={.spec.replicas}')).toBe('2');
    expect(await kubectl.ok('get deployment shop --subresource=status -o name')).toBe('deployment.apps/shop\n');
    expect(await kubectl.refused('get pod nothing')).toContain(
      'Error from server (NotFound): pods "nothing" not found',
    );
    expect(await kubectl.ok('get pod nothing --ignore-not-found')).toBe('');
    expect(await kubectl.refused('get gadgets')).toContain(`the server doesn't have a resource type "gadgets"`);
  });

  test('-w tells changes as they happen', async () => {
    let changed = false;
    const watch = kubectl.run('get configmaps -w --field-selector=metadata.name=settings', {
      until: /settings +3 /,
      onOutput: (text) => {
        if (changed || !text.includes('settings')) return;
        changed = true;
        void kubectl.ok(['patch', 'configmap', 'settings', '-p', '{"data":{"extra":"1"}}']);
      },
    });
    expect((await watch).stdout).toMatch(/settings +2 [\s\S]*settings +3 /);
    const events = await kubectl.run('get deployments -w --output-watch-events -o name', { until: /deployment/ });
    expect(events.stdout).toContain('deployment.apps/shop');
  });
});

describe('kubectl describe', () => {
  test.each([
    [
      'deployment shop',
      [
        'Replicas:',
        '2 desired | 2 updated | 2 total | 2 available | 0 unavailable',
        'ScalingReplicaSet',
        'StrategyType:',
        'RollingUpdate',
      ],
    ],
    [
      'pods -l app=shop',
      ['Status:', 'Running', 'Controlled By:', 'ReplicaSet/shop-', 'Ready ', 'Scheduled', 'Started'],
    ],
    ['service shop', ['Type:', 'ClusterIP', 'Endpoints:', ':8080', 'Session Affinity:']],
    ['node', ['Capacity:', 'Allocated resources:', 'Non-terminated Pods:', 'shop-']],
    ['namespace default', ['Status:', 'Active', 'No resource quota.']],
    ['job once', ['Pods Statuses:', '1 Succeeded', 'Completed']],
    ['configmap settings', ['mode:', 'fast']],
    ['secret login', ['password:', '4 bytes']],
    ['replicaset -l app=shop', ['Controlled By:', 'Deployment/shop', '2 current / 2 desired']],
  ])('%s', async (what, expected) => {
    const text = await kubectl.ok(`describe ${what}`);
    for (const part of expected) expect(text).toContain(part);
    expect(text).not.toContain('hush');
  });

  test('what is missing', async () => {
    expect(await kubectl.refused('describe pod nothing')).toContain('not found');
  });

  test('enough of it was tried', () => {
    expect(kubectl.invocations).toBeGreaterThanOrEqual(60);
  });
});
