import type { Builtin } from './builtins/builtin.ts';
import { BUILTINS } from './builtins/registry.ts';
import { buildProgram, type GroupFunction, type Program } from './codegen/program.ts';
import { buildQuery, type QueryFunction } from './codegen/query.ts';
import { compileModules } from './compile/compile-modules.ts';
import { compileQuery } from './compile/compile-query.ts';
import type { Compiled, CompiledQuery, CompileOptions, RuleNode, WithTargets } from './compile/compiled.ts';
import type { RegoFault } from './fault.ts';
import { Context } from './runtime/context.ts';
import { document } from './runtime/document.ts';
import { RegoEvaluationError } from './runtime/error.ts';
import type { EvaluationSettings } from './runtime/evaluation.ts';
import type { Import, Module, RegoVersion } from './syntax/ast.ts';
import { parseModule, parseQuery } from './syntax/parser.ts';
import { ObjectBuilder } from './value/object.ts';
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

export interface EvaluateOptions extends EvaluationSettings {
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
    const program = this.#programFor(compiled.query.withTargets);
    const query = new Query(compiled.query, program, this.#data);
    if (this.#queries.size >= MAX_QUERIES) this.#queries.clear();
    this.#queries.set(key, query);
    return { query, faults: [] };
  }

  /** The rule or package at `data.a.b` (`['a', 'b']`), if there is any. */
  entrypoint(path: readonly string[]): Entrypoint | undefined {
    let node: RuleNode | undefined = this.#compiled.tree;
    for (const key of path) node = node?.children.get(key);
    if (node === undefined || node.group?.kind === 'function') return undefined;
    return new Entrypoint(this.#programFor(NO_TARGETS), node, this.#data);
  }

  /** Rules know only of replacements that some `with` makes: one that a query adds needs other functions. */
  #programFor(targets: WithTargets): Program {
    const key = JSON.stringify([targets.data, targets.builtins]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      const own = this.#compiled.withTargets;
      program = buildProgram(this.#compiled, this.#builtins, {
        input: own.input || targets.input,
        data: [...own.data, ...targets.data],
        builtins: [...own.builtins, ...targets.builtins],
      });
      this.#programs.set(key, program);
    }
    return program;
  }
}

const MAX_QUERIES = 1000;

/** A query that was compiled. */
export class Query {
  readonly #query: CompiledQuery;
  readonly #program: Program;
  readonly #data: PlainObject | undefined;
  #run: QueryFunction | undefined;

  constructor(query: CompiledQuery, program: Program, data: PlainObject | undefined) {
    this.#query = query;
    this.#program = program;
    this.#data = data;
  }

  /** Names of the variables that results bind. */
  get variables(): readonly string[] {
    return this.#query.vars;
  }

  /**
   * All solutions; none when the query is undefined.
   * @throws RegoEvaluationError  conflicts, a spent budget, cancellation; errors of built-ins when they are strict
   */
  evaluate(options: EvaluateOptions = {}): readonly QueryResult[] {
    const results: QueryResult[] = [];
    const { vars } = this.#query;
    this.#run ??= buildQuery(this.#program, this.#query);
    const run = this.#run;
    evaluateWith(this.#program, this.#data, options, (context) =>
      run(context, (expressions, values) => {
        const bindings = new ObjectBuilder();
        for (const [index, name] of vars.entries()) bindings.set(name, values[index] as Value);
        results.push({ expressions, bindings: bindings.build() as PlainObject });
      }),
    );
    return results;
  }
}

/** A rule or package to evaluate again and again: no query, no result set. */
export class Entrypoint {
  readonly #program: Program;
  readonly #data: PlainObject | undefined;
  readonly #evaluate: GroupFunction;

  constructor(program: Program, node: RuleNode, data: PlainObject | undefined) {
    const documentNode = program.nodeOf(node);
    this.#program = program;
    this.#data = data;
    this.#evaluate =
      node.group !== undefined && node.children.size === 0
        ? program.functionOf(node.group)
        : (context) => document(context, documentNode);
  }

  /** The value, or undefined. Throws as {@link Query.evaluate} does. */
  evaluate(options: EvaluateOptions = {}): Value | undefined {
    return evaluateWith(this.#program, this.#data, options, this.#evaluate);
  }
}

function evaluateWith<Result>(
  program: Program,
  data: PlainObject | undefined,
  options: EvaluateOptions,
  run: (context: Context) => Result,
): Result {
  const { evaluation, slots } = program;
  const suspended = evaluation.begin(options);
  try {
    return run(new Context(options.input, options.data ?? data ?? {}, new Array(slots).fill(undefined), NOTHING, undefined));
  } catch (thrown) {
    // The stack is the engine's bound on recursion in data and in generated calls.
    if (thrown instanceof RangeError)
      throw new RegoEvaluationError('eval_budget_error', 'query needs a deeper stack than there is');
    throw thrown;
  } finally {
    evaluation.end(suspended);
  }
}

const NOTHING: readonly (readonly string[])[] = [];
