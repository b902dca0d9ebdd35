import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { planApplicationSet } from '../plan/plan-application-set.ts';
import { parseSet } from '../testing/sets.ts';
import { planRollingSync } from './plan-rolling-sync.ts';
import type { ApplicationRollout, RollingSyncPlan } from './rolling-types.ts';

type Env = 'dev' | 'prod' | 'other';

function step(env: string, maxUpdate?: number | string) {
  const matchExpressions = [{ key: 'env', operator: 'In', values: [env] }];
  return { matchExpressions, ...(maxUpdate === undefined ? {} : { maxUpdate }) };
}

function second(at: number): string {
  return new Date(at * 1000).toISOString().replace('.000', '');
}

/** Applications, and what their controller makes of them: time goes by in seconds. */
class World {
  readonly set;
  desired: KubeObject[] = [];
  live = new Map<string, KubeObject>();
  status: readonly ApplicationRollout[] = [];
  now = 100;

  constructor(steps: readonly object[], envs: Readonly<Record<string, Env>>) {
    this.set = parseSet({ generators: [], strategy: { type: 'RollingSync', rollingSync: { steps } } });
    this.desired = Object.entries(envs).map(([name, env]) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd', labels: { env } },
      spec: { source: { path: 'v1' }, destination: {}, syncPolicy: { automated: {} } },
    }));
  }

  /** One reconciliation of the set. */
  reconcile(): RollingSyncPlan {
    this.now++;
    const live = [...this.live.values()];
    const rollout = planRollingSync({
      set: this.set,
      previous: this.status,
      desired: this.desired,
      live,
      now: this.now * 1000,
    });
    const generated = this.desired.map((application) => ({ application, params: {}, generator: '' }));
    const plan = planApplicationSet({ set: this.set, generated, live, rollout });
    for (const object of [...plan.create, ...plan.update.map(({ desired }) => desired)]) {
      this.live.set(object.metadata.name ?? '', object);
    }
    for (const { live: gone } of plan.delete) this.live.delete(gone.metadata.name ?? '');
    this.status = rollout.status;
    return rollout;
  }

  /** The Application is looked at, in this state. */
  compare(name: string, sync: 'Synced' | 'OutOfSync', health = 'Healthy', revision = 'r1'): void {
    this.#set(name, (object) => {
      const spec = object['spec'] as Record<string, unknown>;
      const comparedTo = { source: spec['source'], destination: spec['destination'] };
      return {
        sync: { status: sync, revision, comparedTo },
        health: { status: health },
        reconciledAt: second(this.now),
      };
    });
  }

  compareAll(sync: 'Synced' | 'OutOfSync', revision: string): void {
    for (const name of this.live.keys()) this.compare(name, sync, 'Healthy', revision);
  }

  /** Its operation begins, and ends. */
  sync(name: string, phase = 'Succeeded', revision = 'r1'): void {
    const { operation, ...rest } = this.live.get(name) as KubeObject;
    expect(operation, `${name} has an operation`).toBeDefined();
    this.live.set(name, rest as KubeObject);
    this.#set(name, () => ({ operationState: { phase, startedAt: second(this.now), operation } }));
    if (phase === 'Succeeded') this.compare(name, 'Synced', 'Healthy', revision);
  }

  states(): Record<string, string> {
    return Object.fromEntries(this.status.map((entry) => [entry.application, entry.status]));
  }

  #set(name: string, change: (object: KubeObject) => object): void {
    const object = this.live.get(name);
    if (object === undefined) throw new Error(`no ${name}`);
    this.live.set(name, { ...object, status: { ...(object['status'] as object), ...change(object) } });
  }
}

/** All made and Healthy at revision r1. */
function settled(steps: readonly object[], envs: Readonly<Record<string, Env>>): World {
  const world = new World(steps, envs);
  world.reconcile();
  world.now++;
  world.compareAll('Synced', 'r1');
  world.reconcile();
  return world;
}

