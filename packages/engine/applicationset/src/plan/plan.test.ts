import type { KubeObject, OwnerReference } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import type { GeneratedEntry } from '../generate-types.ts';
import { parseSet } from '../testing/sets.ts';
import { planApplicationSet } from './plan-application-set.ts';
import { needsFinalizer, planDeletion } from './plan-deletion.ts';
import type { PlanInput } from './plan-types.ts';

const OWNER: OwnerReference = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  name: 'fleet',
  uid: 'set-uid',
  controller: true,
  blockOwnerDeletion: true,
};

function application(
  name: string,
  more: { metadata?: object; spec?: object; [field: string]: unknown } = {},
): KubeObject {
  const { metadata, spec, ...others } = more;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', ...metadata },
    spec: { project: 'default', destination: { namespace: name }, ...spec },
    ...others,
  };
}

function owned(name: string, more: Parameters<typeof application>[1] = {}): KubeObject {
  return application(name, { ...more, metadata: { ownerReferences: [OWNER], uid: `uid-${name}`, ...more.metadata } });
}

function plan(
  wanted: readonly KubeObject[],
  live: readonly KubeObject[],
  { spec = {}, ...input }: Partial<PlanInput> & { spec?: object } = {},
) {
  const generated = wanted.map((object): GeneratedEntry => ({ application: object, params: {}, generator: '' }));
  return planApplicationSet({ set: parseSet({ generators: [], ...spec }), generated, live, ...input });
}

function names(objects: readonly KubeObject[]): (string | undefined)[] {
  return objects.map(({ metadata }) => metadata.name);
}

