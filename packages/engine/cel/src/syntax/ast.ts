import type { CelValue } from '../value/value.ts';

/** Where a node begins: index into the text, in UTF-16 units. */
interface Placed {
  readonly at: number;
  /** Nodes on the longest way down from here, this one counted. */
  readonly depth: number;
}

export interface Literal extends Placed {
  readonly type: 'literal';
  readonly value: CelValue;
}

export interface Identifier extends Placed {
  readonly type: 'identifier';
  /** A leading dot: looked up from the root, past the container and past locals. */
  readonly isAbsolute: boolean;
  readonly name: string;
}

export interface Select extends Placed {
  readonly type: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** `.?field` */
  readonly isOptional: boolean;
}

export interface Index extends Placed {
  readonly type: 'index';
  readonly operand: Expression;
  readonly key: Expression;
  /** `[?key]` */
  readonly isOptional: boolean;
}

export interface Call extends Placed {
  readonly type: 'call';
  readonly target?: Expression;
  /** Operators are called `_+_`, `!_`, `-_`, `@in` and so on. */
  readonly name: string;
  readonly isAbsolute: boolean;
  readonly args: readonly Expression[];
}

/** `&&` and `||` over two or more operands. */
export interface Logical extends Placed {
  readonly type: 'logical';
  readonly operator: '&&' | '||';
  readonly operands: readonly Expression[];
}

export interface Conditional extends Placed {
  readonly type: 'conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}

export interface ListLiteral extends Placed {
  readonly type: 'list';
  readonly elements: readonly { readonly value: Expression; readonly isOptional: boolean }[];
}

export interface MapLiteral extends Placed {
  readonly type: 'map';
  readonly entries: readonly {
    readonly key: Expression;
    readonly value: Expression;
    readonly isOptional: boolean;
  }[];
}

/** `type.name{field: value}` */
export interface MessageLiteral extends Placed {
  readonly type: 'message';
  readonly name: string;
  readonly isAbsolute: boolean;
  readonly fields: readonly {
    readonly name: string;
    readonly value: Expression;
    readonly isOptional: boolean;
    readonly at: number;
  }[];
}

/** `has(operand.field)` */
export interface Has extends Placed {
  readonly type: 'has';
  readonly select: Select;
}

export type FoldKind = 'all' | 'exists' | 'existsOne' | 'map' | 'filter' | 'transformMap' | 'transformMapEntry';

/** A macro that goes over a list or the keys of a map. */
export interface Fold extends Placed {
  readonly type: 'fold';
  readonly kind: FoldKind;
  readonly range: Expression;
  /** One: element or key. Two: index and element, or key and value. */
  readonly variables: readonly string[];
  /** What decides; of `map` and the transforms: which take part. */
  readonly predicate?: Expression;
  /** What `map` and the transforms make of each. */
  readonly transform?: Expression;
}

/** `cel.bind(name, value, body)`, and what `optMap` and `optFlatMap` do with a value that is there. */
export interface Bind extends Placed {
  readonly type: 'bind';
  readonly kind: 'bind' | 'optMap' | 'optFlatMap';
  readonly name: string;
  readonly value: Expression;
  readonly body: Expression;
}

export type Expression =
  | Literal
  | Identifier
  | Select
  | Index
  | Call
  | Logical
  | Conditional
  | ListLiteral
  | MapLiteral
  | MessageLiteral
  | Has
  | Fold
  | Bind;
