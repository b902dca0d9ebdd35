import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ActionOutcome,
  advanceSync,
  defaultSyncOptions,
  HOOK_FINALIZER,
  healthOf,
  newSyncProgress,
  objectId,
  parseSyncOptions,
  planSync,
  recordResult,
  type SyncAction,
  type SyncPlan,
  type SyncProgress,
  type SyncRequest,
  type SyncStep,
  type SyncTask,
  terminateSync,
  withTracking,
} from '../index.ts';

/** A cluster in memory: objects with uid and resourceVersion, finalizers, and a health that the test decides. */
class Cluster {
  readonly objects = new Map<string, KubeObject>();
  readonly log: string[] = [];
  refuse: (action: SyncAction) => string | undefined = () => undefined;
  /** What a written object becomes at once. */
  status: (object: KubeObject) => unknown = (object) =>
    object.kind === 'Job' ? { conditions: [{ type: 'Complete', status: 'True' }] } : undefined;
  #version = 0;

  put(object: KubeObject): KubeObject {
    const old = this.objects.get(objectId(object));
    this.#version++;
    const status = this.status(object);
    const stored: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: old?.metadata.uid ?? `uid-${this.#version}`,
        resourceVersion: String(this.#version),
      },
      ...(status === undefined ? {} : { status }),
    };
    this.objects.set(objectId(object), stored);
    return stored;
  }

  delete(object: KubeObject): void {
    const id = objectId(object);
    const old = this.objects.get(id);
    if (old === undefined) return;
    if ((old.metadata.finalizers ?? []).length === 0) this.objects.delete(id);
    else this.objects.set(id, { ...old, metadata: { ...old.metadata, deletionTimestamp: '2026-11-21T10:00:01Z' } });
  }

  run(action: SyncAction): ActionOutcome {
    const { object } = action.task;
    const mode = 'mode' in action ? `:${action.mode}` : 'reason' in action ? `:${action.reason}` : '';
    this.log.push(`${action.type}${mode} ${object.kind}/${object.metadata.name}`);
    const refused = this.refuse(action);
    if (refused !== undefined) return { ok: false, code: refused, message: `refused ${object.metadata.name}` };
    switch (action.type) {
      case 'dryRun':
        return { ok: true };
      case 'apply':
        return { ok: true, live: this.put(object) };
      case 'delete':
        this.delete(action.object);
        return { ok: true };
      case 'removeFinalizer': {
        const old = this.objects.get(objectId(action.object));
        if (old === undefined) return { ok: true };
        const finalizers = (old.metadata.finalizers ?? []).filter((name) => name !== HOOK_FINALIZER);
        if (finalizers.length === 0 && old.metadata.deletionTimestamp !== undefined) {
          this.objects.delete(objectId(old));
        } else this.objects.set(objectId(old), { ...old, metadata: { ...old.metadata, finalizers } });
        return { ok: true };
      }
    }
  }

  names(): string[] {
    return [...this.objects.keys()].sort();
  }
}

const request = (over: Partial<SyncRequest> = {}): SyncRequest => ({
  app: { name: 'web', namespace: 'argocd', instanceName: 'web' },
  revision: '0123456789abcdef',
  prune: true,
  dryRun: false,
  options: defaultSyncOptions,
  strategy: 'hook',
  startedAt: '2026-11-21T10:00:00Z',
  destinationNamespace: 'shop',
  ...over,
});

const versions: Record<string, string> = {
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};
function object(kind: string, name: string, annotations: Record<string, string> = {}, rest = {}): KubeObject {
  const { metadata, ...fields } = rest as { metadata?: object };
  return {
    apiVersion: versions[kind] ?? 'v1',
    kind,
    metadata: { name, annotations: { ...annotations }, ...metadata },
    ...fields,
  };
}
const inWave = (wave: string) => ({ 'argocd.argoproj.io/sync-wave': wave });
const hook = (types: string, rest: Record<string, string> = {}) => ({ 'argocd.argoproj.io/hook': types, ...rest });
const policy = (name: string) => ({ 'argocd.argoproj.io/hook-delete-policy': name });
const extra = (name: string, annotations: Record<string, string> = {}, rest = {}) =>
  withTracking('web', object('ConfigMap', name, annotations, { ...rest, metadata: { namespace: 'shop' } }));