describe('planApplicationSet', () => {
  it('creates what is missing, with the set as its owner', () => {
    const { create, update } = plan([application('web')], []);
    expect(create).toEqual([application('web', { metadata: { ownerReferences: [OWNER] } })]);
    expect(update).toEqual([]);
  });

  it('keeps what is as it should be', () => {
    const live = owned('web', { status: { sync: {} }, metadata: { resourceVersion: '7', generation: 3 } });
    const { keep, update } = plan([application('web')], [live]);
    expect([keep, update]).toEqual([[live], []]);
  });

  it('changes spec, labels, annotations and finalizers, and nothing else', () => {
    const live = owned('web', {
      metadata: { labels: { old: '1' }, annotations: { old: '1' }, finalizers: ['x'], resourceVersion: '7' },
      spec: { source: { path: 'old', helm: { releaseName: 'r' } } },
      status: { health: {} },
    });
    const wanted = application('web', { metadata: { labels: { new: '1' } }, spec: { source: { path: 'new' } } });
    const [update] = plan([wanted], [live]).update;
    expect(update?.patch).toEqual({
      metadata: { labels: { old: null, new: '1' }, annotations: null, finalizers: null },
      spec: { source: { path: 'new', helm: null } },
    });
    expect(update?.desired).toEqual(
      owned('web', {
        metadata: { labels: { new: '1' }, resourceVersion: '7' },
        spec: { source: { path: 'new' } },
        status: { health: {} },
      }),
    );
  });

  it('deletes what is not generated any more, but only its own, and only once', () => {
    const foreign = application('foreign');
    const leaving = owned('leaving', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    const { delete: gone } = plan([application('web')], [owned('web'), owned('old'), foreign, leaving]);
    expect(gone.map(({ live, withoutCleanUp }) => [live.metadata.name, withoutCleanUp])).toEqual([['old', false]]);
  });

  it('takes the finalizer off what has no cluster any more', () => {
    const live = [
      owned('a', { metadata: { finalizers: ['f'] } }),
      owned('b', { metadata: { finalizers: ['f'] } }),
      owned('c'),
    ];
    const { delete: gone } = plan([], live, { hasDestination: ({ metadata }) => metadata.name === 'a' });
    expect(gone.map(({ withoutCleanUp }) => withoutCleanUp)).toEqual([false, true, false]);
  });

  it('adopts Applications that nobody owns', () => {
    const [update] = plan([application('web')], [application('web')]).update;
    expect(update?.patch).toEqual({ metadata: { ownerReferences: [OWNER] } });
  });

  it('writes a new uid of the set into the owner', () => {
    const live = owned('web', { metadata: { ownerReferences: [{ ...OWNER, uid: 'older' }] } });
    expect(plan([application('web')], [live]).update).toHaveLength(1);
  });

  it.each([
    ['sync', true, true],
    ['create-only', false, false],
    ['create-update', true, false],
    ['create-delete', false, true],
  ] as const)('under %s updates: %s, deletes: %s', (applicationsSync, updates, deletes) => {
    const live = [owned('changed', { spec: { a: 1 } }), owned('old')];
    const made = plan([application('changed'), application('new')], live, {
      spec: { syncPolicy: { applicationsSync } },
    });
    expect(names(made.create)).toEqual(['new']);
    expect(made.update.length > 0).toBe(updates);
    expect(made.delete.length > 0).toBe(deletes);
    expect(made.update.length + made.delete.length + made.keep.length).toBe(2);
  });

  it.each([
    [undefined, undefined, 'create-only', false],
    ['create-only', undefined, 'sync', false],
    ['create-only', true, 'sync', true],
    ['sync', undefined, 'create-only', true],
    ['create-only', true, undefined, false],
  ] as const)(
    'policy %j, overridable %j, set %j: deletes %j',
    (policy, isPolicyOverridable, applicationsSync, deletes) => {
      const spec = { syncPolicy: { ...(applicationsSync && { applicationsSync }) } };
      const input = { ...(policy && { policy }), ...(isPolicyOverridable && { isPolicyOverridable }) };
      expect(plan([], [owned('old')], { spec, ...input }).delete.length > 0).toBe(deletes);
    },
  );

  it('refuses names that come twice, and leaves what lives of them alone', () => {
    const {
      create,
      update,
      delete: gone,
      invalid,
      keep,
    } = plan([application('web'), application('web', { spec: { x: 1 } }), application('api')], [owned('web')]);
    expect(invalid).toEqual([
      { name: 'web', message: 'ApplicationSet fleet contains applications with duplicate name: web' },
    ]);
    expect([names(create), update, gone, names(keep)]).toEqual([['api'], [], [], ['web']]);
  });

  it.each(['', 'Web', 'a_b', '-a', 'a..b', 'a'.repeat(254)])('refuses the name %j', (name) => {
    expect(plan([application(name)], []).invalid).toHaveLength(1);
  });

  it('refuses what another set owns, and what the caller does', () => {
    const other = owned('web', { metadata: { ownerReferences: [{ ...OWNER, name: 'other' }] } });
    const validate = ({ metadata }: KubeObject) =>
      metadata.name === 'api' ? 'application references project x which does not exist' : undefined;
    expect(plan([application('web'), application('api'), application('ok')], [other], { validate })).toMatchObject({
      create: [{ metadata: { name: 'ok' } }],
      invalid: [
        { name: 'api', message: 'application references project x which does not exist' },
        { name: 'web', message: 'application web is already owned by another ApplicationSet controller other' },
      ],
    });
  });

  it('keeps what the set, the installation and we ourselves note at Applications', () => {
    const annotations = {
      kept: '1',
      global: '1',
      'argocd.argoproj.io/refresh': 'normal',
      'notified.notifications.argoproj.io': '{}',
      'sekisho.dev/held-revisions': '[]',
      gone: '1',
    };
    const live = owned('web', {
      metadata: {
        annotations,
        labels: { kept: '1', gone: '1' },
        finalizers: ['post-delete-finalizer.argocd.argoproj.io/cleanup', 'gone'],
      },
    });
    const [update] = plan([application('web')], [live], {
      spec: { preservedFields: { annotations: ['kept', 'missing'], labels: ['kept'] } },
      preservedAnnotations: ['global'],
    }).update;
    const { gone: _, ...expected } = annotations;
    expect(update?.desired.metadata).toMatchObject({
      annotations: expected,
      labels: { kept: '1' },
      finalizers: ['post-delete-finalizer.argocd.argoproj.io/cleanup'],
    });
    expect(update?.desired.metadata.labels).not.toHaveProperty('gone');
  });

  describe('with ignoreApplicationDifferences', () => {
    const live = owned('web', {
      spec: { source: { targetRevision: 'hotfix', path: 'a' }, syncPolicy: { automated: {} } },
    });
    const wanted = application('web', { spec: { source: { targetRevision: 'main', path: 'b' } } });

    it.each([
      [[{ jsonPointers: ['/spec/syncPolicy'] }], { targetRevision: 'main', path: 'b' }, true],
      [[{ jsonPointers: ['/spec/source/targetRevision'] }], { targetRevision: 'hotfix', path: 'b' }, false],
      [
        [{ name: 'web', jsonPointers: ['/spec/source/targetRevision'] }],
        { targetRevision: 'hotfix', path: 'b' },
        false,
      ],
      [[{ name: 'other', jsonPointers: ['/spec/source'] }], { targetRevision: 'main', path: 'b' }, false],
      [[{ jsonPointers: ['/spec'] }], { targetRevision: 'hotfix', path: 'a' }, true],
    ])('%j', (ignoreApplicationDifferences, source, keepsAutomation) => {
      const { update, keep } = plan([wanted], [live], { spec: { ignoreApplicationDifferences } });
      const spec = (update[0]?.desired ?? keep[0])?.['spec'];
      expect(spec).toMatchObject({ source });
      expect('syncPolicy' in (spec as object)).toBe(keepsAutomation);
    });

    it('asks for what jq says', () => {
      const jqPaths = (expression: string) => (expression === '.spec.source' ? [['spec', 'source']] : []);
      const spec = { ignoreApplicationDifferences: [{ jqPathExpressions: ['.spec.source'] }] };
      expect(plan([wanted], [live], { spec, jqPaths }).update[0]?.patch).toEqual({ spec: { syncPolicy: null } });
    });
  });

  it('switches automation off and asks for the syncs of a rollout', () => {
    const syncPolicy = { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] };
    const wanted = ['now', 'later'].map((name) => application(name, { spec: { source: {}, syncPolicy } }));
    const status = [
      {
        application: 'now',
        status: 'Pending',
        message: '',
        step: '1',
        targetRevisions: ['abc'],
        lastTransitionTime: '',
      },
    ] as const;
    const [now, later] = plan(wanted, [], { rollout: { sync: new Set(['now']), status } }).create;
    expect(now).toMatchObject({
      spec: { syncPolicy: { automated: { prune: true, enabled: false } } },
      operation: {
        initiatedBy: { username: 'applicationset-controller', automated: true },
        retry: { limit: 5 },
        sync: { revision: 'abc', prune: true, syncOptions: ['CreateNamespace=true'] },
      },
    });
    expect(later).toMatchObject({ spec: { syncPolicy: { automated: { enabled: false } } } });
    expect(later).not.toHaveProperty('operation');
  });

  it('is done after what it planned', () => {
    const wanted = [application('a', { metadata: { labels: { x: '1' }, finalizers: ['f'] } }), application('b')];
    const live = [owned('b', { spec: { old: true }, metadata: { annotations: { y: '1' } } }), owned('c')];
    const first = plan(wanted, live);
    const after = [...first.create, ...first.update.map(({ desired }) => desired), ...first.keep];
    expect(plan(wanted, after)).toMatchObject({ create: [], update: [], delete: [], invalid: [] });
  });
});

