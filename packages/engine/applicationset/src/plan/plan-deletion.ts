import { applyMergePatch, createMergePatch, type KubeObject } from '@sekisho/kube';
import { stepsOf } from '../rolling-sync/steps.ts';
import type { ApplicationSet, ApplicationsSync } from '../spec/application-set.ts';
import { isOwned, ownersWithout } from './ownership.ts';
import type { ApplicationUpdate, DeletionPlan } from './plan-types.ts';
import { effectivePolicy } from './policy.ts';

interface DeletionInput {
  readonly set: ApplicationSet;
  readonly live: readonly KubeObject[];
  readonly policy?: ApplicationsSync;
  readonly isPolicyOverridable?: boolean;
}

/**
 * Whether the set needs a finalizer of ours: without one its Applications go with it, all at once, whatever its policy and
 * its order of deletion say.
 */
export function needsFinalizer({ set, policy, isPolicyOverridable }: Omit<DeletionInput, 'live'>): boolean {
  const { strategy } = set.spec;
  return strategy.deletionOrder === 'Reverse' || !effectivePolicy(set.spec, policy, isPolicyOverridable).allowsDelete;
}

/** What to do with the Applications of a set that is being deleted. Look again when one of them is gone. */
export function planDeletion({ set, live, policy, isPolicyOverridable }: DeletionInput): DeletionPlan {
  const owned = live.filter((application) => isOwned(application, set));
  if (!effectivePolicy(set.spec, policy, isPolicyOverridable).allowsDelete)
    return { delete: [], release: owned.map((application) => released(application, set)), isDone: true };
  if (set.spec.strategy.deletionOrder !== 'Reverse') return { delete: [], release: [], isDone: true };
  return { delete: lastOf(owned, set), release: [], isDone: owned.length === 0 };
}

/** Those of the last step that has any left, and those that no step has before all others. */
function lastOf(owned: readonly KubeObject[], set: ApplicationSet): readonly KubeObject[] {
  const { byName } = stepsOf(set, owned);
  const order = ({ metadata }: KubeObject) => byName.get(metadata.name ?? '') ?? Number.POSITIVE_INFINITY;
  const last = Math.max(...owned.map(order));
  return owned.filter(
    (application) => order(application) === last && application.metadata.deletionTimestamp === undefined,
  );
}

function released(live: KubeObject, set: ApplicationSet): ApplicationUpdate {
  const wished = { ...live, metadata: { ...live.metadata, ownerReferences: ownersWithout(live, set) } };
  const patch = createMergePatch(live, wished);
  return { live, desired: applyMergePatch(live, patch) as KubeObject, patch };
}