const healthyDeployment = { observedGeneration: 1 };

class Operation {
  readonly cluster: Cluster;
  readonly desired: KubeObject[];
  readonly request: SyncRequest;
  plan: SyncPlan;
  progress: SyncProgress = newSyncProgress();
  now = 1_000_000;
  approved = false;
  last: SyncStep | undefined;

  constructor(desired: KubeObject[], over: Partial<SyncRequest> = {}, cluster = new Cluster()) {
    this.cluster = cluster;
    this.desired = desired;
    this.request = request(over);
    this.plan = this.replan();
  }

  replan(): SyncPlan {
    return planSync(this.request, {
      desired: this.desired.map((item) => ({ object: item })),
      live: this.cluster.objects.values(),
      isNamespaced: ({ kind }) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition',
      crdPresent: () => true,
    });
  }

  observed = () => ({
    now: this.now,
    live: (task: SyncTask) => this.cluster.objects.get(objectId(task.object)),
    healthOf: (live: KubeObject) => healthOf(live),
    deletionApproved: this.approved,
  });

  /** Steps until there is nothing to do without an event; time passes when it is asked for. */
  run(limit = 200): SyncStep {
    for (let i = 0; i < limit; i++) {
      const step = advanceSync(this.plan, this.progress, this.observed());
      this.last = step;
      this.progress = step.progress;
      if (step.state !== 'Running') return step;
      if (step.actions.length === 0) {
        if (step.wakeAfterMs === undefined || step.wakeAfterMs >= 10_000) return step;
        this.cluster.log.push(`wait ${step.wakeAfterMs}`);
        this.now += step.wakeAfterMs;
        continue;
      }
      for (const action of step.actions) this.progress = recordResult(this.progress, action, this.cluster.run(action));
      this.cluster.log.push('-');
    }
    throw new Error(`no end after ${limit} steps: ${JSON.stringify(this.last?.message)}`);
  }

  wet(): string[] {
    return this.cluster.log.filter((line) => !line.startsWith('dryRun') && line !== '-');
  }
}

describe('advanceSync tries everything first', () => {
  it('stops before touching anything when one dry run fails', () => {
    const operation = new Operation([object('ConfigMap', 'good'), object('Deployment', 'bad')]);
    operation.cluster.refuse = (action) =>
      action.type === 'dryRun' && action.task.object.metadata.name === 'bad' ? 'KUBE_INVALID' : undefined;
    const step = operation.run();
    expect(step.state).toBe('Failed');
    expect(step.message).toContain('refused bad');
    expect(operation.cluster.objects.size).toBe(0);
    expect(Object.values(operation.progress.results).map(({ name, status }) => [name, status])).toEqual([
      ['bad', 'SyncFailed'],
    ]);
  });
  it('changes nothing in a dry run and reports what it would do', () => {
    const cluster = new Cluster();
    cluster.put(extra('gone'));
    const operation = new Operation([object('ConfigMap', 'new')], { dryRun: true }, cluster);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual([]);
    expect(
      Object.values(operation.progress.results)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['Pruned', 'Synced']);
  });
  it('makes the namespace before it tries what goes inside', () => {
    const { options } = parseSyncOptions(['CreateNamespace=true']);
    const operation = new Operation([object('ConfigMap', 'c')], { options });
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.cluster.log.filter((line) => line !== '-')).toEqual([
      'apply:apply Namespace/shop',
      'dryRun:apply ConfigMap/c',
      'apply:apply ConfigMap/c',
    ]);
  });
  it('fails on a plan with errors', () => {
    const operation = new Operation([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }]);
    expect(operation.run().state).toBe('Failed');
    expect(operation.cluster.log).toEqual([]);
  });
});

