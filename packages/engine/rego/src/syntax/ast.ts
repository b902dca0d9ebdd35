import type { NumberValue } from '../value/number.ts';
import type { Location } from './location.ts';

/** Which syntax a module is written in: with `import rego.v1` a v0 file is read as v1. */
export type RegoVersion = 'v0' | 'v1';

export type Term =
  | NullTerm
  | BooleanTerm
  | NumberTerm
  | StringTerm
  | TemplateStringTerm
  | VarTerm
  | RefTerm
  | ArrayTerm
  | ObjectTerm
  | SetTerm
  | CallTerm
  | ArrayComprehensionTerm
  | SetComprehensionTerm
  | ObjectComprehensionTerm;

interface Located {
  readonly location: Location;
}

export interface NullTerm extends Located {
  readonly kind: 'null';
}
export interface BooleanTerm extends Located {
  readonly kind: 'boolean';
  readonly value: boolean;
}
export interface NumberTerm extends Located {
  readonly kind: 'number';
  readonly value: NumberValue;
  /** As written: `1e3`, `1.50`. */
  readonly text: string;
}
export interface StringTerm extends Located {
  readonly kind: 'string';
  readonly value: string;
  /** Written in backticks. */
  readonly raw?: boolean;
}
/** `$"a {x}"`: texts and expressions by turns. */
export interface TemplateStringTerm extends Located {
  readonly kind: 'templateString';
  readonly parts: readonly (StringTerm | Expr)[];
  readonly raw: boolean;
}
/** A wildcard `_` is a variable of its own: `$0`, `$1`, … in the order of the module. */
export interface VarTerm extends Located {
  readonly kind: 'var';
  readonly name: string;
}
/** `head` and at least one argument. `a.b[x]` is head `a`, arguments `"b"`, `x`. */
export interface RefTerm extends Located {
  readonly kind: 'ref';
  readonly head: Term;
  readonly args: readonly Term[];
}
export interface ArrayTerm extends Located {
  readonly kind: 'array';
  readonly items: readonly Term[];
}
export interface ObjectTerm extends Located {
  readonly kind: 'object';
  readonly entries: readonly (readonly [key: Term, value: Term])[];
}
export interface SetTerm extends Located {
  readonly kind: 'set';
  readonly items: readonly Term[];
}
/**
 * `f(x)` as a value. The operator is a var (`count`) or a ref (`json.unmarshal`, `data.lib.f`). Infix operators are calls of
 * the built-in that they stand for: `plus`, `minus`, `mul`, `div`, `rem`, `and`, `or`, `equal`, `neq`, `lt`, `lte`, `gt`,
 * `gte`, `eq` (`=`), `assign` (`:=`), `internal.member_2`, `internal.member_3` (`in`).
 */
export interface CallTerm extends Located {
  readonly kind: 'call';
  readonly operator: VarTerm | RefTerm;
  readonly args: readonly Term[];
  /** Written between its operands. `-x` is `minus` of a zero of no width and x. For the formatter. */
  readonly infix?: boolean;
}
export interface ArrayComprehensionTerm extends Located {
  readonly kind: 'arrayComprehension';
  readonly term: Term;
  readonly body: Body;
}
export interface SetComprehensionTerm extends Located {
  readonly kind: 'setComprehension';
  readonly term: Term;
  readonly body: Body;
}
export interface ObjectComprehensionTerm extends Located {
  readonly kind: 'objectComprehension';
  readonly key: Term;
  readonly value: Term;
  readonly body: Body;
}

/** Expressions that must all hold. Never empty: a rule without a body has the one expression `true`, marked generated. */
export type Body = readonly Expr[];

export interface Expr extends Located {
  readonly negated: boolean;
  readonly what: ExprKind;
  readonly with: readonly With[];
  /** Not written by the user. */
  readonly generated?: boolean;
}

export type ExprKind =
  /** Any term; calls and infix operators are call terms. */
  | { readonly kind: 'term'; readonly term: Term }
  /** `some x, y`: variables. `some x in xs`, `some k, v in xs`: one call of internal.member_2 or internal.member_3. */
  | { readonly kind: 'some'; readonly symbols: readonly Term[] }
  | {
      readonly kind: 'every';
      readonly key: VarTerm | undefined;
      readonly value: VarTerm;
      readonly domain: Term;
      readonly body: Body;
    };

export interface With extends Located {
  /** A ref or var: `input`, `input.a.b`, `data.x`, `http.send`. */
  readonly target: VarTerm | RefTerm;
  readonly value: Term;
}

export interface Head extends Located {
  /** Name and path of the rule. Of `p contains x` the path without x; of `p[k] := v` with k; of v0's `p[x] {…}` without x. */
  readonly ref: VarTerm | RefTerm;
  /** Parameters; undefined for rules that are no functions. */
  readonly args?: readonly Term[];
  /** The member of a set rule (`contains x`). */
  readonly key?: Term;
  /** The value; a set rule has none, otherwise `true` when not written. */
  readonly value?: Term;
  /** Written `:=`. */
  readonly assign: boolean;
  /** The value was not written. */
  readonly generatedValue?: boolean;
}

export interface Rule extends Located {
  readonly isDefault: boolean;
  readonly head: Head;
  readonly body: Body;
  /** No body was written (a constant or `p := 1`). */
  readonly generatedBody?: boolean;
  readonly else?: Rule;
  readonly annotations: readonly Annotations[];
}

export interface Import extends Located {
  /** `data.a.b`, `input.x`, `rego.v1`, `future.keywords.in`. */
  readonly path: VarTerm | RefTerm;
  readonly alias?: string;
}

export interface Package extends Located {
  /** Without `data`: `package a.b["c-d"]` is `['a', 'b', 'c-d']`. */
  readonly path: readonly string[];
}

export interface Comment extends Located {
  /** After `#`. */
  readonly text: string;
}

/** A `# METADATA` block. */
export interface Annotations extends Located {
  readonly scope: 'rule' | 'document' | 'package' | 'subpackages';
  readonly title?: string;
  readonly description?: string;
  readonly entrypoint?: boolean;
  readonly organizations?: readonly string[];
  readonly relatedResources?: readonly { readonly ref: string; readonly description?: string }[];
  readonly authors?: readonly { readonly name?: string; readonly email?: string }[];
  /** `path` (`input.x`) with the name of a schema (`schema.foo`) or a JSON schema written inline. */
  readonly schemas?: readonly { readonly path: string; readonly schema?: string; readonly definition?: unknown }[];
  readonly custom?: Readonly<Record<string, unknown>>;
}

export interface Module {
  readonly file: string;
  /** The syntax that it was read in. */
  readonly version: RegoVersion;
  readonly package: Package;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
  readonly comments: readonly Comment[];
  /** Of package and subpackages; those of rules and documents are at the rules too. */
  readonly annotations: readonly Annotations[];
}
