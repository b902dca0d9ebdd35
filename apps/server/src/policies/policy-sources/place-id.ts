import { createHash } from 'node:crypto';
import type { FilesPlace } from '@sekisho/policy';

/** Names a place; what was fetched from it is kept under this name. */
export function idOfPlace(place: FilesPlace): string {
  const fields =
    place.kind === 'git' ? [place.kind, place.repoURL, place.targetRevision, place.path] : [place.kind, place.url];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
