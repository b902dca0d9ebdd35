import type { Origin } from '@sekisho/base';
import type { Rule } from '@sekisho/rego';
import { formatField, locateField } from '../field-path.ts';
import type { Explanation, GateVerdict } from './types.ts';

/** More say nothing to a person. */
const MAX_VALUES = 50;

/** Puts together what is known of a verdict. */
export function explanationOf(known: {
  readonly rule: string | undefined;
  readonly origin: Origin | undefined;
  readonly parameters?: unknown;
  readonly object: unknown;
  readonly paths: readonly (readonly (string | number)[])[];
}): Explanation {
  const { rule, origin, parameters, object, paths } = known;
  const values = new Map<string, Explanation['values'][number]>();
  for (const path of paths) {
    if (path.length === 0 || values.size >= MAX_VALUES) continue;
    const field = formatField(object, path);
    const value = valueAt(object, path);
    values.set(field, { path: field, ...(value === undefined ? {} : { value }) });
  }
  return {
    ...(rule === undefined ? {} : { rule: { text: rule, ...(origin === undefined ? {} : { origin }) } }),
    ...(parameters === undefined ? {} : { parameters }),
    values: [...values.values()],
  };
}

/** What stands in the fields that a verdict names; undefined when it names none. */
export function explanationByFields({ fields = [] }: GateVerdict, object: unknown): Explanation | undefined {
  if (fields.length === 0) return undefined;
  const paths = fields.map((field) => locateField(object, field));
  return explanationOf({ rule: undefined, origin: undefined, object, paths });
}

/** A clause as it is written, from its head to its end. */
export function textOfRule({ location }: Rule, text: string): string {
  return text.slice(location.offset, location.end);
}

function valueAt(object: unknown, path: readonly (string | number)[]): unknown {
  let value = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
