import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GateVerdict } from '../policy-set/types.ts';
import {
  type AuditBatch,
  type AuditedPolicy,
  type AuditedWaiver,
  type AuditState,
  createAuditState,
} from './audit-state.ts';
import type { AuditChange } from './violation.ts';

const NOW = 1_000_000;

/** A policy that objects break whose label has one of its letters; with surroundings: whose namespace's word has. */
interface TestPolicy extends AuditedPolicy {
  readonly letters: string;
  readonly decision: 'deny' | 'warn' | 'allow';
}

interface TestWaiver extends AuditedWaiver {
  readonly policy: string;
}

interface World {
  policies: TestPolicy[];
  waivers: TestWaiver[];
  /** cluster → object key → object */
  readonly objects: Map<string, Map<string, KubeObject>>;
  /** cluster → the word that policies see besides the objects. */
  readonly words: Map<string, string>;
  now: number;
}

function emptyWorld(): World {
  return { policies: [], waivers: [], objects: new Map(), words: new Map(), now: NOW };
}

function policy(id: string, letters: string, extra: Partial<TestPolicy> = {}): TestPolicy {
  const { readsSurroundings = false, decision = 'deny' } = extra;
  return { id, letters, decision, readsSurroundings, hash: `${letters}${decision}${readsSurroundings}`, ...extra };
}

function waiver(namespace: string, name: string, id: string, expires: number): TestWaiver {
  return { id: `${namespace}/${name}`, namespace, expires, policy: id, hash: `${id}@${expires}` };
}

function configMap(name: string, text: string, namespace = 'web'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { text } } };
}

function judge(world: World, cluster: string, object: KubeObject, ids?: ReadonlySet<string>): GateVerdict[] {
  const verdicts: GateVerdict[] = [];
  const text = object.metadata.labels?.['text'] ?? '';
  for (const { id, letters, decision, readsSurroundings } of world.policies) {
    if (ids !== undefined && !ids.has(id)) continue;
    for (const letter of letters) {
      if (!(readsSurroundings ? (world.words.get(cluster) ?? '') : text).includes(letter)) continue;
      const covering = world.waivers.find(
        (one) =>
          one.policy === id &&
          world.now < one.expires &&
          (one.namespace === 'argocd' || one.namespace === object.metadata.namespace),
      );
      verdicts.push({
        policyId: id,
        decision: covering === undefined || decision === 'allow' ? decision : 'allow',
        policy: { kind: 'gatekeeper', name: id },
        subject: { group: '', version: 'v1', kind: 'ConfigMap', name: object.metadata.name ?? '' },
        message: `${letter} in ${text}`,
        ...(covering === undefined || decision === 'allow'
          ? {}
          : { waivedBy: covering.id, waivedDecision: decision as 'deny' | 'warn' }),
      });
    }
  }
  return verdicts;
}

type Concerns = Parameters<typeof createAuditState>[0]['concerns'];

function newState(options: { concerns?: Concerns } = {}): AuditState {
  const { concerns = () => true } = options;
  return createAuditState({ idOf: (text) => text, concerns, controlNamespace: 'argocd' });
}

function answer(state: AuditState, world: World, batch: AuditBatch): AuditChange {
  const answers = batch.objects.map((object) => judge(world, batch.cluster, object, batch.policies));
  return state.take(batch, answers, world.now);
}

function settle(state: AuditState, world: World): AuditChange[] {
  const changes: AuditChange[] = [];
  for (;;) {
    const batch = state.next(3, world.now);
    if (batch === undefined) return changes;
    changes.push(answer(state, world, batch));
  }
}

function found(state: AuditState): string[] {
  return [...state.violations()]
    .map(
      ({ cluster, objectKey, verdict, decision }) =>
        `${cluster} ${objectKey} ${verdict.policyId} ${decision} ${verdict.message}`,
    )
    .sort();
}

function everything(world: World): string[] {
  const all: string[] = [];
  for (const [cluster, objects] of world.objects) {
    for (const [key, object] of objects) {
      for (const verdict of judge(world, cluster, object)) {
        const decision =
          verdict.waivedBy === undefined ? (verdict.decision === 'allow' ? 'dryrun' : verdict.decision) : 'waived';
        all.push(`${cluster} ${key} ${verdict.policyId} ${decision} ${verdict.message}`);
      }
    }
  }
  return all.sort();
}

