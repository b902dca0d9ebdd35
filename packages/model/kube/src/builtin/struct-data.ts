/**
 * How the facts about a Go struct type of Kubernetes are written down, in generated and in hand-written tables.
 *
 * A type is a word: `string`, `string:byte`, `string:date-time`, `integer:int32`, `boolean`, `quantity`, `int-or-string`,
 * `object:any`, `any`, `schema-or-any` (a JSON schema, or a boolean, or a list of schemas); `[T` is a list of T, `{T` a map
 * from strings to T; `=name` a named string with a closed set of values (see enumData), `~name` one that takes any;
 * anything else names another struct.
 */
export type TypeText = string;

export interface FieldAttributes {
  /** Required by the published schema. The API server itself checks by hand-written rules. */
  readonly r?: 1;
  /** Default by the published schema. */
  readonly d?: unknown;
  /** x-kubernetes-list-type. */
  readonly l?: 'atomic' | 'set' | 'map';
  /** x-kubernetes-list-map-keys. */
  readonly k?: readonly string[];
  /** x-kubernetes-map-type of a map, and of a struct. */
  readonly m?: 'granular' | 'atomic';
  readonly s?: 'granular' | 'atomic';
  /** Strategic merge: patchStrategy and patchMergeKey. */
  readonly ps?: string;
  readonly pk?: string;
  /** Go's encoder drops the field when it holds the zero value of its type. */
  readonly z?: 1;
}

export type FieldData = TypeText | readonly [TypeText, FieldAttributes];

export interface StructData {
  /** Has apiVersion and kind. */
  readonly kind?: 1;
  /** Applied as a whole (x-kubernetes-map-type: atomic). */
  readonly atomic?: 1;
  /** Takes any field. */
  readonly open?: 1;
  readonly f: Readonly<Record<string, FieldData>>;
}
