import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlSession, shop, startSession } from './session.ts';

let kubectl: KubectlSession;

beforeAll(async () => {
  kubectl = await startSession('create, apply, edit, patch');
});
afterAll(() => kubectl?.close());

const jsonpath = (what: string, path: string) => ['get', ...what.split(' '), '-o', `jsonpath={${path}}`];

const settings = (data: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: applied, labels: {part: config}}
data: {${data}}
`;

describe('kubectl create', () => {
  test.each([
    ['namespace shop', 'namespace/shop created'],
    ['deployment web --image=nginx --replicas=1 --port=80 -n shop', 'deployment.apps/web created'],
    ['configmap one --from-literal=a=b -n shop', 'configmap/one created'],
    ['secret generic two --from-literal=a=b -n shop', 'secret/two created'],
    ['secret docker-registry three --docker-username=u --docker-password=p -n shop', 'secret/three created'],
    ['job once --image=busybox -n shop -- true', 'job.batch/once created'],
    ['cronjob often --image=busybox --schedule=@hourly -n shop -- true', 'cronjob.batch/often created'],
    ['job manual --from=cronjob/often -n shop', 'job.batch/manual created'],
    ['service clusterip web --tcp=80:8080 -n shop', 'service/web created'],
    ['service nodeport open --tcp=80 -n shop', 'service/open created'],
    ['serviceaccount robot -n shop', 'serviceaccount/robot created'],
    ['role reader --verb=get,list --resource=pods -n shop', 'role.rbac.authorization.k8s.io/reader created'],
    [
      'rolebinding reader --role=reader --serviceaccount=shop:robot -n shop',
      'rolebinding.rbac.authorization.k8s.io/reader created',
    ],
    ['clusterrole seer --verb=get --non-resource-url=/healthz', 'clusterrole.rbac.authorization.k8s.io/seer created'],
    [
      'clusterrolebinding seer --clusterrole=seer --group=seers',
      'clusterrolebinding.rbac.authorization.k8s.io/seer created',
    ],
    ['quota limits --hard=pods=20,requests.cpu=4 -n shop', 'resourcequota/limits created'],
    ['ingress front --rule=shop.example/*=web:80 -n shop', 'ingress.networking.k8s.io/front created'],
    [
      'poddisruptionbudget calm --selector=app=web --min-available=1 -n shop',
      'poddisruptionbudget.policy/calm created',
    ],
    ['priorityclass high --value=1000', 'priorityclass.scheduling.k8s.io/high created'],
  ])('%s', async (what, expected) => {
    expect((await kubectl.ok(`create ${what}`)).trim()).toBe(expected);
  });

  test('what it made is what was asked for', async () => {
    expect(await kubectl.ok(jsonpath('secret two -n shop', '.data.a'))).toBe('Yg==');
    expect(await kubectl.ok(jsonpath('role reader -n shop', '.rules[0].verbs'))).toBe('["get","list"]');
    expect(await kubectl.ok(jsonpath('quota limits -n shop', '.spec.hard.requests\\.cpu'))).toBe('4');
    expect(await kubectl.ok(jsonpath('ingress front -n shop', '.spec.rules[0].host'))).toBe('shop.example');
    expect(await kubectl.ok('create token robot -n shop')).toMatch(/^\S{20,}\s*$/);
  });

  test('-f makes names from generateName; the same twice is refused', async () => {
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: made-}\n';
    const first = await kubectl.ok('create -f - -o name', { input });
    expect(first).toMatch(/^configmap\/made-[a-z0-9]{5}\n$/);
    expect(await kubectl.ok('create -f - -o name', { input })).not.toBe(first);
    expect(await kubectl.refused('create namespace shop')).toContain(
      'Error from server (AlreadyExists): namespaces "shop" already exists',
    );
  });

  test('--dry-run shows and stores nothing', async () => {
    expect(await kubectl.ok('create configmap dry --from-literal=a=b --dry-run=client -o yaml')).toContain('a: b');
    expect(await kubectl.ok('create configmap dry --from-literal=a=b --dry-run=server')).toContain(
      'created (server dry run)',
    );
    expect(await kubectl.refused('get configmap dry')).toContain('not found');
  });

  test('what the rules of Kubernetes refuse', async () => {
    expect(await kubectl.refused('create configmap Bad_Name')).toContain('is invalid: metadata.name: Invalid value');
    expect(
      await kubectl.refused('create -f -', { input: 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {}\n' }),
    ).toContain('spec.containers: Required value');
    expect(
      await kubectl.refused('create -f -', {
        input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndate: {}\n',
      }),
    ).toContain('unknown field "date"');
    expect(
      await kubectl.refused('create -f - --validate=ignore', {
        input: 'apiVersion: v1\nkind: Gadget\nmetadata: {name: p}\n',
      }),
    ).toContain('no matches for kind "Gadget"');
    expect(await kubectl.refused('create configmap x -n nowhere')).toContain('namespaces "nowhere" not found');
  });
});

describe('kubectl apply', () => {
  test('client side: created, unchanged, configured, field removed', async () => {
    expect(await kubectl.ok('apply -f -', { input: settings('a: "1", b: "2"') })).toBe('configmap/applied created\n');
    expect(await kubectl.ok('apply -f -', { input: settings('a: "1", b: "2"') })).toBe('configmap/applied unchanged\n');
    expect(await kubectl.ok('apply -f -', { input: settings('a: "3"') })).toBe('configmap/applied configured\n');
    expect(await kubectl.ok(jsonpath('configmap applied', '.data'))).toBe('{"a":"3"}');
    expect(await kubectl.ok('apply view-last-applied configmap/applied')).toContain('a: "3"');
    expect(await kubectl.ok(jsonpath('configmap applied', '.metadata.managedFields[*].manager'))).toContain(
      'kubectl-client-side-apply',
    );
  });

  test('dry runs tell what would be', async () => {
    const input = settings('a: "4"');
    expect(await kubectl.ok('apply -f - --dry-run=client', { input })).toContain('configured (dry run)');
    expect(await kubectl.ok('apply -f - --dry-run=server', { input })).toContain('configured (server dry run)');
    expect(await kubectl.ok(jsonpath('configmap applied', '.data.a'))).toBe('3');
  });

  test('a Deployment keeps what others own', async () => {
    await kubectl.ok('apply -f -', { input: shop() });
    await kubectl.ok(['annotate', 'deployment', 'shop', 'other/tool=was-here']);
    expect(await kubectl.ok('apply -f -', { input: shop('nginx:1.28') })).toBe(
      'deployment.apps/shop configured\nservice/shop unchanged\n',
    );
    expect(await kubectl.ok(jsonpath('deployment shop', '.metadata.annotations.other/tool'))).toBe('was-here');
    expect(await kubectl.ok(jsonpath('deployment shop', '.spec.template.spec.containers[0].image'))).toBe('nginx:1.28');
    expect(await kubectl.ok('apply -f -', { input: shop('nginx:1.28') })).toContain('deployment.apps/shop unchanged');
  });

  test('server side: ownership, conflicts, force', async () => {
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: "1"}\n';
    expect(await kubectl.ok('apply --server-side -f - --field-manager=first', { input })).toBe(
      'configmap/owned serverside-applied\n',
    );
    const other = input.replace('"1"', '"2"');
    const conflict = await kubectl.refused('apply --server-side -f - --field-manager=second', { input: other });
    expect(conflict).toContain('Apply failed with 1 conflict: conflict with "first": .data.a');
    expect(
      await kubectl.ok('apply --server-side -f - --field-manager=second --force-conflicts', { input: other }),
    ).toBe('configmap/owned serverside-applied\n');
    expect(await kubectl.ok(jsonpath('configmap owned', '.metadata.managedFields[*].manager'))).toBe('second');
    expect(
      await kubectl.ok('apply --server-side -f - --dry-run=server --field-manager=second', { input: other }),
    ).toContain('serverside-applied (server dry run)');
    await kubectl.ok('apply --server-side -f - --field-manager=second', {
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\n',
    });
    expect(await kubectl.ok(jsonpath('configmap owned', '.data'))).toBe('');
  });

  test('--prune deletes what is no longer there', async () => {
    const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: p}}\n`;
    await kubectl.ok('apply -f - --prune -l set=p', { input: `${map('keep')}---\n${map('drop')}` });
    expect(await kubectl.ok('apply -f - --prune --selector=set=p', { input: map('keep') })).toContain(
      'configmap/drop pruned',
    );
  });

  test('replace, and replace --force', async () => {
    expect(await kubectl.ok('replace -f -', { input: settings('z: "9"') })).toBe('configmap/applied replaced\n');
    expect(await kubectl.ok('replace --force -f -', { input: settings('z: "10"') })).toContain(
      'configmap/applied replaced',
    );
    expect(await kubectl.refused('replace -f -', { input: settings('a: b').replace('applied', 'absent') })).toContain(
      'not found',
    );
  });
});

