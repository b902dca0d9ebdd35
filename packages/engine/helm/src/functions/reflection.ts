import { GoObject, goFunction, isMap, type TemplateFunction, typeName, type Value } from '@sekisho/gotemplate';
import { deepEqual } from './deep.ts';

/** `reflect.Kind` of a value. */
export function kindOf(value: Value): string {
  if (value === null || value === undefined) return 'invalid';
  if (Array.isArray(value) || value instanceof Uint8Array) return 'slice';
  if (isMap(value)) return 'map';
  const type = typeName(value);
  if (type.startsWith('*')) return 'ptr';
  if (value instanceof GoObject) return 'struct';
  if (typeof value === 'function') return 'func';
  return type === 'time.Duration' ? 'int64' : type === 'time.Month' || type === 'time.Weekday' ? 'int' : type;
}

const ANY = 'interface {}';

export const reflectionFunctions: Readonly<Record<string, TemplateFunction>> = {
  typeOf: goFunction([ANY], (value: Value) => typeName(value)),
  typeIs: goFunction(['string', ANY], (type: string, value: Value) => typeName(value) === type),
  typeIsLike: goFunction(['string', ANY], (type: string, value: Value) => [type, `*${type}`].includes(typeName(value))),
  kindOf: goFunction([ANY], kindOf),
  kindIs: goFunction(['string', ANY], (kind: string, value: Value) => kindOf(value) === kind),
  deepEqual: goFunction([ANY, ANY], (a: Value, b: Value) => deepEqual(a, b)),
};
