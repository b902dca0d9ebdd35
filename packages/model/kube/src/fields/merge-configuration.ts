import { SekishoError } from '@sekisho/base';
import { isJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { type FieldType, memberType, objectTypeOf, shapeOf } from './field-type.ts';
import { mergeApplied } from './merge.ts';
import { dropNulls } from './nulls.ts';
import { readApplied } from './stated-fields.ts';

/**
 * Lays an apply configuration over an object, as a MutatingAdmissionPolicy does: nobody owns what it sets, and nothing is taken away.
 * Lists and maps that have only one owner as a whole are refused, for what it does not repeat would be lost.
 *
 * @param schema  of the whole object; undefined: lists are such, maps are not
 * @param applied  need not name the object
 * @returns `object` itself when nothing changed
 * @throws SekishoError APPLY_INVALID | OBJECT_TOO_DEEP
 * @see apiserver, policy/mutating/patch: ApplyStructuredMergeDiff
 */
export function mergeConfiguration(schema: Schema | undefined, object: KubeObject, applied: unknown): KubeObject {
  const type = objectTypeOf(schema);
  const { problems, hasNull } = readApplied(type, applied);
  const faults = problems.length > 0 ? problems : wholes(type, applied, '');
  if (faults.length > 0)
    throw new SekishoError('APPLY_INVALID', faults.join('; '), {
      hint: 'Correct the named fields of the configuration.',
      details: { code: 500, problems: faults },
    });
  const merged = mergeApplied(type, object, applied) as KubeObject;
  return hasNull ? (dropNulls(type, merged) as KubeObject) : merged;
}

/** What would be replaced as a whole. */
function wholes(type: FieldType, value: unknown, path: string): readonly string[] {
  const shape = shapeOf(type, value);
  if (shape === 'list' && Array.isArray(value) && type.list !== undefined) {
    if (!type.list.associative) return [`${path}: may not mutate lists, maps or structs that are atomic`];
    const { element } = type.list;
    return value.flatMap((item: unknown, index) => wholes(element, item, `${path}[${index}]`));
  }
  if (shape !== 'map' || !isJsonObject(value) || type.map === undefined) return [];
  if (type.map.atomic) return [`${path}: may not mutate lists, maps or structs that are atomic`];
  const { map } = type;
  return Object.entries(value).flatMap(([key, member]) => {
    const inner = memberType(map, key);
    return inner === undefined ? [] : wholes(inner, member, `${path}.${key}`);
  });
}
