import type { KubeObject } from '@sekisho/kube';
import { kindRank } from '../kind-order.ts';
import { objectSyncOptions, type PropagationPolicy, type SyncOptions } from '../options.ts';
import { ownedBy } from '../tracking.ts';
import { type DeletionPhase, hookTypesOf, isHook, waveOf } from './hook.ts';

export const RESOURCES_FINALIZER = 'resources-finalizer.argocd.argoproj.io';

/** What Argo CD itself puts on Applications that have hooks of a deletion: they run without the resources finalizer too. */
const HOOK_FINALIZERS = /^(?:pre|post)-delete-finalizer\.argocd\.argoproj\.io(?:\/|$)/;

export interface DeletePlanInput {
  readonly app: { readonly instanceName: string };
  /** `metadata.finalizers` of the Application. */
  readonly finalizers: readonly string[];
  readonly options: SyncOptions;
  /** Live objects with a tracking id of the application. */
  readonly live: Iterable<KubeObject>;
  /** See `isDeletionApproved`. */
  readonly deletionApproved: boolean;
}

export interface DeletePlan {
  /** False: the Application has no resources finalizer, its objects stay. */
  readonly cascade: boolean;
  /** PreDelete and PostDelete hooks are to be run. */
  readonly runsHooks: boolean;
  readonly propagation: PropagationPolicy;
  /** What to delete, wave by wave, the highest first. The next wave begins when the objects of the last one are gone. */
  readonly waves: readonly (readonly KubeObject[])[];
  /** `Delete=false`, or not ours. */
  readonly kept: readonly { readonly object: KubeObject; readonly reason: string }[];
  /** `Delete=confirm` without approval: nothing may be deleted before it comes. */
  readonly unconfirmed: readonly KubeObject[];
  /** Finalizers of the Application to remove once all waves are gone. */
  readonly finalizers: readonly string[];
}

/**
 * What the deletion of an Application deletes, by its finalizers: `resources-finalizer.argocd.argoproj.io` (or with
 * `/foreground`) in the foreground, with `/background` in the background; without one, nothing. Objects are deleted in
 * the reverse order of their waves. Pure and repeatable: plan again from what is still live.
 */
export function planDelete(input: DeletePlanInput): DeletePlan {
  const finalizers = input.finalizers.filter(
    (name) => name === RESOURCES_FINALIZER || name.startsWith(`${RESOURCES_FINALIZER}/`),
  );
  const propagation: PropagationPolicy = finalizers.includes(`${RESOURCES_FINALIZER}/background`)
    ? 'Background'
    : 'Foreground';
  const kept: { object: KubeObject; reason: string }[] = [];
  const unconfirmed: KubeObject[] = [];
  const waves = new Map<number, KubeObject[]>();
  if (finalizers.length > 0) {
    for (const object of input.live) {
      const { options } = objectSyncOptions(object, input.options);
      if (!ownedBy(input.app.instanceName, object)) kept.push({ object, reason: 'a copy: tracked for another object' });
      else if (options.delete === 'false') kept.push({ object, reason: 'Delete=false' });
      else {
        if (options.delete === 'confirm' && !input.deletionApproved) unconfirmed.push(object);
        const wave = waveOf(object);
        const members = waves.get(wave);
        if (members === undefined) waves.set(wave, [object]);
        else members.push(object);
      }
    }
  }
  const ordered = [...waves]
    .sort(([a], [b]) => b - a)
    .map(([, members]) => members.sort((a, b) => kindRank(b.kind) - kindRank(a.kind)));
  const cascade = finalizers.length > 0;
  finalizers.push(...input.finalizers.filter((name) => HOOK_FINALIZERS.test(name)));
  return { cascade, runsHooks: finalizers.length > 0, propagation, waves: ordered, kept, unconfirmed, finalizers };
}

/** Manifests that are hooks of the deletion itself. */
export function deletionHooks<T extends { readonly object: KubeObject }>(
  desired: readonly T[],
  type: DeletionPhase,
): readonly T[] {
  return desired.filter(({ object }) => isHook(object) && hookTypesOf(object).includes(type));
}
