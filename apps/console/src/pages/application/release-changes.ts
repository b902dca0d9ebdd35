import type { Release, ResourceRef } from '../../api/types.ts';
import { resourceKey } from './resource-key.ts';

export interface ReleaseChange {
  readonly object: ResourceRef;
  readonly change: 'create' | 'update' | 'prune';
}

/** What a release changed against another: objects that came, went, or have another manifest. */
export function releaseChanges(release: Release, before: Release | undefined): ReleaseChange[] {
  const old = new Map((before?.objects ?? []).map((object) => [resourceKey(object), object.digest]));
  const changes: ReleaseChange[] = [];
  for (const object of release.objects) {
    const digest = old.get(resourceKey(object));
    if (digest === undefined) changes.push({ object, change: 'create' });
    else if (digest !== object.digest) changes.push({ object, change: 'update' });
  }
  const now = new Set(release.objects.map(resourceKey));
  for (const object of before?.objects ?? []) {
    // Namespaces are made by the first sync beside what git says, and stay.
    if (object.kind !== 'Namespace' && !now.has(resourceKey(object))) changes.push({ object, change: 'prune' });
  }
  return changes;
}