const cluster = fc.constantFrom('here', 'there');
const name = fc.constantFrom('a', 'b', 'c', 'd');
const namespace = fc.constantFrom('web', 'db');
const word = fc.string({ unit: fc.constantFrom('x', 'y', 'z'), maxLength: 3 });
const id = fc.constantFrom('p', 'q', 'r');
const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), cluster, name, namespace, text: word, first: fc.boolean() }),
  fc.record({ do: fc.constant('remove' as const), cluster, name, namespace }),
  fc.record({ do: fc.constant('drop' as const), cluster }),
  fc.record({
    do: fc.constant('policy' as const),
    id,
    letters: word,
    decision: fc.constantFrom('deny' as const, 'warn' as const, 'allow' as const),
    readsSurroundings: fc.boolean(),
  }),
  fc.record({ do: fc.constant('no policy' as const), id }),
  fc.record({
    do: fc.constant('waive' as const),
    id,
    name,
    namespace: fc.constantFrom('web', 'db', 'argocd'),
    ms: fc.integer({ min: -5, max: 60 }),
  }),
  fc.record({ do: fc.constant('no waiver' as const), index: fc.nat(5) }),
  fc.record({ do: fc.constant('word' as const), cluster, text: word }),
  fc.record({ do: fc.constant('time' as const), ms: fc.nat(40) }),
  fc.record({ do: fc.constant('ask' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('answer' as const), fails: fc.boolean() }),
);

