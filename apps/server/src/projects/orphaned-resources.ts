import { gvkOf, type KubeObject } from '@sekisho/kube';
import { isOrphanIgnored, type Project } from '@sekisho/project';
import { type ApplicationCondition, readTrackingId } from '@sekisho/sync';
import type { Destination } from '../applications/destinations.ts';

/** An object that no application made. */
export interface Orphan {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** How many orphans a condition names. */
const NAMED = 5;

/**
 * Objects of a namespace without an owner that no existing application tracks, as far as the project speaks of them:
 * kinds that it permits and does not ignore.
 */
export function orphansIn(
  namespace: string,
  options: {
    project: Project;
    destination: Destination;
    isApplication: (instance: string) => boolean;
    permits: (object: KubeObject) => boolean;
  },
): Orphan[] {
  const { project, destination, isApplication, permits } = options;
  const found: Orphan[] = [];
  for (const object of destination.live.inNamespace(namespace)) {
    if ((object.metadata.ownerReferences ?? []).length > 0) continue;
    const app = readTrackingId(object)?.app;
    if (app !== undefined && isApplication(app)) continue;
    const { group, kind } = gvkOf(object);
    // Applications declare; they are not what is deployed.
    if (group === 'argoproj.io' && (kind === 'Application' || kind === 'AppProject')) continue;
    const orphan = { group, kind, namespace, name: object.metadata.name ?? '' };
    if (!isOrphanIgnored(project, orphan) && permits(object)) found.push(orphan);
  }
  return found.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
}

/** Argo CD's condition, with the first ones named. */
export function orphanConditions(orphans: readonly Orphan[], { warn }: { warn: boolean }): ApplicationCondition[] {
  if (orphans.length === 0 || !warn) return [];
  const names = orphans.slice(0, NAMED).map(({ kind, name }) => `${kind} ${name}`);
  const more = orphans.length > NAMED ? ', …' : '';
  const message = `Application has ${orphans.length} orphaned resources: ${names.join(', ')}${more}`;
  return [{ type: 'OrphanedResourceWarning', message }];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
