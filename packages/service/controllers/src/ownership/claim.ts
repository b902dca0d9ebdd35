import type { Informer, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { Labels } from '../kinds/selector.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import { CONTROLLER_INDEX, controllerRefOf, newControllerRef, orphanValue } from './controller-ref.ts';

export interface Claim {
  readonly owned: readonly KubeObject[];
  readonly adopt: readonly KubeObject[];
  readonly release: readonly KubeObject[];
}

export interface ClaimInput {
  readonly owner: KubeObject;
  readonly candidates: readonly KubeObject[];
  readonly selects: (labels: Labels | undefined) => boolean;
}

/**
 * Decides whose the candidates are: what is controlled and selected stays, what is controlled and no longer selected is
 * released, what is selected and nobody's is adopted. An owner that is being deleted takes and releases nothing.
 */
export function planClaim({ owner, candidates, selects }: ClaimInput): Claim {
  const claim = { owned: [] as KubeObject[], adopt: [] as KubeObject[], release: [] as KubeObject[] };
  const ownerDying = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const reference = controllerRefOf(object);
    const selected = selects(object.metadata.labels);
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) continue;
      if (selected) claim.owned.push(object);
      else if (!ownerDying) claim.release.push(object);
    } else if (selected && !ownerDying && object.metadata.deletionTimestamp === undefined && !isFinished(object)) {
      claim.adopt.push(object);
    }
  }
  return claim;
}

/** A finished pod that is nobody's stays nobody's. */
function isFinished(object: KubeObject): boolean {
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  return object.kind === 'Pod' && (phase === 'Succeeded' || phase === 'Failed');
}

export interface ClaimRequest {
  readonly ownerType: ResourceType;
  readonly owner: KubeObject;
  readonly type: ResourceType;
  readonly informer: Informer;
  readonly selects: (labels: Labels | undefined) => boolean;
  /** Objects of which the owner may adopt; default all. */
  readonly isCandidate?: (object: KubeObject) => boolean;
  readonly signal: AbortSignal;
}

/** Adopts and releases as {@link planClaim} says; returns what is owned now. */
export async function claimObjects(runtime: ControllerRuntime, request: ClaimRequest): Promise<KubeObject[]> {
  const { owner, ownerType, type, informer, selects, signal } = request;
  const { isCandidate = () => true } = request;
  const candidates = [
    ...informer.byIndex(CONTROLLER_INDEX, owner.metadata.uid ?? ''),
    ...informer.byIndex(CONTROLLER_INDEX, orphanValue(owner.metadata.namespace)).filter(isCandidate),
  ];
  const claim = planClaim({ owner, candidates, selects });
  const owned = [...claim.owned];
  for (const object of claim.adopt) {
    const ownerReferences = [...(object.metadata.ownerReferences ?? []), newControllerRef(ownerType, owner)];
    const adopted = await setOwners(runtime, type, object, ownerReferences);
    await runtime.observed(type, adopted, signal);
    owned.push(adopted);
  }
  for (const object of claim.release) {
    const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
    await runtime.observed(type, await setOwners(runtime, type, object, others), signal);
  }
  return owned;
}

function setOwners(
  runtime: ControllerRuntime,
  type: ResourceType,
  object: KubeObject,
  ownerReferences: KubeObject['metadata']['ownerReferences'],
): Promise<KubeObject> {
  const { name = '', namespace, uid, resourceVersion } = object.metadata;
  return runtime.client.patch(type, name, namespace, {
    kind: 'merge',
    body: { metadata: { uid, resourceVersion, ownerReferences } },
  });
}
