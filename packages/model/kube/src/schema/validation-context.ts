import type { FieldError } from './field-error.ts';
import type { Schema } from './schema.ts';

/** A key of a map, as opposed to a field of a struct. */
interface MapKey {
  readonly key: string;
}

/** What is being looked at: built-in values follow Go's decoder, custom ones the OpenAPI validator. */
export interface ValidationContext {
  readonly errors: FieldError[];
  /** Where we are: fields, list indices, keys of built-in maps. Made into text only when something is wrong. */
  readonly path: (string | number | MapKey)[];
  /** Inside a built-in type. */
  go: boolean;
  /** The innermost Go struct. */
  struct: string;
  /** Holds a part of the value against a part of the schema, for rules that contain schemas. */
  readonly validate: (schema: Schema, value: unknown, context: ValidationContext) => void;
}

/** `spec.containers[0].name` */
export function pathText(context: ValidationContext): string {
  let text = '';
  for (const segment of context.path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (typeof segment === 'object') text += `[${segment.key}]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}
