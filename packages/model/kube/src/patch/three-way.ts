import { SekishoError } from '@sekisho/base';
import { isJsonObject, type JsonObject, ownValue } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { createThreeWayMergePatch } from './merge-patch.ts';
import { createStrategicMergePatch } from './strategic-diff.ts';
import { mergeMaps } from './strategic-merge.ts';

/**
 * The patch of kubectl's client-side apply: removes what `original` (the last applied configuration) had and `modified` has
 * not, sets what `modified` states differently from `current`, and leaves the rest of `current` alone.
 * @param schema with one the patch is a strategic merge patch, else a JSON merge patch (custom resources)
 * @param original undefined when nothing was applied before
 * @returns {} when nothing is to be changed
 * @throws SekishoError PATCH_INVALID | PATCH_PRECONDITION_FAILED (a JSON merge patch would change apiVersion, kind or name)
 *   | OBJECT_TOO_DEEP
 * @see kubectl apply, strategicpatch.CreateThreeWayMergePatch, jsonmergepatch.CreateThreeWayJSONMergePatch
 */
export function createThreeWayPatch(
  schema: Schema | undefined,
  original: unknown,
  modified: unknown,
  current: unknown,
): JsonObject {
  const [from, to, live] = [original, modified, current].map((value) => (isJsonObject(value) ? value : {}));
  if (from === undefined || to === undefined || live === undefined) return {};
  if (schema === undefined) {
    const patch = createThreeWayMergePatch(from, to, live);
    requireIdentity(patch);
    return patch;
  }
  const changes = createStrategicMergePatch(schema, live, to, { deletions: false, changes: true });
  const deletions = createStrategicMergePatch(schema, from, to, { deletions: true, changes: false });
  return mergeMaps(schema, deletions, changes, 'combine', 0);
}

function requireIdentity(patch: JsonObject): void {
  const metadata = ownValue(patch, 'metadata');
  const changed = [
    ...['apiVersion', 'kind'].filter((key) => Object.hasOwn(patch, key)),
    ...(isJsonObject(metadata) && Object.hasOwn(metadata, 'name') ? ['metadata.name'] : []),
  ];
  if (changed.length === 0) return;
  throw new SekishoError('PATCH_PRECONDITION_FAILED', `A patch must not change ${changed.join(', ')}`, {
    hint: 'Delete the old object and create the new one.',
  });
}
