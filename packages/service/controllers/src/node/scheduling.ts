import type { KubeObject } from '@sekisho/kube';
import type { NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration } from '../kinds/pod.ts';
import { selects } from '../kinds/selector.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Node extends KubeObject {
  spec: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[]; readonly podCIDR?: string };
}

export interface ClaimState {
  /** Undefined when the claim does not exist. */
  phaseOf(namespace: string, claim: string): string | undefined;
}

export type Placement = { readonly node: string } | { readonly unschedulable: string };

/** Picks the first node (by name) that takes the pod, or says why none does, in the scheduler's words. */
export function placePod(pod: Pod, nodes: readonly Node[], claims: ClaimState): Placement {
  const volumeProblem = unboundClaim(pod, claims);
  if (volumeProblem !== undefined) return { unschedulable: withCount(nodes.length, volumeProblem) };
  if (nodes.length === 0) return { unschedulable: 'no nodes available to schedule pods' };
  const reasons = new Map<string, number>();
  for (const node of [...nodes].sort(byName)) {
    const reason = refusal(pod, node);
    if (reason === undefined) return { node: node.metadata.name ?? '' };
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const list = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return {
    unschedulable: `${withCount(nodes.length, list.join(', '))} preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`,
  };
}

function withCount(nodes: number, reason: string): string {
  return `0/${nodes} nodes are available: ${reason}.`;
}

function byName(a: Node, b: Node): number {
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

function unboundClaim(pod: Pod, claims: ClaimState): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const claim =
      volume.persistentVolumeClaim?.claimName ??
      (volume.ephemeral === undefined ? undefined : `${pod.metadata.name ?? ''}-${volume.name}`);
    if (claim === undefined) continue;
    const phase = claims.phaseOf(pod.metadata.namespace ?? '', claim);
    if (phase === undefined) return `persistentvolumeclaim "${claim}" not found`;
    if (phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

function refusal(pod: Pod, node: Node): string | undefined {
  if (node.spec?.unschedulable === true && !tolerates(pod, UNSCHEDULABLE)) return 'node(s) were unschedulable';
  const taint = (node.spec?.taints ?? []).find(
    (candidate) => candidate.effect !== 'PreferNoSchedule' && !tolerates(pod, candidate),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!matchesNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return undefined;
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export function tolerates(pod: Pod, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));
}

function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  const exists = toleration.operator === 'Exists';
  if (toleration.key === undefined || toleration.key === '') return exists;
  if (toleration.key !== taint.key) return false;
  return exists || (toleration.value ?? '') === (taint.value ?? '');
}

/** nodeSelector and required node affinity. */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!selects({ matchLabels: pod.spec.nodeSelector ?? {} }, labels)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name ?? '' };
  const asSelector = (requirements: readonly NodeSelectorRequirement[]) => ({ matchExpressions: requirements });
  return selects(asSelector(matchExpressions), node.metadata.labels ?? {}) && selects(asSelector(matchFields), fields);
}