describe('advanceSync runs waves', () => {
  it('applies kind after kind and succeeds at once, whatever the health', () => {
    const cluster = new Cluster();
    cluster.status = (item) =>
      item.kind === 'Deployment'
        ? { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] }
        : undefined;
    const operation = new Operation(
      [object('Deployment', 'd'), object('ConfigMap', 'a'), object('ConfigMap', 'b'), object('Service', 's')],
      {},
      cluster,
    );
    expect(operation.run().state).toBe('Succeeded');
    const applied = operation.cluster.log.slice(operation.cluster.log.indexOf('-') + 1);
    expect(applied).toEqual([
      'apply:apply ConfigMap/a',
      'apply:apply ConfigMap/b',
      '-',
      'apply:apply Service/s',
      '-',
      'apply:apply Deployment/d',
      '-',
    ]);
  });
  it('pauses between waves and not after the last', () => {
    const operation = new Operation([object('ConfigMap', 'a'), object('ConfigMap', 'b', inWave('1'))]);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual(['apply:apply ConfigMap/a', 'wait 2000', 'apply:apply ConfigMap/b']);
    const quick = new Operation([object('ConfigMap', 'a'), object('ConfigMap', 'b', inWave('1'))], { waveDelayMs: 0 });
    quick.run();
    expect(quick.wet()).not.toContain('wait 2000');
  });
  it('waits for health between waves, and not for the last one', () => {
    const operation = new Operation([
      object('Deployment', 'first', {}, { spec: { replicas: 1 }, metadata: { generation: 1 } }),
      object('Deployment', 'second', inWave('1'), { spec: { replicas: 1 }, metadata: { generation: 1 } }),
    ]);
    expect(operation.run()).toMatchObject({ state: 'Running', message: expect.stringContaining('healthy state') });
    expect(operation.cluster.names()).toEqual(['apps/Deployment/shop/first']);
    operation.cluster.status = () => ({ ...healthyDeployment, updatedReplicas: 1, replicas: 1, availableReplicas: 1 });
    operation.cluster.put(operation.cluster.objects.get('apps/Deployment/shop/first')!);
    operation.cluster.status = () => undefined;
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.cluster.names()).toHaveLength(2);
  });
  it('does not trust a live object that is older than the last write', () => {
    const desired = [object('Job', 'a', hook('PreSync')), object('ConfigMap', 'b')];
    const operation = new Operation(desired);
    const observed = operation.observed;
    operation.observed = () => ({
      ...observed(),
      live: (task) => {
        const live = operation.cluster.objects.get(objectId(task.object));
        return live === undefined ? undefined : { ...live, metadata: { ...live.metadata, resourceVersion: '0' } };
      },
    });
    expect(operation.run().message).toContain('waiting for completion of hook');
    operation.observed = observed;
    expect(operation.run().state).toBe('Succeeded');
  });
  it('fails when an object of a wave degrades, and runs the SyncFail hooks', () => {
    const cluster = new Cluster();
    cluster.status = (item) =>
      item.kind === 'Deployment'
        ? { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] }
        : { conditions: [{ type: 'Complete', status: 'True' }] };
    const operation = new Operation(
      [object('Deployment', 'd'), object('ConfigMap', 'later', inWave('1')), object('Job', 'cry', hook('SyncFail'))],
      {},
      cluster,
    );
    const step = operation.run();
    expect(step.state).toBe('Failed');
    expect(operation.wet()).toEqual(['apply:apply Deployment/d', 'apply:apply Job/cry', 'removeFinalizer Job/cry']);
  });
  it('fails when a running object vanishes', () => {
    const operation = new Operation([
      object('Deployment', 'd', {}, { metadata: { generation: 1 } }),
      object('ConfigMap', 'later', inWave('1')),
    ]);
    operation.run();
    operation.cluster.objects.clear();
    const step = operation.run();
    expect(step.state).toBe('Failed');
    expect(step.message).toContain('missing');
  });
  it('applies the rest of a wave when one object is refused, and nothing of the next', () => {
    const operation = new Operation([
      object('ConfigMap', 'bad'),
      object('Deployment', 'd'),
      object('ConfigMap', 'later', inWave('1')),
    ]);
    operation.cluster.refuse = (action) =>
      action.type === 'apply' && action.task.object.metadata.name === 'bad' ? 'KUBE_FORBIDDEN' : undefined;
    expect(operation.run().state).toBe('Failed');
    expect(operation.cluster.names()).toEqual(['apps/Deployment/shop/d']);
  });
  it('waits three seconds at most until a new kind is served', () => {
    const definition = object(
      'CustomResourceDefinition',
      'widgets.example.com',
      {},
      {
        spec: { group: 'example.com', scope: 'Namespaced', names: { kind: 'Widget' } },
      },
    );
    const widget = { ...object('Widget', 'w'), apiVersion: 'example.com/v1' };
    const operation = new Operation([widget, definition]);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual([
      'apply:apply CustomResourceDefinition/widgets.example.com',
      'wait 3000',
      'apply:apply Widget/w',
    ]);
  });
  it('waits until Gatekeeper has made the kind of a template, and not for ever', () => {
    const spec = { crd: { spec: { names: { kind: 'Widget' } } } };
    const template = {
      ...object('ConstraintTemplate', 'widget', {}, { spec }),
      apiVersion: 'templates.gatekeeper.sh/v1',
    };
    const constraint = { ...object('Widget', 'w'), apiVersion: 'constraints.gatekeeper.sh/v1beta1' };
    const waits = (status: (object: KubeObject) => unknown, served: (now: number) => boolean) => {
      const operation = new Operation([constraint, template]);
      operation.cluster.status = status;
      const { observed } = operation;
      operation.observed = () => ({ ...observed(), crdPresent: () => served(operation.now) });
      expect(operation.run().state).toBe('Succeeded');
      expect(operation.wet().filter((line) => !line.startsWith('wait'))).toEqual([
        'apply:apply ConstraintTemplate/widget',
        'apply:apply Widget/w',
      ]);
      return operation.wet().filter((line) => line.startsWith('wait')).length;
    };
    const created = ({ kind }: KubeObject) => (kind === 'ConstraintTemplate' ? { created: true } : undefined);
    expect(waits(created, () => true)).toBe(0);
    expect(waits(created, (now) => now >= 1_001_000)).toBe(2);
    expect(
      waits(
        () => undefined,
        () => true,
      ),
    ).toBe(30);
  });
});