describe('planRollingSync', () => {
  const steps = [step('dev'), step('prod')];
  const envs = { d: 'dev', p: 'prod' } as const;

  it('makes all Applications at once, and syncs them step by step', () => {
    const world = new World(steps, envs);
    expect(world.reconcile()).toMatchObject({ steps: [['d'], ['p']], unmatched: [], status: [] });
    expect([...world.live.keys()]).toEqual(['d', 'p']);

    world.compareAll('OutOfSync', 'r1');
    expect([...world.reconcile().sync]).toEqual(['d']);
    expect(world.states()).toEqual({ d: 'Pending', p: 'Waiting' });

    world.sync('d', 'Running');
    expect([...world.reconcile().sync]).toEqual([]);
    expect(world.states()).toEqual({ d: 'Progressing', p: 'Waiting' });

    world.compare('d', 'Synced', 'Progressing');
    world.reconcile();
    expect(world.states()['d']).toBe('Progressing');

    world.compare('d', 'Synced');
    const rollout = world.reconcile();
    expect(world.states()).toEqual({ d: 'Healthy', p: 'Pending' });
    expect([...rollout.sync]).toEqual(['p']);
    expect(rollout).toMatchObject({ isProgressing: true, message: 'ApplicationSet is performing rollout of step 2' });

    world.sync('p');
    world.reconcile();
    world.reconcile();
    expect(world.states()).toEqual({ d: 'Healthy', p: 'Healthy' });
    expect(world.reconcile()).toMatchObject({ isProgressing: false, message: 'ApplicationSet Rollout has completed' });
  });

  it('never goes on while a step is not Healthy', () => {
    const world = new World(steps, envs);
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    world.reconcile();
    world.sync('d', 'Failed');
    world.compare('d', 'OutOfSync', 'Degraded');
    for (let i = 0; i < 3; i++) expect([...world.reconcile().allowed]).toEqual(['d']);
    expect(world.states()).toEqual({ d: 'Progressing', p: 'Waiting' });
  });

  it('begins again when a commit comes, after all have looked at it', () => {
    const world = settled(steps, envs);
    expect(world.states()).toEqual({ d: 'Healthy', p: 'Healthy' });
    world.now++;
    // The later step hears of it first.
    world.compare('p', 'OutOfSync', 'Healthy', 'r2');
    expect(world.reconcile()).toMatchObject({ refresh: ['d', 'p'], sync: new Set(), allowed: new Set() });
    world.now++;
    world.compareAll('OutOfSync', 'r2');
    expect(world.reconcile()).toMatchObject({ refresh: [], sync: new Set(['d']) });
    expect(world.status.find(({ application }) => application === 'd')?.targetRevisions).toEqual(['r2']);
    expect(world.live.get('d')).toMatchObject({ operation: { sync: { revision: 'r2' } } });
    expect(world.live.get('p')).not.toHaveProperty('operation');
  });

  it('begins again when the set changes what it wants', () => {
    const world = settled(steps, envs);
    world.desired = world.desired.map((object) => ({
      ...object,
      spec: { ...(object['spec'] as object), source: { path: 'v2' } },
    }));
    world.reconcile();
    expect(world.states()).toEqual({ d: 'Waiting', p: 'Waiting' });
    expect(world.live.get('p')).toMatchObject({ spec: { source: { path: 'v2' } } });
    // What was seen of the older spec says nothing.
    expect([...world.reconcile().sync]).toEqual([]);
    expect(world.states()).toEqual({ d: 'Waiting', p: 'Waiting' });
    world.now++;
    world.compareAll('OutOfSync', 'r1');
    expect([...world.reconcile().sync]).toEqual(['d']);
  });

  it('has nothing to sync where a commit changes nothing', () => {
    const world = settled(steps, envs);
    world.now++;
    world.compareAll('Synced', 'r2');
    world.reconcile();
    expect(world.states()).toEqual({ d: 'Healthy', p: 'Healthy' });
  });

  it.each([
    [undefined, 4],
    [1, 1],
    [3, 3],
    [0, 0],
    ['0%', 0],
    ['25%', 1],
    ['49%', 1],
    ['50%', 2],
    // Less than one is one.
    ['1%', 1],
    ['100%', 4],
  ])('with maxUpdate %j syncs %d of four at a time', (maxUpdate, count) => {
    const world = new World([step('dev', maxUpdate)], { a: 'dev', b: 'dev', c: 'dev', d: 'dev' });
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    expect(world.reconcile().sync.size).toBe(count);
    expect(world.reconcile().sync.size).toBe(0);
  });

  it('lets the next one begin when one is Healthy', () => {
    const world = new World([step('dev', 1)], { a: 'dev', b: 'dev' });
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    const [first = ''] = world.reconcile().sync;
    world.sync(first);
    world.reconcile();
    expect([...world.reconcile().sync]).toEqual([first === 'a' ? 'b' : 'a']);
  });

  it('does not sync what no step has, and says what is strange', () => {
    const world = new World([step('dev'), step('dev'), step('prod')], { d: 'dev', x: 'other' });
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    const rollout = world.reconcile();
    expect(rollout).toMatchObject({
      unmatched: ['x'],
      sync: new Set(['d']),
      warnings: ['application d is in the steps 1 and 2: the first counts', 'step 3 has no applications'],
    });
    expect(world.status).toMatchObject([
      { application: 'd', step: '1' },
      { application: 'x', step: '-1', status: 'Waiting' },
    ]);
  });

  it('does not take a sync from before for the one that it asked for', () => {
    const world = new World(steps, envs);
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    const by = (username: string, at: number) => ({
      phase: 'Succeeded',
      startedAt: second(at),
      operation: { initiatedBy: { username } },
    });
    world.reconcile();
    const pending = world.live.get('d');
    const observe = (operationState: object) => {
      world.live.set('d', { ...pending, status: { ...(pending?.['status'] as object), operationState } } as KubeObject);
      return planRollingSync({
        set: world.set,
        previous: world.status,
        desired: world.desired,
        live: [...world.live.values()],
        now: world.now * 1000,
      }).status[0]?.status;
    };
    expect(observe(by('ann', world.now))).toBe('Pending');
    expect(observe(by('applicationset-controller', world.now - 1))).toBe('Pending');
    expect(observe(by('applicationset-controller', world.now))).toBe('Progressing');
    expect(observe(by('ann', world.now + 1))).toBe('Progressing');
  });

  it('moves on from what can not be synced at all, without calling it Healthy', () => {
    const world = new World(steps, envs);
    world.reconcile();
    world.compareAll('OutOfSync', 'r1');
    world.reconcile();
    world.now++;
    world.compare('d', 'OutOfSync', 'Unknown');
    const broken = world.live.get('d') as KubeObject;
    const conditions = [{ type: 'InvalidSpecError', message: 'x' }];
    world.live.set('d', { ...broken, status: { ...(broken['status'] as object), conditions } });
    world.reconcile();
    expect(world.states()).toEqual({ d: 'Progressing', p: 'Waiting' });
  });

  it('forgets Applications that are gone, and gives the very status when nothing changed', () => {
    const world = settled(steps, envs);
    const before = world.status;
    world.reconcile();
    expect(world.status).toBe(before);
    world.desired = world.desired.slice(0, 1);
    world.reconcile();
    world.reconcile();
    expect(world.states()).toEqual({ d: 'Healthy' });
  });
});
