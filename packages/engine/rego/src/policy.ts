import type { Builtin } from './builtins/builtin.ts';
import { BUILTINS } from './builtins/registry.ts';
import { buildProgram, type GroupFunction, type Program } from './codegen/program.ts';
import { buildQuery, type QueryFunction } from './codegen/query.ts';
import { compileModules } from './compile/compile-modules.ts';
import { compileQuery } from './compile/compile-query.ts';
import type { Compiled, CompiledQuery, CompileOptions, RuleNode, WithTargets } from './compile/compiled.ts';
import type { RegoFault } from './fault.ts';
import { keysOf } from './runtime/access.ts';
import { Context } from './runtime/context.ts';
import { document } from './runtime/document.ts';
import { RegoEvaluationError } from './runtime/error.ts';
import type { EvaluationSettings } from './runtime/evaluation.ts';
import { type Hooks, type InputPath, type Observers, placesIn } from './runtime/hooks.ts';
import type { Import, Module, RegoVersion } from './syntax/ast.ts';
import { parseModule, parseQuery } from './syntax/parser.ts';
import { setOwn } from './value/object.ts';
import type { PlainObject, Value } from './value/value.ts';

export interface PolicyModule {
  /** Name in messages. */
  readonly file: string;
  readonly text: string;
  /** Default: the policy's. */
  readonly version?: RegoVersion;
}

export interface PolicyOptions {
  readonly modules: readonly PolicyModule[];
  /** Base documents; evaluations may bring their own. */
  readonly data?: PlainObject;
  /** Syntax of the modules, default `v1`. */
  readonly version?: RegoVersion;
  /** Refuses what strict mode refuses; default false. */
  readonly strict?: boolean;
  /** JSON schemas by name. */
  readonly schemas?: ReadonlyMap<string, unknown>;
  readonly extraBuiltins?: readonly Builtin[];
  /** Names of the built-ins that may be called; default all. */
  readonly capabilities?: ReadonlySet<string>;
  /** Keeps calls of `print`; they are erased otherwise. */
  readonly enablePrint?: boolean;
  /** Faults that are reported at most, default 10; 0: all. */
  readonly errorLimit?: number;
}

export interface EvaluateOptions extends EvaluationSettings, Observers {
  /** JSON as it was read may be given as it is. */
  readonly input?: Value;
  /** In the place of the policy's base documents. */
  readonly data?: PlainObject;
}

/** One solution of a query. */
export interface QueryResult {
  /** Value of each expression of the query. */
  readonly expressions: readonly Value[];
  readonly bindings: Readonly<Record<string, Value>>;
}

/**
 * Parses and compiles modules.
 * @returns the policy, or the faults of the first stage that found any
 */
export function compilePolicy(options: PolicyOptions): { policy?: Policy; faults: readonly RegoFault[] } {
  const modules: Module[] = [];
  const faults: RegoFault[] = [];
  const version = options.version ?? 'v1';
  for (const { file, text, version: own } of options.modules) {
    const parsed = parseModule(text, { file, version: own ?? version });
    faults.push(...parsed.faults);
    if (parsed.module !== undefined) modules.push(parsed.module);
  }
  if (faults.length > 0) return { faults };
  const compileOptions = compileOptionsOf(options);
  const { compiled, faults: compileFaults } = compileModules(modules, compileOptions);
  if (compiled === undefined) return { faults: compileFaults };
  return { policy: new Policy(compiled, compileOptions.builtins, options.data, version), faults: compileFaults };
}

function compileOptionsOf(options: PolicyOptions): CompileOptions {
  const builtins = new Map(BUILTINS);
  for (const builtin of options.extraBuiltins ?? []) builtins.set(builtin.name, builtin);
  const { capabilities } = options;
  if (capabilities !== undefined)
    for (const name of [...builtins.keys()]) if (!capabilities.has(name)) builtins.delete(name);
  return {
    builtins,
    ...(options.strict !== undefined && { strict: options.strict }),
    ...(options.enablePrint !== undefined && { enablePrint: options.enablePrint }),
    ...(options.schemas !== undefined && { schemas: options.schemas }),
    ...(options.errorLimit !== undefined && { errorLimit: options.errorLimit }),
  };
}