describe('advanceSync applies by options', () => {
  const modeOf = (options: string[], live: boolean, item = object('ConfigMap', 'c'), refuse?: string) => {
    const cluster = new Cluster();
    if (live)
      cluster.put(item.kind === 'Namespace' ? item : { ...item, metadata: { ...item.metadata, namespace: 'shop' } });
    const operation = new Operation([item], { options: parseSyncOptions(options).options }, cluster);
    cluster.refuse = (action) => (action.type === 'apply' && action.mode === 'apply' ? refuse : undefined);
    operation.run();
    return operation.wet().map((line) => line.split(' ')[0]);
  };
  it.each<[string[], boolean, string[]]>([
    [[], true, ['apply:apply']],
    [['ServerSideApply=true'], true, ['apply:serverSide']],
    [['Replace=true'], false, ['apply:create']],
    [['Replace=true'], true, ['apply:replace']],
    [['Replace=true', 'Force=true'], true, ['apply:forceReplace']],
    [['Force=true'], true, ['apply:apply']],
  ])('%j with live %s uses %j', (options, live, expected) => {
    expect(modeOf(options, live)).toEqual(expected);
  });
  it('replaces by force only after a refusal, and never a Namespace', () => {
    expect(modeOf(['Force=true'], true, object('ConfigMap', 'c'), 'KUBE_INVALID')).toEqual([
      'apply:apply',
      'apply:forceReplace',
    ]);
    expect(modeOf(['Force=true'], true, object('ConfigMap', 'c'), 'KUBE_FORBIDDEN')).toEqual(['apply:apply']);
    expect(modeOf(['Force=true'], true, object('Namespace', 'n'), 'KUBE_INVALID')).toEqual(['apply:apply']);
    expect(modeOf(['Replace=true', 'Force=true'], true, object('Namespace', 'n'))).toEqual(['apply:replace']);
  });
  it('leaves alone what is in sync with ApplyOutOfSyncOnly', () => {
    const cluster = new Cluster();
    const same = withTracking('web', object('ConfigMap', 'same', {}, { metadata: { namespace: 'shop' } }));
    cluster.put(same);
    const { options } = parseSyncOptions(['ApplyOutOfSyncOnly=true']);
    const operation = new Operation([object('ConfigMap', 'same'), object('ConfigMap', 'new')], { options }, cluster);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual(['apply:apply ConfigMap/new']);
  });
});

