import { existsSync, readFileSync } from 'node:fs';
import { parseYamlDocuments } from '@sekisho/base';
import { defaultBuiltin, type KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareObject, maskSecrets, normalizeLive } from '../index.ts';

const suite = new URL('../../../../../../shared/conformance/diff/', import.meta.url);
const present = existsSync(suite);
if (!present) process.stdout.write('skipped: the diff conformance files are not beside the repository\n');
const read = (file: string) =>
  parseYamlDocuments(readFileSync(new URL(file, suite), 'utf8'), { file }).documents[0]?.value as KubeObject;

const lastApplied = (applied: unknown) => ({
  'kubectl.kubernetes.io/last-applied-configuration': typeof applied === 'string' ? applied : JSON.stringify(applied),
});
const make = (apiVersion: string, kind: string, fields: Record<string, unknown>, metadata = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'n', ...metadata },
  ...fields,
});
const paths = (desired: KubeObject, live: KubeObject, manager?: string) =>
  compareObject({ desired, live, ...(manager === undefined ? {} : { serverSideApplyManager: manager }) }).changes.map(
    ({ kind, path }) => `${kind} ${path}`,
  );
const deployment = (container: Record<string, unknown>, pod: Record<string, unknown> = {}, spec = {}) =>
  make('apps/v1', 'Deployment', {
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'i', ...container }], ...pod },
      },
      ...spec,
    },
  });
const served = (object: KubeObject) => {
  const { metadata, ...rest } = defaultBuiltin(object);
  const server = { uid: 'u', resourceVersion: '7', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
  return { ...rest, metadata: { ...metadata, ...server }, status: { replicas: 1 } } as KubeObject;
};

describe.skipIf(!present)('compareObject on the conformance files', () => {
  it.each([
    'aggr-clusterrole',
    'deployment',
    'elasticsearch',
    'endpoints',
    'grafana-clusterrole',
    'mutatingwebhookconfig',
    'sealedsecret',
    'spinnaker-sa',
    'wordpress',
  ])('%s is Synced', (name) => {
    expect(paths(read(`${name}-config.json`), read(`${name}-live.json`))).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    ['smd-deploy-config.yaml', 'smd-deploy-live.yaml', []],
    ['smd-service-config-2-ports.yaml', 'smd-service-live.yaml', ['removed spec.ports[port=443,protocol=TCP]']],
    ['smd-service-config.yaml', 'smd-service-live.yaml', ['changed spec.ports[port=1935,protocol=TCP].targetPort']],
    [
      'smd-service-config-ports.yaml',
      'smd-service-live.yaml',
      ['added spec.ports[port=1935,protocol=UDP]', 'added spec.ports[port=443,protocol=UDP]'],
    ],
    ['ssd-configmap-config.yaml', 'ssd-configmap-live.yaml', ['removed data.key3']],
    ['ssd-service-config.yaml', 'ssd-service-live.yaml', []],
    ['ssd-svc-no-label-config.yaml', 'ssd-svc-label-live.yaml', ['removed metadata.labels.delete-me']],
  ])('%s against %s by server-side apply', (config, live, expected) => {
    expect(paths(read(config), read(live), 'argocd-controller')).toEqual(expected);
  });

  it('predicts what server-side apply makes of a ConfigMap', () => {
    const { predicted } = compareObject({
      desired: read('ssd-configmap-config.yaml'),
      live: read('ssd-configmap-live.yaml'),
      serverSideApplyManager: 'argocd-controller',
    });
    expect(predicted['data']).toEqual(normalizeLive(read('ssd-configmap-predicted-live.json'))['data']);
  });
});

describe('compareObject finds no difference', () => {
  it.each<[string, KubeObject, KubeObject]>([
    ['in what the API server fills in', deployment({}), served(deployment({}))],
    [
      'in what others added',
      deployment({}),
      served(deployment({ env: [{ name: 'INJECTED', value: '1' }] }, { tolerations: [{ key: 'a' }] }, { replicas: 5 })),
    ],
    [
      'between equal quantities',
      deployment({ resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }),
      served(deployment({ resources: { limits: { cpu: '1', memory: '1Gi' } } })),
    ],
    [
      'between empty and absent',
      deployment({ env: [], resources: {} }, { nodeSelector: {}, hostNetwork: false, volumes: null }),
      served(deployment({})),
    ],
    [
      'in defaults inside lists that are replaced as a whole',
      make('v1', 'Pod', {
        spec: {
          containers: [{ name: 'c', image: 'i' }],
          volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'p' } }] } }],
        },
      }),
      served(
        make('v1', 'Pod', {
          spec: {
            containers: [{ name: 'c', image: 'i' }],
            volumes: [
              { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'p', expirationSeconds: 3600 } }] } },
            ],
          },
        }),
      ),
    ],
    [
      'between stringData and data',
      make('v1', 'Secret', { stringData: { a: 'hello' } }),
      make('v1', 'Secret', { data: { a: 'aGVsbG8=' }, type: 'Opaque' }),
    ],
    [
      'between no rules and none',
      make('rbac.authorization.k8s.io/v1', 'Role', { rules: [] }),
      make('rbac.authorization.k8s.io/v1', 'Role', { rules: null }),
    ],
    [
      'in defaults of volume claim templates',
      make('apps/v1', 'StatefulSet', {
        spec: { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } }] },
      }),
      make('apps/v1', 'StatefulSet', {
        spec: {
          volumeClaimTemplates: [
            {
              apiVersion: 'v1',
              kind: 'PersistentVolumeClaim',
              metadata: { name: 'd' },
              spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', storageClassName: 'standard' },
              status: { phase: 'Pending' },
            },
          ],
        },
      }),
    ],
    [
      'in a cluster address the server chose',
      make('v1', 'Service', { spec: { clusterIP: '', ports: [{ port: 80 }] } }),
      served(
        make('v1', 'Service', {
          spec: { clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], ports: [{ port: 80, nodePort: 30001 }] },
        }),
      ),
    ],
    [
      'in the status of the manifest',
      { ...make('example.com/v1', 'W', { spec: { a: 1 } }), status: { x: 1 } },
      make('example.com/v1', 'W', { spec: { a: 1 }, status: { x: 2 } }),
    ],
    [
      'in fields that a custom resource got from defaults, also inside lists',
      make('example.com/v1', 'W', { spec: { list: [{ a: 1 }] } }),
      make('example.com/v1', 'W', { spec: { list: [{ a: 1, filled: true }], more: 'x' } }),
    ],
    [
      'in fields that no type has, and the API server drops',
      deployment({ imagePullPolize: 'Always' }, { nodeSelectors: { a: 'b' } }),
      served(deployment({})),
    ],
    [
      'in the namespace and empty annotations',
      make('v1', 'ConfigMap', { data: {} }, { namespace: undefined, annotations: {} }),
      make('v1', 'ConfigMap', {}),
    ],
  ])('%s', (_name, desired, live) => {
    expect(compareObject({ desired, live })).toMatchObject({ status: 'Synced', changes: [] });
  });
});

