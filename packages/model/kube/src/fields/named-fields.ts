import { FieldSet } from './field-set.ts';
import { type FieldType, memberType } from './field-type.ts';
import type { PathElement } from './path-element.ts';

/**
 * The set with every declared struct field on the way as a member too: owning `.spec.replicas` then means owning `.spec`,
 * but owning a label does not mean owning the map of labels.
 * @see structured-merge-diff, EnsureNamedFieldsAreMembers
 */
export function withNamedFields(type: FieldType | undefined, set: FieldSet): FieldSet {
  if (set.children === undefined) return set;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, child] of set.children) {
    let next = withNamedFields(typeBelow(type, element), child);
    const named = element.startsWith('f:') && type?.map?.field(element.slice(2)) !== undefined;
    if (named && !next.isMember) next = FieldSet.node(true, next.children);
    if (next === child) continue;
    children ??= new Map(set.children);
    children.set(element, next);
  }
  return children === undefined ? set : FieldSet.node(set.isMember, children);
}

function typeBelow(type: FieldType | undefined, element: PathElement): FieldType | undefined {
  if (type === undefined) return undefined;
  if (element.startsWith('f:')) return type.map === undefined ? undefined : memberType(type.map, element.slice(2));
  return element.startsWith('k:') ? type.list?.element : undefined;
}