describe('advanceSync runs hooks', () => {
  it('runs phases in order and waits for each hook to end', () => {
    const operation = new Operation([
      object('Job', 'before', hook('PreSync')),
      object('ConfigMap', 'c'),
      object('Job', 'after', hook('PostSync', policy('HookSucceeded'))),
      object('Job', 'never', hook('SyncFail')),
    ]);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual([
      'apply:apply Job/before',
      'removeFinalizer Job/before',
      'wait 2000',
      'apply:apply ConfigMap/c',
      'wait 2000',
      'apply:apply Job/after',
      'removeFinalizer Job/after',
      'delete:hookAfter Job/after',
    ]);
  });
  it('deletes a hook of an earlier sync first and waits until it is gone', () => {
    const cluster = new Cluster();
    const old = object('Job', 'j', hook('PreSync'), {
      metadata: { namespace: 'shop', finalizers: [HOOK_FINALIZER, 'slow'] },
    });
    cluster.put(old);
    const operation = new Operation([object('Job', 'j', hook('PreSync')), object('ConfigMap', 'c')], {}, cluster);
    expect(operation.run()).toMatchObject({
      state: 'Running',
      message: 'waiting for deletion of hooks of an earlier sync',
    });
    expect(operation.wet()).toEqual(['removeFinalizer Job/j', 'delete:hookBefore Job/j']);
    cluster.objects.clear();
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet().slice(2, 3)).toEqual(['apply:apply Job/j']);
  });
  it('fails with a hook, deletes it by HookFailed, and does not go on', () => {
    const cluster = new Cluster();
    cluster.status = () => ({ conditions: [{ type: 'Failed', status: 'True', message: 'exit 1' }] });
    const operation = new Operation(
      [object('Job', 'j', hook('PreSync', policy('HookFailed'))), object('ConfigMap', 'c')],
      {},
      cluster,
    );
    const step = operation.run();
    expect(step.state).toBe('Failed');
    expect(step.message).toContain('exit 1');
    expect(operation.cluster.objects.size).toBe(0);
  });
  it('makes a hook again in a retry, and not after a restart', () => {
    const cluster = new Cluster();
    const desired = [object('Job', 'j', hook('PreSync')), object('ConfigMap', 'c')];
    cluster.status = () => ({ conditions: [{ type: 'Failed', status: 'True', message: 'exit 1' }] });
    expect(new Operation(desired, {}, cluster).run().state).toBe('Failed');
    const restarted = new Operation(desired, {}, cluster);
    expect(restarted.run().state).toBe('Failed');
    expect(cluster.log.filter((line) => line === 'apply:apply Job/j')).toHaveLength(1);
    cluster.status = () => ({ conditions: [{ type: 'Complete', status: 'True' }] });
    expect(new Operation(desired, { attempt: 1 }, cluster).run().state).toBe('Succeeded');
    expect(cluster.log.filter((line) => line === 'apply:apply Job/j')).toHaveLength(2);
  });
  it('ends running hooks when it is terminated', () => {
    const cluster = new Cluster();
    cluster.status = () => ({});
    const operation = new Operation([object('Job', 'j', hook('PreSync')), object('ConfigMap', 'c')], {}, cluster);
    operation.run();
    const step = terminateSync(operation.plan, operation.progress, operation.observed());
    expect(step.actions.map(({ type }) => type)).toEqual(['removeFinalizer', 'delete']);
    for (const action of step.actions)
      operation.progress = recordResult(operation.progress, action, cluster.run(action));
    expect(terminateSync(operation.plan, operation.progress, operation.observed())).toMatchObject({
      state: 'Failed',
      message: 'Operation terminated',
    });
    expect(cluster.objects.size).toBe(0);
  });
});

