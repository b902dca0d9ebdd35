import type { Origin } from '@sekisho/base';
import type { ApplicationComparison, FieldChange } from '@sekisho/sync';

/** What a sync would do to one resource. Values of Secrets are masked. */
export interface ResourceDiff {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'create' | 'update' | 'prune';
  readonly origin?: Origin;
  readonly changes: readonly FieldChange[];
}

/** Only resources that differ and that count. */
export function diffResources(comparison: ApplicationComparison): ResourceDiff[] {
  const diffs: ResourceDiff[] = [];
  for (const resource of comparison.resources) {
    if (resource.status !== 'OutOfSync' || resource.hook) continue;
    const { group, kind, namespace, name, desired, live, changes = [] } = resource;
    diffs.push({
      group,
      kind,
      namespace,
      name,
      change: live === undefined ? 'create' : resource.requiresPruning ? 'prune' : 'update',
      ...(desired === undefined ? {} : { origin: desired.origin }),
      changes,
    });
  }
  return diffs;
}