describe('planDeletion', () => {
  const steps = ['dev', 'prod'].map((env) => ({ matchExpressions: [{ key: 'env', operator: 'In', values: [env] }] }));
  const reverse = parseSet({
    generators: [],
    strategy: { type: 'RollingSync', deletionOrder: 'Reverse', rollingSync: { steps } },
  });
  const inEnv = (name: string, env: string, more: object = {}) =>
    owned(name, { metadata: { labels: { env }, ...more } });

  it('leaves everything to the garbage collector', () => {
    const set = parseSet({ generators: [] });
    expect(needsFinalizer({ set })).toBe(false);
    expect(planDeletion({ set, live: [owned('a')] })).toEqual({ delete: [], release: [], isDone: true });
  });

  it('sets Applications free that must not be deleted', () => {
    const set = parseSet({ generators: [], syncPolicy: { applicationsSync: 'create-update' } });
    const other = { ...OWNER, kind: 'Team', name: 'x', controller: false };
    const live = [owned('a', { metadata: { ownerReferences: [OWNER, other] } }), application('foreign')];
    expect(needsFinalizer({ set })).toBe(true);
    const { release, isDone } = planDeletion({ set, live });
    expect(isDone).toBe(true);
    expect(release.map(({ patch }) => patch)).toEqual([{ metadata: { ownerReferences: [other] } }]);
  });

  it('deletes the last step first, and goes on when it is gone', () => {
    const live = [inEnv('d', 'dev'), inEnv('p1', 'prod'), inEnv('p2', 'prod')];
    expect(needsFinalizer({ set: reverse })).toBe(true);
    const first = planDeletion({ set: reverse, live });
    expect([names(first.delete), first.isDone]).toEqual([['p1', 'p2'], false]);

    const leaving = inEnv('p2', 'prod', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const second = planDeletion({ set: reverse, live: [inEnv('d', 'dev'), leaving] });
    expect([second.delete, second.isDone]).toEqual([[], false]);

    expect(names(planDeletion({ set: reverse, live: [inEnv('d', 'dev')] }).delete)).toEqual(['d']);
    expect(planDeletion({ set: reverse, live: [] }).isDone).toBe(true);
  });

  it('deletes first what no step has', () => {
    expect(names(planDeletion({ set: reverse, live: [inEnv('d', 'dev'), inEnv('x', 'other')] }).delete)).toEqual(['x']);
  });
});