describe('compareObject finds a difference', () => {
  it.each<[string, KubeObject, KubeObject, string[]]>([
    [
      'beside fields that no type has',
      deployment({ image: 'new', imagePullPolize: 'Always' }),
      served(deployment({})),
      ['changed spec.template.spec.containers[name=c].image'],
    ],
    [
      'in an image',
      deployment({ image: 'new' }),
      served(deployment({})),
      ['changed spec.template.spec.containers[name=c].image'],
    ],
    [
      'in a label with dots',
      make('v1', 'ConfigMap', {}, { labels: { 'app.kubernetes.io/name': 'a' } }),
      make('v1', 'ConfigMap', {}, { labels: { 'app.kubernetes.io/name': 'b' } }),
      ['changed metadata.labels["app.kubernetes.io/name"]'],
    ],
    [
      'when a boolean with a meaning of its own is gone',
      deployment({}, { automountServiceAccountToken: false }),
      served(deployment({})),
      ['added spec.template.spec.automountServiceAccountToken'],
    ],
    [
      'when a switch was turned on by hand',
      deployment({}, { hostNetwork: false }),
      served(deployment({}, { hostNetwork: true })),
      ['changed spec.template.spec.hostNetwork'],
    ],
    [
      'when an empty selector is missing',
      make('networking.k8s.io/v1', 'NetworkPolicy', {
        spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] },
      }),
      make('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ingress: [{ from: [{}] }] } }),
      ['added spec.ingress[0].from[0].namespaceSelector'],
    ],
    [
      'when a list of a custom resource grew',
      make('example.com/v1', 'W', { spec: { list: [1] } }),
      make('example.com/v1', 'W', { spec: { list: [1, 2] } }),
      ['changed spec.list'],
    ],
    [
      'when containers change places',
      deployment(
        {},
        {
          containers: [
            { name: 'a', image: 'i' },
            { name: 'b', image: 'i' },
          ],
        },
      ),
      served(
        deployment(
          {},
          {
            containers: [
              { name: 'b', image: 'i' },
              { name: 'a', image: 'i' },
            ],
          },
        ),
      ),
      ['changed spec.template.spec.containers'],
    ],
  ])('%s', (_name, desired, live, expected) => {
    expect(paths(desired, live)).toEqual(expected);
  });

  it('when a field that was applied before is no longer desired, and only then', () => {
    const live = { ...make('v1', 'ConfigMap', { data: { a: '1', b: '2', manual: '3' } }) };
    const desired = make('v1', 'ConfigMap', { data: { a: '1' } });
    const before = make('v1', 'ConfigMap', { data: { a: '1', b: '2' } });
    expect(paths(desired, live)).toEqual([]);
    expect(paths(desired, { ...live, metadata: { ...live.metadata, annotations: lastApplied(before) } })).toEqual([
      'removed data.b',
    ]);
    expect(paths(desired, { ...live, metadata: { ...live.metadata, annotations: lastApplied('{damaged') } })).toEqual(
      [],
    );
  });

  it('but not when the removed field is its own default', () => {
    const port = (protocol: object) =>
      make('v1', 'Service', { spec: { ports: [{ port: 80, targetPort: 80, ...protocol }], type: 'ClusterIP' } });
    const live = served(port({ protocol: 'TCP' }));
    live.metadata.annotations = lastApplied({ ...port({ protocol: 'TCP' }) });
    const desired = port({});
    const { type: _, ...spec } = desired['spec'] as Record<string, unknown>;
    expect(paths({ ...desired, spec }, live)).toEqual([]);
  });
});

