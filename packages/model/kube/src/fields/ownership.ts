import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import { type Comparison, compareFields } from './compare.ts';
import { conflictsOver, type FieldConflict } from './conflict.ts';
import { FieldSet } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { type Owner, type Owners, ownerId, setOwned, unownedFields } from './managed-fields.ts';

/** Who makes a change, and how. */
export interface ChangeContext {
  readonly type: FieldType;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  /** Fields that this request cannot change (such as `status` on the main resource): nobody gains or loses them. */
  readonly resetFields: FieldSet;
}

/** Compares two states, leaving out the fields that the request cannot change. */
export function compareChange(context: ChangeContext, before: unknown, after: unknown): Comparison {
  const comparison = compareFields(context.type, before, after);
  const { resetFields } = context;
  if (resetFields.isEmpty) return comparison;
  return {
    added: comparison.added.recursiveDifference(resetFields),
    modified: comparison.modified.recursiveDifference(resetFields),
    removed: comparison.removed.recursiveDifference(resetFields),
  };
}

/** Fields of other owners that a change adds or gives another value, by owner. */
export function contestedFields(owners: Owners, selfId: string, changes: Comparison): Map<string, FieldSet> {
  const contested = new Map<string, FieldSet>();
  const touched = changes.modified.union(changes.added);
  if (touched.isEmpty) return contested;
  for (const [id, owner] of owners) {
    if (id === selfId) continue;
    const set = owner.set.intersection(touched);
    if (!set.isEmpty) contested.set(id, set);
  }
  return contested;
}

export function conflictList(owners: Owners, contested: ReadonlyMap<string, FieldSet>): FieldConflict[] {
  return [...contested.keys()].sort().flatMap((id) => {
    const owner = owners.get(id);
    return owner === undefined ? [] : conflictsOver(owner, contested.get(id) ?? FieldSet.empty);
  });
}

/** Takes contested and removed fields away from everybody but `selfId`. */
export function yieldFields(
  owners: Owners,
  selfId: string,
  contested: ReadonlyMap<string, FieldSet>,
  removed: FieldSet,
): void {
  for (const [id, owner] of [...owners]) {
    if (id === selfId) continue;
    const lost = contested.get(id);
    const kept = lost === undefined ? owner.set : owner.set.difference(lost);
    setOwned(owners, id, owner, kept.difference(removed));
  }
}

/** Records an update: its manager gains what it added and changed, everybody loses what is gone. */
export function recordUpdate(context: ChangeContext, owners: Owners, before: unknown, after: unknown): void {
  const changes = compareChange(context, before, after);
  yieldFields(owners, '', contestedFields(owners, '', changes), changes.removed);
  const gained = changes.modified
    .union(changes.added)
    .recursiveDifference(context.resetFields)
    .difference(unownedFields);
  if (gained.isEmpty) return;
  const self = updateOwner(context);
  const id = ownerId(self);
  const previous = owners.get(id);
  owners.set(id, { ...self, ...previous, time: context.time, set: previous?.set.union(gained) ?? gained });
}

function updateOwner(context: ChangeContext): Owner {
  const { manager, apiVersion, subresource, time } = context;
  return { manager, operation: 'Update', apiVersion, subresource, time, set: FieldSet.empty };
}

/** The object with these entries; the object itself when it has exactly them. */
export function withManagedFields(object: KubeObject, entries: readonly ManagedFieldsEntry[]): KubeObject {
  const { managedFields: current, ...metadata } = object.metadata ?? {};
  if (entries.length === 0) return current === undefined ? object : { ...object, metadata };
  if (current?.length === entries.length && current.every((entry, index) => entry === entries[index])) return object;
  return { ...object, metadata: { ...metadata, managedFields: [...entries] } };
}
