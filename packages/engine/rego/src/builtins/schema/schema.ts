import type { NumberValue } from '../../value/number.ts';
import type { Value } from '../../value/value.ts';

export type SchemaType = 'array' | 'boolean' | 'integer' | 'number' | 'null' | 'object' | 'string';

export interface Bound {
  readonly value: NumberValue;
  readonly exclusive: boolean;
}

/** Tests a text against a pattern, in time linear in the text. */
export type Pattern = { readonly source: string; readonly matches: (text: string) => boolean };

/** A checked JSON schema, drafts 4 to 7. `$ref` makes cycles: filled in after its target was made. */
export interface Schema {
  /** The schemas `true` and `false`. */
  always?: boolean;
  ref?: Schema;
  types?: readonly SchemaType[];
  properties?: ReadonlyMap<string, Schema>;
  patternProperties?: readonly { readonly pattern: Pattern; readonly schema: Schema }[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  required?: readonly string[];
  dependencies?: ReadonlyMap<string, Schema | readonly string[]>;
  minProperties?: number;
  maxProperties?: number;
  items?: Schema | readonly Schema[];
  additionalItems?: Schema | boolean;
  contains?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  multipleOf?: NumberValue;
  minimum?: Bound;
  maximum?: Bound;
  minLength?: number;
  maxLength?: number;
  pattern?: Pattern;
  format?: string;
  enum?: readonly Value[];
  const?: Value;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  not?: Schema;
  if?: Schema;
  thenSchema?: Schema;
  else?: Schema;
}

/** Why a value is no JSON schema, as OPA's library words it. */
export class SchemaFault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}