describe('compareObject as a law', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ maxLength: 4 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'name', 'containers', 'env', 'ports'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const kinds = fc.constantFrom<[string, string]>(
    ['v1', 'Secret'],
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['example.com/v1', 'W'],
    ['v1', 'Endpoints'],
  );
  const anyObject = fc
    .record({ gvk: kinds, spec: json, data: json })
    .map(({ gvk: [apiVersion, kind], spec, data }) => make(apiVersion, kind, { spec, data }));

  it('never throws, whatever the objects hold, and every object equals itself', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (desired, other) => {
        const live = { ...other, apiVersion: desired.apiVersion, kind: desired.kind };
        const keep = (object: KubeObject) => object;
        compareObject({ desired, live, defaults: keep });
        compareObject({ desired, live, defaults: keep, serverSideApplyManager: 'm' });
        expect(compareObject({ desired, live: structuredClone(desired), defaults: keep }).status).toBe('Synced');
      }),
      { numRuns: 200 },
    );
  });
  it('what was predicted is Synced with what was desired', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (desired, other) => {
        const live = { ...other, apiVersion: desired.apiVersion, kind: desired.kind };
        const keep = (object: KubeObject) => object;
        const { predicted } = compareObject({ desired, live, defaults: keep });
        expect(compareObject({ desired, live: predicted, defaults: keep }).status).toBe('Synced');
      }),
      { numRuns: 200 },
    );
  });
});

describe('maskSecrets', () => {
  const secret = (fields: Record<string, unknown>, metadata = {}) => make('v1', 'Secret', fields, metadata);
  it('gives equal values equal runs on both sides', () => {
    const { desired, live } = maskSecrets({
      desired: secret({ data: { a: 'YQ==', b: 'Yg==' }, stringData: { c: 'a' } }),
      live: secret(
        { data: { a: 'Yg==', b: 'Yg==' } },
        { annotations: lastApplied({ kind: 'Secret', data: { a: 'YQ==' } }) },
      ),
    });
    expect(desired['data']).toEqual({ a: '++++++++', b: '++++++++++++' });
    expect(desired['stringData']).toEqual({ c: '++++++++' });
    expect(live['data']).toEqual({ a: '++++++++++++', b: '++++++++++++' });
    expect(JSON.stringify(live)).toContain('\\"a\\":\\"++++++++\\"');
  });
  it('hides values of Secrets that are not valid', () => {
    for (const broken of [
      secret({ data: 'hunter2' }),
      secret({ data: ['hunter2'] }),
      secret({ data: { a: { b: 'hunter2' } } }),
      secret({ stringData: { a: ['hunter2'] } }),
      secret({}, { annotations: lastApplied('{"data": {"a": "hunter2"') }),
      secret({}, { annotations: lastApplied('{"data": "hunter2"}') }),
    ]) {
      expect(JSON.stringify(maskSecrets({ desired: broken, live: broken }))).not.toContain('hunter2');
      const { changes } = compareObject({ desired: broken, live: secret({ data: { a: 'b3RoZXI=' } }) });
      expect(JSON.stringify(changes)).not.toContain('hunter2');
    }
  });
  it('shows which values of a Secret differ and not what they are', () => {
    const { changes } = compareObject({
      desired: secret({ stringData: { a: 'new', same: 's' } }),
      live: secret({ data: { a: 'b2xk', same: 'cw==' } }),
    });
    expect(changes).toEqual([{ path: 'data.a', kind: 'changed', from: '++++++++++++++++', to: '++++++++' }]);
  });
});
