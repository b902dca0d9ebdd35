import { isSekishoError } from '@sekisho/base';
import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import { type ApplyRequest, changeContext, emptyLike, reconcileOwners } from './apply.ts';
import { capOwners, type Owners, readOwners, writeOwners } from './managed-fields.ts';
import { recordUpdate, withManagedFields } from './ownership.ts';

export interface UpdateRequest
  extends Pick<ApplyRequest, 'schema' | 'manager' | 'time' | 'subresource' | 'apiVersion' | 'resetFields'> {
  /** Undefined for a create. */
  readonly live?: KubeObject | undefined;
  /** The object to be stored. Its own managedFields count (an empty list stops tracking), except with a subresource. */
  readonly updated: KubeObject;
  readonly operation: 'Update';
}

/**
 * Records who owns what after a create, update or patch. Never fails: entries that cannot be read are dropped, as the API
 * server does. Returns `updated` itself when its managedFields are right already.
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function trackUpdate(request: UpdateRequest): KubeObject {
  const { live, updated } = request;
  const context = changeContext(request);
  const owners = reconcileOwners(context, ownersOf(request));
  // An object that nobody tracked (or whose tracking was reset) starts again with the first apply.
  if (owners.size === 0 && live !== undefined) return withManagedFields(updated, []);
  const before = live === undefined ? emptyLike(updated) : withManagedFields(live, []);
  recordUpdate(context, owners, before, withManagedFields(updated, []));
  capOwners(owners);
  return withManagedFields(updated, writeOwners(owners));
}

function ownersOf(request: UpdateRequest): Owners {
  const liveEntries = request.live?.metadata?.managedFields;
  if ((request.subresource ?? '') !== '') return readable(liveEntries) ?? new Map();
  const entries = request.updated.metadata?.managedFields;
  if (isReset(entries)) return new Map();
  const owners = readable(entries);
  return owners === undefined || owners.size === 0 ? (readable(liveEntries) ?? new Map()) : owners;
}

/** `[]` or `[{}]`: the client asks to forget. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (!Array.isArray(entries)) return false;
  const [first] = entries;
  return first === undefined || (entries.length === 1 && typeof first === 'object' && Object.keys(first).length === 0);
}

function readable(entries: readonly ManagedFieldsEntry[] | undefined): Owners | undefined {
  try {
    return readOwners(entries);
  } catch (error) {
    if (isSekishoError(error, 'FIELDS_INVALID')) return undefined;
    throw error;
  }
}
