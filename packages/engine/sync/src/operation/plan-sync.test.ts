import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import {
  defaultSyncOptions,
  type PlanInput,
  parseSyncOptions,
  planSync,
  type SyncRequest,
  waveOf,
  withTracking,
} from '../index.ts';

const startedAt = '2026-11-21T10:00:00Z';
const request = (over: Partial<SyncRequest> = {}): SyncRequest => ({
  app: { name: 'web', namespace: 'argocd', instanceName: 'web' },
  revision: '0123456789abcdef',
  prune: true,
  dryRun: false,
  options: defaultSyncOptions,
  strategy: 'hook',
  startedAt,
  destinationNamespace: 'shop',
  ...over,
});

const clusterScoped = new Set(['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'PersistentVolume']);
const input = (desired: KubeObject[], live: KubeObject[] = [], over: Partial<PlanInput> = {}): PlanInput => ({
  desired: desired.map((object, index) => ({ object, origin: { file: 'a.yaml', line: index + 1 } })),
  live,
  isNamespaced: ({ kind }) => !clusterScoped.has(kind),
  crdPresent: () => true,
  ...over,
});

function object(kind: string, name: string, annotations: Record<string, string> = {}, rest = {}): KubeObject {
  const versions: Record<string, string> = {
    Deployment: 'apps/v1',
    Job: 'batch/v1',
    CustomResourceDefinition: 'apiextensions.k8s.io/v1',
    ClusterRole: 'rbac.authorization.k8s.io/v1',
    Widget: 'example.com/v1',
    Waiver: 'sekisho.dev/v1alpha1',
    ConstraintTemplate: 'templates.gatekeeper.sh/v1',
    K8sRequiredLabels: 'constraints.gatekeeper.sh/v1beta1',
  };
  const metadata = Object.keys(annotations).length === 0 ? { name } : { name, annotations: { ...annotations } };
  return { apiVersion: versions[kind] ?? 'v1', kind, metadata, ...rest };
}
const inWave = (wave: string) => ({ 'argocd.argoproj.io/sync-wave': wave });
const hook = (types: string, rest: Record<string, string> = {}) => ({ 'argocd.argoproj.io/hook': types, ...rest });
const crd = (kind: string) =>
  object(
    'CustomResourceDefinition',
    `${kind.toLowerCase()}s.example.com`,
    {},
    {
      spec: { group: 'example.com', scope: 'Namespaced', names: { kind } },
    },
  );
const template = (kind: string, annotations: Record<string, string> = {}) =>
  object('ConstraintTemplate', kind.toLowerCase(), annotations, { spec: { crd: { spec: { names: { kind } } } } });
const tracked = (live: KubeObject, namespace: string | undefined = 'shop'): KubeObject => {
  const placed = namespace === '' ? live : { ...live, metadata: { ...live.metadata, namespace } };
  const { metadata } = withTracking('web', placed as KubeObject);
  return { ...(placed as KubeObject), metadata: { ...metadata, uid: `uid-${live.metadata.name}` } };
};
const lines = (desired: KubeObject[], live: KubeObject[] = [], over: Partial<SyncRequest> = {}) =>
  planSync(request(over), input(desired, live)).tasks.map(
    (task) => `${task.phase} ${task.wave} ${task.kind} ${task.object.kind}/${task.object.metadata.name}`,
  );

describe('planSync orders tasks', () => {
  it.each<[string, KubeObject[], string[]]>([
    [
      'by kind, then by name',
      [
        object('Widget', 'w'),
        object('Deployment', 'b'),
        object('Deployment', 'a'),
        object('ConfigMap', 'z'),
        object('Service', 's'),
      ],
      ['ConfigMap/z', 'Service/s', 'Deployment/a', 'Deployment/b', 'Widget/w'],
    ],
    [
      'by wave before kind',
      [object('ConfigMap', 'late', inWave('1')), object('Deployment', 'early', inWave('-1')), object('Secret', 'mid')],
      ['Deployment/early', 'Secret/mid', 'ConfigMap/late'],
    ],
    [
      'by phase before wave',
      [
        object('Job', 'after', hook('PostSync', inWave('-9'))),
        object('ConfigMap', 'c'),
        object('Job', 'fail', hook('SyncFail')),
        object('Job', 'before', hook('PreSync', inWave('9'))),
      ],
      ['Job/before', 'ConfigMap/c', 'Job/after', 'Job/fail'],
    ],
    [
      'what it does not know last, by name whatever the kind',
      [object('Gadget', 'c'), object('Widget', 'b'), object('Gadget', 'a')],
      ['Gadget/a', 'Widget/b', 'Gadget/c'],
    ],
    [
      'waivers before what they are about, templates before constraints',
      [
        object('K8sRequiredLabels', 'a'),
        object('ConfigMap', 'c'),
        template('K8sRequiredLabels'),
        object('Waiver', 'w'),
        object('Namespace', 'n'),
      ],
      ['Namespace/n', 'Waiver/w', 'ConfigMap/c', 'ConstraintTemplate/k8srequiredlabels', 'K8sRequiredLabels/a'],
    ],
    [
      'waves that are no integer as 0',
      [object('ConfigMap', 'b', inWave('soon')), object('ConfigMap', 'a', inWave('1'))],
      ['ConfigMap/b', 'ConfigMap/a'],
    ],
    [
      "by Helm's weight when there is no wave",
      [object('ConfigMap', 'a', { 'helm.sh/hook-weight': '3' }), object('ConfigMap', 'b')],
      ['ConfigMap/b', 'ConfigMap/a'],
    ],
  ])('%s', (_name, desired, expected) => {
    expect(lines(desired).map((line) => line.split(' ')[3])).toEqual(expected);
  });

  it('moves a CRD in front of the first object that needs it, into its wave', () => {
    expect(lines([object('Widget', 'w', inWave('-5')), object('ConfigMap', 'c', inWave('-6')), crd('Widget')])).toEqual(
      [
        'Sync -6 apply ConfigMap/c',
        'Sync -5 apply CustomResourceDefinition/widgets.example.com',
        'Sync -5 apply Widget/w',
      ],
    );
  });

  it('moves a template in front of its constraints, and a waiver in front of everything but its namespace', () => {
    const late = [template('K8sRequiredLabels', inWave('3')), object('Waiver', 'w', inWave('5'))];
    const namespace = object('Namespace', 'shop', inWave('9'));
    const early = [object('K8sRequiredLabels', 'a', inWave('1')), object('Secret', 's', inWave('-1')), namespace];
    expect(lines([...late, ...early])).toEqual([
      'Sync -1 apply Namespace/shop',
      'Sync -1 apply Waiver/w',
      'Sync -1 apply Secret/s',
      'Sync 1 apply ConstraintTemplate/k8srequiredlabels',
      'Sync 1 apply K8sRequiredLabels/a',
    ]);
  });

  it('tries nothing before a waiver that comes or changes is there: it may be refused without it', () => {
    const waiver = (reason: string) => object('Waiver', 'w', {}, { spec: { reason } });
    const tried = (live: KubeObject[]) =>
      planSync(request(), input([object('Secret', 's'), waiver('known')], live)).tasks.map((task) => task.skipDryRun);
    expect(tried([])).toEqual([false, true]);
    expect(tried([tracked(waiver('other'))])).toEqual([false, true]);
    expect(tried([tracked(waiver('known'))])).toEqual([false, false]);
  });

  it('moves a Namespace into the phase of the hook that needs it', () => {
    expect(lines([object('Namespace', 'shop'), object('Job', 'before', hook('PreSync', inWave('2')))])).toEqual([
      'PreSync 2 apply Namespace/shop',
      'PreSync 2 apply Job/before',
    ]);
  });

  it('makes the namespace of the application first, once', () => {
    const { options } = parseSyncOptions(['CreateNamespace=true']);
    expect(lines([object('ConfigMap', 'c')], [], { options })).toEqual([
      'PreSync 0 apply Namespace/shop',
      'Sync 0 apply ConfigMap/c',
    ]);
    expect(lines([object('ConfigMap', 'c')], [object('Namespace', 'shop')], { options })).toEqual([
      'Sync 0 apply ConfigMap/c',
    ]);
    expect(lines([object('ConfigMap', 'c'), object('Namespace', 'shop')], [], { options })).toHaveLength(2);
    const managedNamespaceMetadata = { labels: { team: 'a' } };
    const [task] = planSync(
      request({ options, managedNamespaceMetadata }),
      input([object('ConfigMap', 'c')], [object('Namespace', 'shop')]),
    ).tasks;
    expect(task?.object.metadata).toEqual({ name: 'shop', labels: { team: 'a' } });
    expect(task?.options.serverSideApply).toBe(true);
  });
});

describe('planSync plans hooks', () => {
  it('names a hook with generateName after revision, phase and start, the same every time', () => {
    const job: KubeObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { generateName: 'migrate-', annotations: hook('PreSync,PostSync') },
    };
    const names = () => planSync(request(), input([job])).tasks.map((task) => task.object.metadata.name);
    expect(names()).toEqual(['migrate-0123456-presync-1795255200', 'migrate-0123456-postsync-1795255200']);
    expect(names()).toEqual(names());
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['Skip alone is not applied', hook('Skip'), []],
    ['Helm hooks have counterparts', { 'helm.sh/hook': 'pre-install,pre-upgrade' }, ['PreSync']],
    ['Helm hooks after', { 'helm.sh/hook': 'post-install' }, ['PostSync']],
    ['unknown Helm hooks are dropped', { 'helm.sh/hook': 'test' }, []],
    ['crd-install is an ordinary object', { 'helm.sh/hook': 'crd-install' }, ['Sync']],
    ["Argo CD's annotation wins", { 'helm.sh/hook': 'pre-install', ...hook('PostSync') }, ['PostSync']],
    ['hooks of a deletion do not run in a sync', { 'helm.sh/hook': 'pre-delete' }, []],
    ['a typing error never runs', hook('PreSnyc'), []],
  ])('%s', (_name, annotations, expected) => {
    expect(planSync(request(), input([object('Job', 'j', annotations)])).tasks.map(({ phase }) => phase)).toEqual(
      expected,
    );
  });

  it('gives hooks a finalizer, a delete policy and tracking', () => {
    const [task] = planSync(request(), input([object('Job', 'j', hook('PreSync'))])).tasks;
    expect(task?.object.metadata.finalizers).toEqual(['argocd.argoproj.io/hook-finalizer']);
    expect(task?.hook?.deletePolicies).toEqual(['BeforeHookCreation']);
    expect(task?.object.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe('web:batch/Job:shop/j');
  });

  it('leaves hooks out of selective syncs and of the apply strategy', () => {
    const desired = [object('Job', 'j', hook('PreSync')), object('ConfigMap', 'a'), object('ConfigMap', 'b')];
    expect(lines(desired, [], { strategy: 'apply' })).toHaveLength(2);
    expect(lines(desired, [], { selection: [{ kind: 'ConfigMap', name: 'b' }] })).toEqual(['Sync 0 apply ConfigMap/b']);
    expect(lines(desired, [], { selection: [{ group: 'apps', kind: 'ConfigMap', name: 'b' }] })).toEqual([]);
  });
});

describe('planSync plans prunes', () => {
  const extra = (name: string, annotations: Record<string, string> = {}) =>
    tracked(object('ConfigMap', name, annotations));
  it('prunes what is tracked and no longer desired, and nothing else', () => {
    const copied = { ...extra('a'), metadata: { ...extra('a').metadata, name: 'copy' } };
    const foreign = withTracking('other', object('ConfigMap', 'foreign'));
    const live = [
      extra('gone'),
      copied,
      foreign,
      object('ConfigMap', 'untracked'),
      extra('kept'),
      extra('old-hook', hook('PreSync')),
    ];
    expect(lines([object('ConfigMap', 'kept')], live)).toEqual([
      'Sync 0 prune ConfigMap/gone',
      'Sync 0 apply ConfigMap/kept',
    ]);
  });
  it('reverses the waves of prunes', () => {
    const live = ['-1', '0', '2', '5'].map((wave, index) => extra(`w${index}`, inWave(wave)));
    expect(lines([], live)).toEqual([
      'Sync -1 prune ConfigMap/w3',
      'Sync 0 prune ConfigMap/w2',
      'Sync 2 prune ConfigMap/w1',
      'Sync 5 prune ConfigMap/w0',
    ]);
  });
  it('prunes last when asked, after every other wave of the sync', () => {
    const { options } = parseSyncOptions(['PruneLast=true']);
    const desired = [object('ConfigMap', 'kept', inWave('4'))];
    expect(lines(desired, [extra('gone', inWave('-3'))], { options })).toEqual([
      'Sync 4 apply ConfigMap/kept',
      'Sync 5 prune ConfigMap/gone',
    ]);
  });
});

describe('planSync refuses', () => {
  const codes = (
    desired: KubeObject[],
    live: KubeObject[] = [],
    over: Partial<SyncRequest> = {},
    more: Partial<PlanInput> = {},
  ) =>
    planSync(request(over), input(desired, live, more)).diagnostics.map(
      ({ code, origin }) => `${code}:${origin?.line}`,
    );
  const notServed = { crdPresent: ({ kind }: { kind: string }) => kind !== 'Widget', isNamespaced: () => undefined };

  it('kinds that nobody serves, unless the sync brings them or the option allows it', () => {
    const widget = object('Widget', 'w');
    expect(codes([widget], [], {}, notServed)).toEqual(['SYNC_KIND_UNKNOWN:1']);
    const withDefinition = planSync(request(), input([widget, crd('Widget')], [], notServed));
    expect(withDefinition.diagnostics).toEqual([]);
    expect(withDefinition.tasks.map((task) => task.skipDryRun)).toEqual([false, true]);
    const constraint = { ...object('Widget', 'a'), apiVersion: 'constraints.gatekeeper.sh/v1beta1' };
    const withTemplate = planSync(request(), input([constraint, template('Widget')], [], notServed));
    expect(withTemplate.diagnostics).toEqual([]);
    expect(withTemplate.tasks.map(({ object: { metadata }, skipDryRun }) => [metadata.namespace, skipDryRun])).toEqual([
      ['shop', false],
      [undefined, true],
    ]);
    const { options } = parseSyncOptions(['SkipDryRunOnMissingResource=true']);
    expect(codes([widget], [], { options }, notServed)).toEqual([]);
  });
  it('objects without a name', () => {
    expect(codes([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x-' } }])).toEqual([
      'SYNC_NAME_MISSING:1',
    ]);
  });
  it('shared resources when asked', () => {
    const { metadata } = withTracking('other', {
      ...object('ConfigMap', 'c'),
      metadata: { name: 'c', namespace: 'shop' },
    });
    const live = { ...object('ConfigMap', 'c'), metadata };
    expect(codes([object('ConfigMap', 'c')], [live])).toEqual([]);
    const { options } = parseSyncOptions(['FailOnSharedResource=true']);
    expect(codes([object('ConfigMap', 'c')], [live], { options })).toEqual(['SYNC_SHARED_RESOURCE:1']);
  });
  it('warns of options that nobody knows', () => {
    expect(codes([object('ConfigMap', 'c', { 'argocd.argoproj.io/sync-options': 'Foo=true' })])).toEqual([
      'SYNC_OPTION_UNKNOWN:1',
    ]);
  });
});

it('waveOf reads integers with sign only', () => {
  const of = (text: string) => waveOf(object('ConfigMap', 'c', inWave(text)));
  expect(['-2', '+3', '07', '1.5', '', '1e3', ' 4', '99999999999999999999'].map(of)).toEqual([-2, 3, 7, 0, 0, 0, 0, 0]);
});
