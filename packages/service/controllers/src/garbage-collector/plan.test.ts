import type { KubeObject, OwnerReference } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { type OwnerState, planCollection } from './plan.ts';

function object(states: readonly OwnerState[], meta: Partial<KubeObject['metadata']> = {}): KubeObject {
  const ownerReferences: OwnerReference[] = states.map((state, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: state,
    uid: `${state}/${index}`,
  }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', uid: 'x', ownerReferences, ...meta } };
}

const dying = object([], { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] });

test.each<[string, KubeObject, KubeObject[], object]>([
  ['no owners: stays', object([]), [], { kind: 'keep' }],
  ['owner is there: stays', object(['solid']), [], { kind: 'keep' }],
  ['owner is gone: goes', object(['absent']), [], { kind: 'delete', policy: 'Background', unblock: false }],
  [
    'one of two is gone: loses the reference',
    object(['solid', 'absent']),
    [],
    { kind: 'dropOwners', uids: ['absent/1'] },
  ],
  ['an owner cannot be judged: stays', object(['absent', 'unknown']), [], { kind: 'keep' }],
  [
    'owner waits, no dependents: goes',
    object(['waiting']),
    [],
    { kind: 'delete', policy: 'Background', unblock: false },
  ],
  [
    'owner waits, dependents: goes after them',
    object(['waiting']),
    [object([])],
    { kind: 'delete', policy: 'Foreground', unblock: false },
  ],
  [
    'a circle of waiting: is broken',
    object(['waiting']),
    [dying],
    { kind: 'delete', policy: 'Foreground', unblock: true },
  ],
  [
    'an orphaning finalizer is kept',
    object(['absent'], { finalizers: ['orphan'] }),
    [],
    { kind: 'delete', policy: 'Orphan', unblock: false },
  ],
  [
    'is going already: stays with it',
    object(['absent'], { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    [],
    { kind: 'keep' },
  ],
])('planCollection: %s', (_title, subject, dependents, expected) => {
  const action = planCollection({ object: subject, dependents, stateOf: ({ name }) => name as OwnerState });
  expect(action).toEqual(expected);
});
