import type { Builtin } from '../builtins/builtin.ts';
import type { RegoFault } from '../fault.ts';
import type { Annotations, Body, Module, RefTerm, Rule, Term } from '../syntax/ast.ts';
import type { Type } from '../types/type.ts';

/** Rules by the constant prefix of their head ref: a tree over `data`. */
export interface RuleNode {
  /** After `data`. The root's is empty. */
  readonly path: readonly string[];
  readonly children: ReadonlyMap<string, RuleNode>;
  /** Rules whose constant prefix ends here. */
  readonly group?: RuleGroup;
}

export interface RuleGroup {
  /** After `data`, down to the name of the rules. */
  readonly path: readonly string[];
  /**
   * `object`: some clause has a dynamic suffix (`p.q[x].r`: path `p.q`, suffix `x`, `r`). Single values and sets may be mixed
   * there (`p[x] contains y`), and clauses without a suffix may stand beside clauses with one.
   */
  readonly kind: 'complete' | 'set' | 'object' | 'function';
  /** Number of parameters; of functions only. */
  readonly arity?: number;
  /** Without the default, in the order of modules and rules; `else` hangs on `rule.else`. */
  readonly clauses: readonly CompiledRule[];
  readonly default?: CompiledRule;
}

export interface CompiledRule {
  /** Rewritten: see README of the package, "What codegen gets". */
  readonly rule: Rule;
  /** What follows the constant prefix in the head's ref; empty but for clauses of `object` groups. */
  readonly headSuffix: readonly Term[];
  /** Written names by the names that locals have now (`__local3__` → `x`). Wildcards are not in it. */
  readonly originalNames: ReadonlyMap<string, string>;
  /** The module as it was written. */
  readonly module: Module;
}

/** What any `with` of the modules (or the query) replaces: other rules, documents and functions can be compiled without a check. */
export interface WithTargets {
  /** Some `with` replaces input or a part of it. */
  readonly input: boolean;
  /** Paths below `data`, of rules, base documents and functions alike. */
  readonly data: readonly (readonly string[])[];
  /** Dotted names of built-ins. */
  readonly builtins: readonly string[];
}

/** One link of the chain of `rego.metadata.chain()` and an entry of `opa inspect -a`. */
export interface AnnotatedPath {
  /** `data.a.b` of packages and rules, as a term: with `data`. */
  readonly path: RefTerm;
  readonly annotations: Annotations;
  /** The rule that it stands at; undefined for packages and subpackages. */
  readonly rule?: Rule;
  readonly module: Module;
}

export interface Compiled {
  /** As they were handed in. */
  readonly modules: readonly Module[];
  readonly tree: RuleNode;
  readonly withTargets: WithTargets;
  /** All annotations, in the order of modules and rules. */
  readonly annotations: readonly AnnotatedPath[];
  /** Static type of a ref into `data` or `input`, or undefined when nothing is known of it. */
  typeOf(ref: Term): Type | undefined;
  /** Faults of a query's body, rewritten and in order. */
  checkTypes(body: Body, originalNames: ReadonlyMap<string, string>): readonly RegoFault[];
  /** What was asked of the compiler; queries are compiled alike. */
  readonly options: CompileOptions;
}

export interface CompiledQuery {
  /** Rewritten like the bodies of rules. */
  readonly body: Body;
  /**
   * For each expression of `body` the index of the expression of the written query that it is, or undefined when the compiler
   * made it: results list values of written expressions in written order.
   */
  readonly written: readonly (number | undefined)[];
  /** Variables to report, as they are written, in order of appearance; generated ones are left out. */
  readonly vars: readonly string[];
  /** Names in `body` by the names to report. */
  readonly localOf: ReadonlyMap<string, string>;
  readonly originalNames: ReadonlyMap<string, string>;
  /** Of the query alone. */
  readonly withTargets: WithTargets;
}

export interface CompileOptions {
  /** By dotted name; only these may be called. */
  readonly builtins: ReadonlyMap<string, Builtin>;
  /** Names of built-ins that are known but must not be called: `unsafe built-in function calls in expression: name`. */
  readonly unsafeBuiltins?: ReadonlySet<string>;
  /** Default false. */
  readonly strict?: boolean;
  /** Keeps calls of `print` (as `internal.print`); they are erased otherwise. */
  readonly enablePrint?: boolean;
  /** JSON schemas by name (`schema.input`): see B2's types. */
  readonly schemas?: ReadonlyMap<string, unknown>;
  /** Faults of a stage that are listed, default 10; 0 or less: all. One more says `rego_compile_error: error limit reached`. */
  readonly errorLimit?: number;
  /** Paths of base documents that rules must not clash with. */
  readonly hasBaseDocument?: (path: readonly string[]) => boolean;
}
