import type { Builtin } from './builtins/builtin.ts';
import { BUILTINS } from './builtins/registry.ts';
import { type GroupFunction, Program } from './codegen/program.ts';
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
  /** Names of built-ins that may not be called, whatever may. */
  readonly withoutBuiltins?: readonly string[];
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
  for (const name of options.withoutBuiltins ?? []) builtins.delete(name);
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

  /** The base documents that it was made with. */
  get data(): PlainObject {
    return this.#data ?? {};
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
      program = new Program(this.#compiled, this.#builtins, all, isObserved);
      this.#programs.set(key, program);
    }
    return program;
  }
}

const MAX_QUERIES = 1000;

/** A program for observers, or the fast one without. */
type Programs = (isObserved: boolean) => Program;

/** A program with the function to run; made when it is needed first. */
class Builds<Run> {
  readonly #programs: Programs;
  readonly #build: (program: Program) => Run;
  #plain: { readonly program: Program; readonly run: Run } | undefined;
  #observed: { readonly program: Program; readonly run: Run } | undefined;

  constructor(programs: Programs, build: (program: Program) => Run) {
    this.#programs = programs;
    this.#build = build;
  }

  get(options: Observers): { readonly program: Program; readonly run: Run } {
    if (options.trace !== undefined || options.coverage !== undefined || options.profile !== undefined)
      return this.observed;
    this.#plain ??= this.#make(false);
    return this.#plain;
  }

  get observed(): { readonly program: Program; readonly run: Run } {
    this.#observed ??= this.#make(true);
    return this.#observed;
  }

  #make(isObserved: boolean): { readonly program: Program; readonly run: Run } {
    return withinStack(() => {
      const program = this.#programs(isObserved);
      return { program, run: this.#build(program) };
    });
  }
}

/** A query that was compiled. */
export class Query {
  readonly #query: CompiledQuery;
  readonly #builds: Builds<QueryFunction>;
  readonly #data: PlainObject | undefined;

  constructor(query: CompiledQuery, programs: Programs, data: PlainObject | undefined) {
    this.#query = query;
    this.#builds = new Builds(programs, (program) => buildQuery(program, query));
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
    const { program, run } = this.#builds.get(options);
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
  readonly #node: RuleNode;
  readonly #builds: Builds<GroupFunction>;
  readonly #data: PlainObject | undefined;

  constructor(programs: Programs, node: RuleNode, data: PlainObject | undefined) {
    this.#node = node;
    this.#builds = new Builds(programs, (program) => functionAt(program, node));
    this.#data = data;
  }

  /** The value, or undefined. Throws as {@link Query.evaluate} does. */
  evaluate(options: EvaluateOptions = {}): Value | undefined {
    const { program, run } = this.#builds.get(options);
    program.hooks?.begin(options);
    return evaluateWith(program, this.#data, options, run);
  }

  /**
   * Evaluates a rule and tells for each member of its value (in the order of values) which places of the input its derivation
   * read: that leads to the line that a finding is about. Undefined when the rule is; empty for packages.
   */
  derivations(options: EvaluateOptions = {}): readonly Derivation[] | undefined {
    const { program, run } = this.#builds.observed;
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
}

function functionAt(program: Program, node: RuleNode): GroupFunction {
  if (node.group !== undefined && node.children.size === 0) return program.functionOf(node.group);
  const documentNode = program.nodeOf(node);
  return (context) => document(context, documentNode);
}

function evaluateWith<Result>(
  { evaluation, slots }: Program,
  data: PlainObject | undefined,
  options: EvaluateOptions,
  run: (context: Context) => Result,
): Result {
  const suspended = evaluation.begin(options);
  try {
    evaluation.tick();
    const kept = new Array(slots).fill(undefined);
    return run(new Context(options.input, options.data ?? data ?? NO_DATA, kept, NOTHING, undefined));
  } catch (thrown) {
    throw tooDeep(thrown) ?? thrown;
  } finally {
    evaluation.end(suspended);
  }
}

/** Generated code is nested as deeply as the policy. */
function withinStack<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    throw tooDeep(thrown) ?? thrown;
  }
}

/** The stack is the engine's bound on recursion in data and on nesting in policies. */
function tooDeep(thrown: unknown): RegoEvaluationError | undefined {
  if (!(thrown instanceof RangeError)) return undefined;
  return new RegoEvaluationError('eval_budget_error', 'evaluation needs a deeper stack than there is');
}

const NO_DATA: PlainObject = {};
const NOTHING: readonly (readonly string[])[] = [];
