import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { kindRank } from '../kind-order.ts';
import { definedKind } from '../place-object.ts';
import type { SyncPhase } from './hook.ts';

const phases: Readonly<Record<SyncPhase, number>> = {
  PreSync: -1,
  Sync: 0,
  PostSync: 1,
  SyncFail: 2,
  PreDelete: 3,
  PostDelete: 4,
};

/** What ordering looks at; `phase` and `wave` may be changed by it. */
export interface Orderable {
  phase: SyncPhase;
  wave: number;
  readonly kind: 'apply' | 'prune';
  readonly object: KubeObject;
}

export function comparePhases(a: SyncPhase, b: SyncPhase): number {
  return phases[a] - phases[b];
}

/**
 * Sorts in place by phase, wave, kind, name; then moves what an earlier task needs in front of that task, into its phase
 * and wave: a Waiver (of anything), a Namespace, a CustomResourceDefinition or ConstraintTemplate.
 */
export function orderTasks<T extends Orderable>(tasks: T[]): void {
  tasks.sort(compareTasks);
  moveDependencies(tasks, waiving, (object) => (namespaceName(object) === '' ? WAIVED : ''));
  moveDependencies(tasks, namespaceName, (object) => object.metadata.namespace ?? '');
  moveDependencies(tasks, broughtKind, (object) => `${parseApiVersion(object.apiVersion).group}/${object.kind}`);
}

function compareTasks(a: Orderable, b: Orderable): number {
  const phase = comparePhases(a.phase, b.phase);
  if (phase !== 0) return phase;
  if (a.wave !== b.wave) return a.wave - b.wave;
  const rank = kindRank(a.object.kind) - kindRank(b.object.kind);
  if (rank !== 0) return rank;
  return (
    compareText(a.object.metadata.name ?? '', b.object.metadata.name ?? '') ||
    compareText(a.object.kind, b.object.kind) ||
    compareText(a.object.metadata.namespace ?? '', b.object.metadata.namespace ?? '')
  );
}

function moveDependencies<T extends Orderable>(
  tasks: T[],
  provides: (object: KubeObject) => string,
  needs: (object: KubeObject) => string,
): void {
  const firstNeed = new Map<string, number>();
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i];
    if (task === undefined || task.kind === 'prune') continue;
    const provided = provides(task.object);
    if (provided === '') {
      const needed = needs(task.object);
      if (needed !== '' && !firstNeed.has(needed)) firstNeed.set(needed, i);
      continue;
    }
    const at = firstNeed.get(provided);
    const dependent = at === undefined ? undefined : tasks[at];
    if (at === undefined || dependent === undefined) continue;
    task.phase = dependent.phase;
    task.wave = dependent.wave;
    tasks.splice(i, 1);
    tasks.splice(at, 0, task);
    for (const [key, index] of firstNeed) if (index >= at) firstNeed.set(key, index + 1);
  }
}

function namespaceName(object: KubeObject): string {
  return object.kind === 'Namespace' && object.apiVersion === 'v1' ? (object.metadata.name ?? '') : '';
}

/** Everything may be what a waiver is about. */
const WAIVED = 'waived';

function waiving(object: KubeObject): string {
  return isWaiver(object) ? WAIVED : '';
}

/** Sekisho's Waiver: says which policies don't count for some objects, so it has to be there before them. */
export function isWaiver(object: KubeObject): boolean {
  return object.kind === 'Waiver' && parseApiVersion(object.apiVersion).group === 'sekisho.dev';
}

/** `group/Kind` that a definition brings. */
function broughtKind(object: KubeObject): string {
  const defined = definedKind(object);
  return defined === undefined ? '' : `${defined.group}/${defined.kind}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
