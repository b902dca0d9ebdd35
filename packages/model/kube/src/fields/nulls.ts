import { checkDepth, isJsonObject, setOwn } from '../json.ts';
import { type FieldType, isUntyped, memberType, shapeOf } from './field-type.ts';

/**
 * The value without explicit nulls at fields that cannot be null: there null means "not set". Fields that may be null, and
 * values without a schema, keep theirs. Returns the same instance when nothing changes.
 */
export function dropNulls(type: FieldType, value: unknown): unknown {
  return dropAt(type, value, 0);
}

function dropAt(type: FieldType, value: unknown, depth: number): unknown {
  checkDepth(depth);
  const shape = shapeOf(type, value);
  if (shape === 'list' && Array.isArray(value) && type.list !== undefined) {
    const { element } = type.list;
    let out: unknown[] | undefined;
    value.forEach((item, index) => {
      const next = dropAt(element, item, depth + 1);
      if (next === item) return;
      out ??= [...value];
      out[index] = next;
    });
    return out ?? value;
  }
  if (shape !== 'map' || !isJsonObject(value) || type.map === undefined) return value;
  let changed = false;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    const below = memberType(type.map, key);
    if (member === null && below !== undefined && !below.nullable && !isUntyped(below)) {
      changed = true;
      continue;
    }
    const next = below === undefined ? member : dropAt(below, member, depth + 1);
    if (next !== member) changed = true;
    setOwn(out, key, next);
  }
  return changed ? out : value;
}