describe('advanceSync prunes', () => {
  const withExtras = (live: KubeObject[], desired: KubeObject[] = [], over: Partial<SyncRequest> = {}) => {
    const cluster = new Cluster();
    for (const item of live) cluster.put(item);
    return new Operation(desired, over, cluster);
  };
  it('before it applies', () => {
    const operation = withExtras([extra('gone')], [object('ConfigMap', 'new')]);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual(['delete:prune ConfigMap/gone', 'apply:apply ConfigMap/new']);
  });
  it.each<[string, KubeObject, Partial<SyncRequest>]>([
    ['when pruning is off', extra('gone'), { prune: false }],
    ['with Prune=false', extra('gone', { 'argocd.argoproj.io/sync-options': 'Prune=false' }), {}],
    ["with Helm's keep", extra('gone', { 'helm.sh/resource-policy': 'keep' }), {}],
  ])('not %s', (_name, live, over) => {
    const operation = withExtras([live], [], over);
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.wet()).toEqual([]);
    expect(Object.values(operation.progress.results)[0]).toMatchObject({
      status: 'PruneSkipped',
      hookPhase: 'Succeeded',
    });
  });
  it('only after the user approved, with Prune=confirm', () => {
    const operation = withExtras([
      extra('gone', { 'argocd.argoproj.io/sync-options': 'Prune=confirm' }),
      extra('other'),
    ]);
    expect(operation.run()).toMatchObject({
      state: 'Running',
      message: 'Waiting for pruning confirmation of ConfigMap gone',
    });
    expect(operation.wet()).toEqual([]);
    operation.approved = true;
    expect(operation.run().state).toBe('Succeeded');
    expect(operation.cluster.objects.size).toBe(0);
  });
  it('and waits until the objects are gone before the next wave', () => {
    const held = extra('gone', inWave('0'));
    const operation = withExtras(
      [{ ...held, metadata: { ...held.metadata, finalizers: ['slow'] } }],
      [object('ConfigMap', 'later', inWave('1'))],
    );
    expect(operation.run()).toMatchObject({ state: 'Running', message: 'waiting for deletion of ConfigMap shop/gone' });
    operation.cluster.objects.clear();
    expect(operation.run().state).toBe('Succeeded');
  });
  it('and fails when a deletion is refused', () => {
    const operation = withExtras([extra('gone')], [object('ConfigMap', 'new')]);
    operation.cluster.refuse = (action) => (action.type === 'delete' ? 'KUBE_FORBIDDEN' : undefined);
    expect(operation.run().state).toBe('Failed');
    expect(operation.wet()).toEqual(['delete:prune ConfigMap/gone']);
  });
});

