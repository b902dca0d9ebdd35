/**
 * The shape of a kind, one form for built-in types and for custom resources. Instances are shared, frozen by convention, and
 * may refer to themselves (a JSON schema contains JSON schemas): walk them along a value, never for their own sake.
 * `properties` has no prototype, so a field named `constructor` or `__proto__` is found only when the schema has it.
 */
export interface Schema {
  readonly type:
    | 'object'
    | 'array'
    | 'string'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'any'
    | 'int-or-string'
    | 'quantity';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | true;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly nullable?: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly preserveUnknownFields?: boolean;
  /** The value is a whole object: apiVersion, kind and metadata are known fields. */
  readonly embeddedResource?: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'granular' | 'atomic';
  readonly structType?: 'granular' | 'atomic';
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly constraints?: SchemaConstraints;
  /**
   * Only in built-in types: the name of the Go type (`core/v1.Container`). Such values follow Go's decoder: null is the same as
   * absent, `required` belongs to the published document and is checked by validateBuiltin.
   */
  readonly goType?: string;
  /** Only in built-in types: the API server drops the field when it holds 0, false, "", [] or {}. */
  readonly omitZero?: boolean;
}

/** What a schema says about values beyond their type. */
export interface SchemaConstraints {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** RE2, unanchored. */
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  /** x-kubernetes-validations as written; not evaluated. */
  readonly validations?: readonly unknown[];
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own property whatever its name is: a plain assignment to `__proto__` would change the prototype instead. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
