import { SekishoError } from '@sekisho/base';
import { ownValue } from '../json.ts';
import type { Schema } from '../schema/schema.ts';

/** How a field takes part in strategic merge patches. */
export interface PatchMeta {
  /** Of the field's value; of one item when the field is a list. Undefined when the schema does not say. */
  readonly schema: Schema | undefined;
  /** Lists: `merge` by key or as a set, else replaced. Maps: merged, unless `replace`. */
  readonly strategy: 'merge' | 'replace' | '';
  /** Union types: a patch names the keys that may stay. */
  readonly retainKeys: boolean;
  /** Identity of list items; '' for lists of primitives. */
  readonly mergeKey: string;
}

const unknownField: PatchMeta = { schema: undefined, strategy: '', retainKeys: false, mergeKey: '' };

export function patchMetaOf(schema: Schema | undefined, key: string): PatchMeta {
  if (schema === undefined) return unknownField;
  const declared =
    schema.properties === undefined ? undefined : (ownValue(schema.properties, key) as Schema | undefined);
  const field = declared ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
  if (field === undefined) return unknownField;
  const strategies = field.patchStrategy?.split(',') ?? [];
  return {
    schema: field.type === 'array' ? field.items : field,
    strategy: strategies.includes('merge') ? 'merge' : strategies.includes('replace') ? 'replace' : '',
    retainKeys: strategies.includes('retainKeys'),
    mergeKey: field.patchMergeKey ?? '',
  };
}

export const directive = '$patch';
export const retainKeysDirective = '$retainKeys';
export const deleteFromListPrefix = '$deleteFromPrimitiveList';
export const elementOrderPrefix = '$setElementOrder';

/** The field that a `$…/field` directive is about. */
export function directiveTarget(key: string, prefix: string): string {
  if (!key.startsWith(`${prefix}/`))
    throw patchInvalid(`${JSON.stringify(key)} does not name a field after ${prefix}/`);
  return key.slice(prefix.length + 1);
}

export function patchInvalid(problem: string): SekishoError {
  return new SekishoError('PATCH_INVALID', `The strategic merge patch cannot be applied: ${problem}`, {
    hint: 'Give each list item its merge key, and use directives as the Kubernetes documentation shows.',
  });
}