describe('advanceSync may stop and go on at any point', () => {
  const scenario = fc.array(
    fc.record({
      kind: fc.constantFrom('ConfigMap', 'Deployment', 'Service', 'Job'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      wave: fc.integer({ min: -1, max: 2 }),
      type: fc.constantFrom('', '', '', 'PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreSync,PostSync'),
      policy: fc.constantFrom('', 'HookSucceeded', 'HookFailed', 'BeforeHookCreation,HookSucceeded'),
      live: fc.constantFrom('none', 'same', 'extra'),
    }),
    { minLength: 1, maxLength: 8 },
  );
  const build = (items: typeof scenario extends fc.Arbitrary<infer T> ? T : never, broken: string) => {
    const cluster = new Cluster();
    cluster.status = (item) => {
      const bad = item.metadata.name === broken;
      if (item.kind === 'Job') return { conditions: [{ type: bad ? 'Failed' : 'Complete', status: 'True' }] };
      return undefined;
    };
    cluster.refuse = (action) =>
      action.type === 'apply' && action.task.object.kind === 'Service' && action.task.object.metadata.name === broken
        ? 'KUBE_INVALID'
        : undefined;
    const desired: KubeObject[] = [];
    const ids = new Set<string>();
    for (const item of items) {
      if (ids.has(item.kind + item.name)) continue;
      ids.add(item.kind + item.name);
      const annotations = {
        ...inWave(String(item.wave)),
        ...(item.type === '' ? {} : hook(item.type, item.policy === '' ? {} : policy(item.policy))),
      };
      const manifest = object(item.kind, item.name, annotations);
      if (item.live !== 'none') {
        cluster.put(withTracking('web', { ...manifest, metadata: { ...manifest.metadata, namespace: 'shop' } }));
      }
      if (item.live !== 'extra') desired.push(manifest);
    }
    return new Operation(desired, { waveDelayMs: 0 }, cluster);
  };
  const ended = (operation: Operation) => ({
    state: operation.last?.state,
    objects: operation.cluster.names(),
  });

  it('and comes to the same end, making each hook once', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.constantFrom('none', 'a', 'b'),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (items, broken, stopAt, lost) => {
          const straight = build(items, broken);
          straight.run();
          const stopped = build(items, broken);
          let steps = 0;
          for (let i = 0; i < 200; i++) {
            const step = advanceSync(stopped.plan, stopped.progress, stopped.observed());
            stopped.last = step;
            stopped.progress = step.progress;
            if (step.state !== 'Running' || step.actions.length === 0) break;
            for (const action of step.actions) {
              const outcome = stopped.cluster.run(action);
              steps++;
              // The process dies: between the write and its record, or right after the record was saved.
              if (!(lost && steps === stopAt)) stopped.progress = recordResult(stopped.progress, action, outcome);
              if (steps === stopAt) {
                stopped.progress = JSON.parse(JSON.stringify(stopped.progress));
                stopped.plan = stopped.replan();
                break;
              }
            }
          }
          stopped.run();
          expect(ended(stopped)).toEqual(ended(straight));
          const hooksMade = (operation: Operation) =>
            operation
              .wet()
              .filter((line) => /^apply:.* Job\//.test(line))
              .sort();
          const hookNames = new Set(
            straight.plan.tasks
              .filter((task) => task.hook !== undefined)
              .map((task) => `${task.object.kind}/${task.object.metadata.name}`),
          );
          const count = (operation: Operation) =>
            hooksMade(operation).filter((line) => hookNames.has(line.split(' ')[1] ?? ''));
          expect(count(stopped)).toEqual(count(straight));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('and says the same when asked twice', () => {
    const operation = new Operation([object('ConfigMap', 'a'), object('Job', 'j', hook('PostSync'))]);
    const frozen = JSON.stringify(operation.progress);
    const first = advanceSync(operation.plan, operation.progress, operation.observed());
    const second = advanceSync(operation.plan, operation.progress, operation.observed());
    expect(second).toEqual(first);
    expect(JSON.stringify(operation.progress)).toBe(frozen);
  });
});