describe('createAuditState', () => {
  test('knows after any changes what a look at everything would find', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = emptyWorld();
        // Policies without letters have no word about anything.
        const state = newState({
          concerns: (_, ids) => world.policies.some(({ id, letters }) => letters !== '' && ids?.has(id) !== false),
        });
        const asked: { batch: AuditBatch; answers: GateVerdict[][] }[] = [];
        const open = new Map<string, string>();
        const note = ({ began, ended, changed }: AuditChange) => {
          for (const { before, after } of changed) {
            expect(before.id).toBe(after.id);
            expect(open.has(after.id)).toBe(true);
          }
          for (const violation of ended) expect(open.delete(violation.id)).toBe(true);
          for (const violation of began) {
            expect(open.has(violation.id)).toBe(false);
            open.set(violation.id, violation.objectKey);
          }
        };
        for (const one of steps) {
          switch (one.do) {
            case 'put': {
              const objects = world.objects.get(one.cluster) ?? new Map();
              world.objects.set(one.cluster, objects);
              const object = configMap(one.name, one.text, one.namespace);
              objects.set(`/ConfigMap/${one.namespace}/${one.name}`, object);
              state.put(one.cluster, object, { first: one.first });
              break;
            }
            case 'remove':
              world.objects.get(one.cluster)?.delete(`/ConfigMap/${one.namespace}/${one.name}`);
              note(state.remove(one.cluster, configMap(one.name, '', one.namespace)));
              break;
            case 'drop':
              world.objects.delete(one.cluster);
              note(state.dropCluster(one.cluster));
              break;
            case 'policy':
              world.policies = [
                ...world.policies.filter((known) => known.id !== one.id),
                policy(one.id, one.letters, { decision: one.decision, readsSurroundings: one.readsSurroundings }),
              ];
              note(state.setPolicies(world.policies));
              break;
            case 'no policy':
              world.policies = world.policies.filter((known) => known.id !== one.id);
              note(state.setPolicies(world.policies));
              break;
            case 'waive': {
              const made = waiver(one.namespace, one.name, one.id, world.now + one.ms);
              world.waivers = [...world.waivers.filter((known) => known.id !== made.id), made];
              state.setWaivers(world.waivers);
              break;
            }
            case 'no waiver':
              world.waivers = world.waivers.filter((_, i) => i !== one.index);
              state.setWaivers(world.waivers);
              break;
            case 'word':
              world.words.set(one.cluster, one.text);
              state.surroundingsChanged(one.cluster);
              break;
            case 'time':
              world.now += one.ms;
              state.expire(world.now);
              break;
            case 'ask': {
              const batch = state.next(one.limit, world.now);
              // Policies answer at once; that is heard of later.
              if (batch !== undefined) {
                asked.push({
                  batch,
                  answers: batch.objects.map((object) => judge(world, batch.cluster, object, batch.policies)),
                });
              }
              break;
            }
            case 'answer': {
              const first = asked.shift();
              if (first !== undefined) note(state.take(first.batch, one.fails ? undefined : first.answers, world.now));
            }
          }
        }
        for (const { batch, answers } of asked) note(state.take(batch, answers, world.now));
        for (const change of settle(state, world)) note(change);
        expect(found(state)).toEqual(everything(world));
        expect(open.size).toBe(found(state).length);
        expect(state.pending).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test('asks only what a change concerns', () => {
    const world = emptyWorld();
    const state = newState();
    world.policies = [policy('p', 'x'), policy('q', 'y')];
    state.setPolicies(world.policies);
    for (const name of ['a', 'b', 'c']) state.put('here', configMap(name, 'x'));
    settle(state, world);

    state.put('here', configMap('b', 'y'));
    const own = state.next(10, NOW);
    expect(own?.objects.map(({ metadata }) => metadata.name)).toEqual(['b']);
    if (own !== undefined) answer(state, world, own);

    world.policies = [policy('p', 'x'), policy('q', 'yz')];
    state.setPolicies(world.policies);
    const all = state.next(10, NOW);
    expect(all?.objects).toHaveLength(3);
    expect([...(all?.policies ?? [])]).toEqual(['q']);
    if (all !== undefined) answer(state, world, all);
    expect(state.next(10, NOW)).toBeUndefined();

    world.waivers = [waiver('web', 'w', 'q', NOW + 10)];
    state.setWaivers(world.waivers);
    settle(state, world);
    expect(found(state).filter((line) => line.includes('waived'))).toHaveLength(1);
    expect(state.nextExpiry(NOW)).toBe(NOW + 10);
    world.now = NOW + 10;
    state.expire(world.now);
    const expired = state.next(10, world.now);
    expect(expired?.objects.map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect([...(expired?.policies ?? [])]).toEqual(['q']);
    expect(state.nextExpiry(world.now)).toBeUndefined();
  });

  test('knows since when an object breaks a rule, whatever else of it changes', () => {
    const world = emptyWorld();
    world.policies = [policy('p', 'x')];
    const state = newState();
    state.setPolicies(world.policies);
    state.put('here', configMap('a', 'x'));
    settle(state, world);
    world.now += 5;
    state.put('here', configMap('a', 'xy'));
    const [change] = settle(state, world);
    expect(change?.began).toEqual([]);
    expect(change?.changed).toMatchObject([
      { before: { verdict: { message: 'x in x' } }, after: { since: NOW, verdict: { message: 'x in xy' } } },
    ]);
  });

  test('goes on after a restart with what was known', () => {
    const world = emptyWorld();
    world.policies = [policy('p', 'xy')];
    const before = newState();
    before.setPolicies(world.policies);
    before.put('here', configMap('a', 'xy'));
    before.put('here', configMap('gone', 'x'));
    before.put('here', configMap('mended', 'x'));
    settle(before, world);
    const known = [...before.violations()].map(({ id, cluster, objectKey, verdict, slot, since }) => {
      const { policyId, message } = verdict;
      return { id, cluster, objectKey, policyId, rule: '', slot, message, since };
    });

    world.now += 60;
    const state = newState();
    state.restore(known);
    state.setPolicies(world.policies);
    state.put('here', configMap('a', 'yx'));
    state.put('here', configMap('mended', ''));
    const changes = [...settle(state, world), state.settle('here')];
    expect(changes.flatMap(({ began }) => began)).toEqual([]);
    expect(changes.flatMap(({ found }) => found).map(({ since }) => since)).toEqual([NOW, NOW]);
    expect(changes.flatMap(({ over }) => over).sort()).toEqual([
      'here\n/ConfigMap/web/gone\np\n\n0',
      'here\n/ConfigMap/web/mended\np\n\n0',
    ]);
  });

  test('a kind that no policy has a word about is not sent anywhere', () => {
    const world = emptyWorld();
    const state = newState({ concerns: () => false });
    state.put('here', configMap('a', 'x'));
    const batch = state.next(10, NOW);
    expect(batch?.objects).toEqual([]);
    if (batch !== undefined) answer(state, world, batch);
    expect(state.pending).toBe(0);
  });

  test('objects that somebody changed come before a look at everything', () => {
    const state = newState();
    for (const name of ['a', 'b', 'c']) state.put('here', configMap(name, 'x'));
    state.put('there', configMap('z', 'x'), { first: true });
    expect(state.next(2, NOW)).toMatchObject({ cluster: 'there', objects: [{ metadata: { name: 'z' } }] });
    expect(state.next(2, NOW)?.objects).toHaveLength(2);
  });
});
