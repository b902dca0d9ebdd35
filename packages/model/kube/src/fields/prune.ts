import { FieldSet } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import type { Owners } from './managed-fields.ts';
import { withNamedFields } from './named-fields.ts';
import { removeFields } from './remove.ts';
import { statedFields } from './stated-fields.ts';

/**
 * Removes from a merged object what the applier stated last time and nobody owns now. List items and maps stay while
 * somebody owns something in them, and so does what lies in them without an owner.
 * @param owners everybody, with the applier's new set
 * @param last   what the applier owned before; undefined on its first apply
 * @see structured-merge-diff, prune with its two steps of adding back
 */
export function pruneFields(type: FieldType, merged: unknown, owners: Owners, last: FieldSet | undefined): unknown {
  if (last === undefined || last.isEmpty) return merged;
  let owned = FieldSet.empty;
  for (const owner of owners.values()) owned = owned.union(owner.set);
  if (last.difference(owned).isEmpty) return merged;

  const lastNamed = withNamedFields(type, last);
  const present = withNamedFields(type, statedFields(type, merged));
  const fieldsOf = (value: unknown): FieldSet => withNamedFields(type, statedFields(type, value));

  const withoutLast = removeFields(type, merged, lastNamed);
  const keep = fieldsOf(withoutLast).union(withNamedFields(type, owned));
  const withOwned = removeFields(type, merged, present.difference(keep));
  const gone = present.difference(fieldsOf(withOwned)).intersection(lastNamed);
  return gone.isEmpty ? merged : removeFields(type, merged, gone);
}