describe('kubectl diff', () => {
  test('says by its exit code whether something would change', async () => {
    await kubectl.ok('apply -f -', { input: settings('a: "1"') });
    expect(await kubectl.run('diff -f -', { input: settings('a: "1"') })).toMatchObject({ code: 0, stdout: '' });
    const changed = await kubectl.run('diff -f -', { input: settings('a: "2"') });
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/-\s+a: "1"\n\+\s+a: "2"/);
    const created = await kubectl.run('diff --server-side -f -', {
      input: settings('a: "1"').replace('applied', 'absent'),
    });
    expect(created.code).toBe(1);
    expect(
      (
        await kubectl.run('diff -f - --field-manager=x', {
          input: 'apiVersion: v1\nkind: Gadget\nmetadata: {name: x}\n',
        })
      ).code,
    ).toBeGreaterThan(1);
  });
});

describe('kubectl edit, patch, label, annotate', () => {
  test('edit sends what the editor changed', async () => {
    const editor = await kubectl.file('editor.sh', '#!/bin/sh\nsed -i \'s/a: "1"/a: edited/\' "$1"\n');
    expect(await kubectl.ok('edit configmap applied', { env: { KUBE_EDITOR: editor } })).toBe(
      'configmap/applied edited\n',
    );
    expect(await kubectl.ok(jsonpath('configmap applied', '.data.a'))).toBe('edited');
    const idle = await kubectl.file('idle.sh', '#!/bin/sh\ntrue\n');
    expect((await kubectl.run('edit configmap applied', { env: { KUBE_EDITOR: idle } })).stderr).toContain(
      'no changes made',
    );
  });

  test('the three kinds of patches', async () => {
    const image = jsonpath('deployment shop', '.spec.template.spec.containers[*].image');
    const strategic = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox"}]}}}}';
    await kubectl.ok(['patch', 'deployment', 'shop', '-p', strategic]);
    expect((await kubectl.ok(image)).split(' ').sort()).toEqual(['busybox', 'nginx:1.28']);
    await kubectl.ok([
      'patch',
      'deployment',
      'shop',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/replicas","value":1}]',
    ]);
    expect(await kubectl.ok(jsonpath('deployment shop', '.spec.replicas'))).toBe('1');
    await kubectl.ok(['patch', 'deployment', 'shop', '--type=merge', '-p', '{"metadata":{"labels":{"tier":null}}}']);
    expect(await kubectl.ok(jsonpath('deployment shop', '.metadata.labels'))).toBe('{"app":"shop"}');
    const removal = '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}';
    await kubectl.ok(['patch', 'deployment/shop', '--type', 'strategic', '-p', removal]);
    expect(await kubectl.ok(image)).toBe('nginx:1.28');
  });

  test('patches that can not be', async () => {
    expect(
      await kubectl.refused([
        'patch',
        'deployment',
        'shop',
        '--type=json',
        '-p',
        '[{"op":"test","path":"/spec/replicas","value":7}]',
      ]),
    ).toMatch(/test|Invalid|invalid/);
    expect(await kubectl.refused(['patch', 'deployment', 'shop', '-p', '{"spec":{"replicas":-1}}'])).toContain(
      'must be greater than or equal to 0',
    );
    expect(
      await kubectl.refused(['patch', 'deployment', 'shop', '-p', '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}']),
    ).toContain('field is immutable');
    expect(await kubectl.ok(['patch', 'deployment', 'shop', '-p', '{}'])).toContain('patched (no change)');
  });

  test('the status subresource alone changes the status', async () => {
    await kubectl.ok('create deployment still --image=nginx --replicas=0');
    const condition = '{"status":{"conditions":[{"type":"Odd","status":"True"}]}}';
    await kubectl.ok(['patch', 'deployment', 'still', '--type=merge', '-p', condition]);
    expect(await kubectl.ok(jsonpath('deployment still', '.status.conditions[?(@.type=="Odd")].status'))).toBe('');
    await kubectl.ok([
      'patch',
      'poddisruptionbudget',
      'calm',
      '-n',
      'shop',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"disruptedPods":{"x":"2026-01-01T00:00:00Z"}}}',
    ]);
    expect(
      await kubectl.ok([
        'patch',
        'deployment',
        'still',
        '--subresource=scale',
        '--type=merge',
        '-p',
        '{"spec":{"replicas":1}}',
      ]),
    ).toContain('scale.autoscaling/still patched');
    expect(await kubectl.ok(jsonpath('deployment still', '.spec.replicas'))).toBe('1');
  });

  test('label and annotate', async () => {
    expect(await kubectl.ok('label deployment shop team=blue')).toBe('deployment.apps/shop labeled\n');
    expect(await kubectl.refused('label deployment shop team=red')).toContain('--overwrite is false');
    expect(await kubectl.ok('label deployment shop team=red --overwrite')).toBe('deployment.apps/shop labeled\n');
    expect(await kubectl.ok('label deployment shop team-')).toBe('deployment.apps/shop unlabeled\n');
    expect(await kubectl.ok('label deployment --all everywhere=yes')).toContain('labeled');
    expect(await kubectl.refused(['label', 'deployment', 'shop', 'a=not ok'])).toContain('a valid label must be');
    expect(await kubectl.ok(['annotate', 'deployment', 'shop', 'note=two words'])).toBe(
      'deployment.apps/shop annotated\n',
    );
    expect(await kubectl.ok('annotate deployment shop note-')).toBe('deployment.apps/shop annotated\n');
    expect(await kubectl.ok(jsonpath('deployment shop', '.metadata.annotations.note'))).toBe('');
  });

  test('enough of it was tried', async () => {
    expect(kubectl.invocations).toBeGreaterThanOrEqual(80);
    expect(await readFile(kubectl.kubeconfig, 'utf8')).toContain('certificate-authority-data');
  });
});