const NO_TARGETS: WithTargets = { input: false, data: [], builtins: [] };

/** Modules that were compiled: evaluates queries and rules. Functions are generated when the first evaluation needs them. */
export class Policy {
  readonly #compiled: Compiled;
  readonly #builtins: ReadonlyMap<string, Builtin>;
  readonly #data: PlainObject | undefined;
  readonly #version: RegoVersion;
  readonly #programs = new Map<string, Program>();
  readonly #queries = new Map<string, Query>();

  constructor(
    compiled: Compiled,
    builtins: ReadonlyMap<string, Builtin>,
    data: PlainObject | undefined,
    version: RegoVersion,
  ) {
    this.#compiled = compiled;
    this.#builtins = builtins;
    this.#data = data;
    this.#version = version;
  }

  get modules(): readonly Module[] {
    return this.#compiled.modules;
  }

  get compiled(): Compiled {
    return this.#compiled;
  }

  /** The query is compiled once for each text, imports and package. */
  prepareQuery(
    text: string,
    options: { readonly imports?: readonly Import[]; readonly packagePath?: readonly string[] } = {},
  ): { query?: Query; faults: readonly RegoFault[] } {
    const key = JSON.stringify([text, options.packagePath, options.imports?.map(({ path, alias }) => [path, alias])]);
    const known = this.#queries.get(key);
    if (known !== undefined) return { query: known, faults: [] };
    const { body, faults } = parseQuery(text, { version: this.#version });
    if (body === undefined || faults.length > 0) return { faults };
    const compiled = compileQuery(body, { compiled: this.#compiled, ...options });
    if (compiled.query === undefined) return { faults: compiled.faults };
    const { withTargets } = compiled.query;
    const query = new Query(compiled.query, (isObserved) => this.#programFor(withTargets, isObserved), this.#data);
    if (this.#queries.size >= MAX_QUERIES) this.#queries.clear();
    this.#queries.set(key, query);
    return { query, faults: [] };
  }

  /** The rule or package at `data.a.b` (`['a', 'b']`), if there is any. */
  entrypoint(path: readonly string[]): Entrypoint | undefined {
    let node: RuleNode | undefined = this.#compiled.tree;
    for (const key of path) node = node?.children.get(key);
    if (node === undefined || node.group?.kind === 'function') return undefined;
    return new Entrypoint((isObserved) => this.#programFor(NO_TARGETS, isObserved), node, this.#data);
  }

  /** Rules know only of replacements that some `with` makes: one that a query adds needs other functions. */
  #programFor(targets: WithTargets, isObserved: boolean): Program {
    const key = JSON.stringify([targets.data, targets.builtins, isObserved]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      const own = this.#compiled.withTargets;
      const all: WithTargets = {
        input: own.input || targets.input,
        data: [...own.data, ...targets.data],
        builtins: [...own.builtins, ...targets.builtins],
      };
      program = buildProgram(this.#compiled, this.#builtins, all, isObserved);
      this.#programs.set(key, program);
    }
    return program;
  }
}

const MAX_QUERIES = 1000;

/** A program for observers, or the fast one without. */
type Programs = (isObserved: boolean) => Program;

/** A query that was compiled. */
export class Query {
  readonly #query: CompiledQuery;
  readonly #programs: Programs;
  readonly #data: PlainObject | undefined;
  #plain: { readonly program: Program; readonly run: QueryFunction } | undefined;
  #observed: { readonly program: Program; readonly run: QueryFunction } | undefined;

  constructor(query: CompiledQuery, programs: Programs, data: PlainObject | undefined) {
    this.#query = query;
    this.#programs = programs;
    this.#data = data;
  }

  /** Names of the variables that results bind. */
  get variables(): readonly string[] {
    return this.#query.vars;
  }

  get compiled(): CompiledQuery {
    return this.#query;
  }

  /**
   * All solutions; none when the query is undefined.
   * @throws RegoEvaluationError  conflicts, a spent budget, cancellation; errors of built-ins when they are strict
   */
  evaluate(options: EvaluateOptions = {}): readonly QueryResult[] {
    const results: QueryResult[] = [];
    const { vars } = this.#query;
    const { program, run } = isObserved(options)
      ? (this.#observed ??= this.#build(true))
      : (this.#plain ??= this.#build(false));
    program.hooks?.begin(options);
    evaluateWith(program, this.#data, options, (context) =>
      run(context, (expressions, values) => {
        const bindings: Record<string, Value> = {};
        for (let i = 0; i < vars.length; i++) setOwn(bindings, vars[i] as string, values[i] as Value);
        results.push({ expressions, bindings });
      }),
    );
    return results;
  }

  #build(observed: boolean): { readonly program: Program; readonly run: QueryFunction } {
    const program = this.#programs(observed);
    return { program, run: buildQuery(program, this.#query) };
  }
}

function isObserved({ trace, coverage, profile }: Observers): boolean {
  return trace !== undefined || coverage !== undefined || profile !== undefined;
}

/** A member of a rule's value and what of the input its derivation read. */
export interface Derivation {
  /** A member of a set, a key of an object; of other values the value itself. */
  readonly member: Value;
  /** In the order of reading. */
  readonly inputPaths: readonly InputPath[];
}

/** A rule or package to evaluate again and again: no query, no result set. */
export class Entrypoint {
  readonly #programs: Programs;
  readonly #node: RuleNode;
  readonly #data: PlainObject | undefined;
  #plain: { readonly program: Program; readonly run: GroupFunction } | undefined;
  #observed: { readonly program: Program; readonly run: GroupFunction } | undefined;

  constructor(programs: Programs, node: RuleNode, data: PlainObject | undefined) {
    this.#programs = programs;
    this.#node = node;
    this.#data = data;
  }

  /** The value, or undefined. Throws as {@link Query.evaluate} does. */
  evaluate(options: EvaluateOptions = {}): Value | undefined {
    const { program, run } = isObserved(options)
      ? (this.#observed ??= this.#build(true))
      : (this.#plain ??= this.#build(false));
    program.hooks?.begin(options);
    return evaluateWith(program, this.#data, options, run);
  }

  /**
   * Evaluates a rule and tells for each member of its value (in the order of values) which places of the input its derivation
   * read: that leads to the line that a finding is about. Undefined when the rule is; empty for packages.
   */
  derivations(options: EvaluateOptions = {}): readonly Derivation[] | undefined {
    const { program, run } = (this.#observed ??= this.#build(true));
    const { group } = this.#node;
    const hooks = program.hooks as Hooks;
    hooks.begin(options, group === undefined ? -1 : program.slotOf(group));
    const value = evaluateWith(program, this.#data, options, run);
    if (value === undefined) return undefined;
    const places = placesIn(options.input);
    const members =
      group?.kind === 'set' || group?.kind === 'object' ? keysOf(value, true) : group === undefined ? [] : [value];
    return members.map((member) => ({ member, inputPaths: hooks.pathsOf(member, places) }));
  }

  #build(observed: boolean): { readonly program: Program; readonly run: GroupFunction } {
    const program = this.#programs(observed);
    const { group, children } = this.#node;
    if (group !== undefined && children.size === 0) return { program, run: program.functionOf(group) };
    const node = program.nodeOf(this.#node);
    return { program, run: (context) => document(context, node) };
  }
}

function evaluateWith<Result>(
  { evaluation, slots }: Program,
  data: PlainObject | undefined,
  options: EvaluateOptions,
  run: (context: Context) => Result,
): Result {
  const suspended = evaluation.begin(options);
  try {
    const kept = new Array(slots).fill(undefined);
    return run(new Context(options.input, options.data ?? data ?? NO_DATA, kept, NOTHING, undefined));
  } catch (thrown) {
    // The stack is the engine's bound on recursion in data and in generated calls.
    if (thrown instanceof RangeError)
      throw new RegoEvaluationError('eval_budget_error', 'query needs a deeper stack than there is');
    throw thrown;
  } finally {
    evaluation.end(suspended);
  }
}

const NO_DATA: PlainObject = {};
const NOTHING: readonly (readonly string[])[] = [];
