import type { KubeObject, OwnerReference } from '@sekisho/kube';
import { FOREGROUND_FINALIZER, hasFinalizer, isDeletingDependents, ORPHAN_FINALIZER, ownersOf } from './graph.ts';

/** What is known of one owner. */
export type OwnerState = 'solid' | 'absent' | 'waiting' | 'unknown';

export type CollectAction =
  | { readonly kind: 'keep' }
  /** Some owners are gone, others hold it: only the references go. */
  | { readonly kind: 'dropOwners'; readonly uids: readonly string[] }
  /** `unblock`: its own dependents must not wait for it any more, or a circle would never end. */
  | { readonly kind: 'delete'; readonly policy: 'Foreground' | 'Background' | 'Orphan'; readonly unblock: boolean };

export interface CollectInput {
  readonly object: KubeObject;
  readonly stateOf: (owner: OwnerReference) => OwnerState;
  readonly dependents: readonly KubeObject[];
}

/**
 * Whether an object outlives its owners. One owner that is there keeps it; when none is left (or all are waiting in a
 * foreground deletion) it goes.
 */
export function planCollection({ object, stateOf, dependents }: CollectInput): CollectAction {
  const owners = ownersOf(object);
  if (owners.length === 0) return { kind: 'keep' };
  // What is going already needs no second deletion; its own foreground deletion is handled apart.
  if (object.metadata.deletionTimestamp !== undefined) return { kind: 'keep' };
  const states = owners.map((owner) => ({ owner, state: stateOf(owner) }));
  if (states.some(({ state }) => state === 'unknown')) return { kind: 'keep' };
  const gone = states.filter(({ state }) => state !== 'solid').map(({ owner }) => owner.uid);
  if (gone.length < states.length) return gone.length === 0 ? { kind: 'keep' } : { kind: 'dropOwners', uids: gone };
  const waiting = states.some(({ state }) => state === 'waiting');
  if (waiting && dependents.length > 0) {
    return { kind: 'delete', policy: 'Foreground', unblock: dependents.some(isDeletingDependents) };
  }
  if (hasFinalizer(object, ORPHAN_FINALIZER)) return { kind: 'delete', policy: 'Orphan', unblock: false };
  if (hasFinalizer(object, FOREGROUND_FINALIZER)) return { kind: 'delete', policy: 'Foreground', unblock: false };
  return { kind: 'delete', policy: 'Background', unblock: false };
}

/** Dependents that a foreground deletion of `uid` waits for. */
export function isBlocking(dependent: KubeObject, uid: string): boolean {
  return ownersOf(dependent).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
}
