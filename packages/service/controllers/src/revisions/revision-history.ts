import { isSekishoError } from '@sekisho/base';
import type { Informer, ResourceType } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { PodTemplate } from '../kinds/pod.ts';
import { CONTROLLER_REVISIONS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import { revisionHash } from '../kinds/template-hash.ts';
import type { ControllerRevision, LabelSelector } from '../kinds/workload.ts';
import { claimObjects } from '../ownership/claim.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

/** What a ControllerRevision carries: a patch that replaces the owner's template (`kubectl rollout undo` applies it). */
export function revisionData(template: PodTemplate): unknown {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

export function templateOf(revision: ControllerRevision): PodTemplate | undefined {
  const data = revision.data as { spec?: { template?: PodTemplate & { $patch?: string } } } | undefined;
  if (data?.spec?.template === undefined) return undefined;
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

export interface RevisionOwner extends KubeObject {
  spec: { readonly selector: LabelSelector; readonly template: PodTemplate; readonly revisionHistoryLimit?: number };
  status?: { readonly collisionCount?: number };
}

export type RevisionDecision =
  | { readonly kind: 'use'; readonly revision: ControllerRevision }
  /** The template of an earlier revision came back: that one becomes the newest. */
  | { readonly kind: 'renumber'; readonly revision: ControllerRevision; readonly number: number }
  | { readonly kind: 'create'; readonly number: number };

/** Which revision stands for `template`. */
export function decideRevision(template: PodTemplate, revisions: readonly ControllerRevision[]): RevisionDecision {
  const newest = revisions.reduce((max, { revision }) => Math.max(max, revision), 0);
  const data = revisionData(template);
  const equal = sorted(revisions).findLast((revision) => deepEqual(revision.data, data));
  if (equal === undefined) return { kind: 'create', number: newest + 1 };
  return equal.revision === newest
    ? { kind: 'use', revision: equal }
    : { kind: 'renumber', revision: equal, number: newest + 1 };
}

function sorted(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  return [...revisions].sort((a, b) => a.revision - b.revision);
}

/** Revisions to delete: the oldest of those that no pod uses, beyond the limit. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): ControllerRevision[] {
  const unused = sorted(revisions).filter((revision) => !inUse.has(revision.metadata.name ?? ''));
  return unused.slice(0, Math.max(0, unused.length - limit));
}

export interface RevisionRequest {
  readonly runtime: ControllerRuntime;
  readonly ownerType: ResourceType;
  readonly owner: RevisionOwner;
  /** `controller.kubernetes.io/hash` or `controller-revision-hash` */
  readonly hashLabel: string;
  readonly revisions: Informer;
  readonly signal: AbortSignal;
}

/** The owner's revisions, with one for its present template, made or renumbered as needed. */
export async function syncRevisions(
  request: RevisionRequest,
): Promise<{ update: ControllerRevision; all: readonly ControllerRevision[] }> {
  const { runtime, owner, ownerType, signal } = request;
  const all = (await claimObjects(runtime, {
    owner,
    ownerType,
    type: CONTROLLER_REVISIONS,
    informer: request.revisions,
    selects: (labels) => selects(owner.spec.selector, labels),
    signal,
  })) as ControllerRevision[];
  const decision = decideRevision(owner.spec.template, all);
  if (decision.kind === 'use') return { update: decision.revision, all };
  const update =
    decision.kind === 'create'
      ? await createRevision(request, decision.number)
      : await renumber(request, decision.revision, decision.number);
  await runtime.observed(CONTROLLER_REVISIONS, update, signal);
  return { update, all: [...all.filter(({ metadata }) => metadata.name !== update.metadata.name), update] };
}

async function createRevision(request: RevisionRequest, number: number): Promise<ControllerRevision> {
  const { runtime, owner, ownerType, hashLabel } = request;
  for (let collisions = owner.status?.collisionCount ?? 0; ; collisions++) {
    const hash = revisionHash(owner.spec.template, collisions);
    const revision: ControllerRevision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${owner.metadata.name ?? ''}-${hash}`,
        ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
        labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
        ...(owner.metadata.annotations === undefined ? {} : { annotations: owner.metadata.annotations }),
        ownerReferences: [newControllerRef(ownerType, owner)],
      },
      data: revisionData(owner.spec.template),
      revision: number,
    };
    try {
      return (await runtime.client.create(CONTROLLER_REVISIONS, revision)) as ControllerRevision;
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
      const { name = '', namespace } = revision.metadata;
      const taken = await runtime.client.getIfExists(CONTROLLER_REVISIONS, name, namespace);
      if (taken !== undefined && deepEqual((taken as ControllerRevision).data, revision.data)) {
        return taken as ControllerRevision;
      }
    }
  }
}

async function renumber(
  { runtime }: RevisionRequest,
  revision: ControllerRevision,
  number: number,
): Promise<ControllerRevision> {
  return (await runtime.client.update(CONTROLLER_REVISIONS, { ...revision, revision: number })) as ControllerRevision;
}

export async function removeRevisions(
  runtime: ControllerRuntime,
  revisions: readonly ControllerRevision[],
  signal: AbortSignal,
): Promise<void> {
  for (const revision of revisions) {
    const { name = '', namespace } = revision.metadata;
    try {
      await runtime.client.delete(CONTROLLER_REVISIONS, name, namespace);
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    }
    await runtime.observedDeletion(CONTROLLER_REVISIONS, revision, signal);
  }
}
