import type { EvaluateOptions, Policy, PolicyModule, Query } from '../policy.ts';
import { RegoEvaluationError } from '../runtime/error.ts';
import type { InputPath } from '../runtime/hooks.ts';
import type { Expr, Module, Rule, Term } from '../syntax/ast.ts';
import { toJson } from '../value/json.ts';
import type { Value } from '../value/value.ts';
import { type ClauseQuery, clauseQuery } from './clause-query.ts';

export interface FindingPathsOptions {
  /** The texts of which the policy was made. */
  readonly files: readonly PolicyModule[];
  /** As the rule was evaluated: its input must be the very objects that the policy saw. */
  readonly evaluation: EvaluateOptions;
}

/** Where a member of a rule's value comes from. */
export interface FindingSource {
  /** Nodes of the input that it is about, and what was read below them. Empty where that can't be told. */
  readonly paths: readonly InputPath[];
  /** The clause that gave it, when it is one that can be asked by itself. */
  readonly rule?: Rule;
}

/**
 * Which nodes of the input the members of a rule's value are about, and what was read below them in rules that the rule
 * refers to. An error while looking is none: what can't be told is missing.
 *
 * @param rule  package and name
 * @param members  JSON of the value's members
 */
export function findingSources(
  policy: Policy,
  rule: { readonly packagePath: readonly string[]; readonly name: string },
  members: readonly unknown[],
  options: FindingPathsOptions,
): FindingSource[] {
  const own = sourcesOfMembers(policy, rule, members, options);
  const entrypoint = policy.entrypoint([...rule.packagePath, rule.name]);
  const derivations = guess(() => entrypoint?.derivations(options.evaluation)) ?? [];
  const read = new Map(derivations.map(({ member, inputPaths }) => [keyOf(JSON.parse(toJson(member))), inputPaths]));
  return own.map((source, index) => ({
    ...source,
    paths: refined(source.paths, read.get(keyOf(members[index])) ?? []),
  }));
}

/** The paths of {@link findingSources}. */
export function findingPaths(...asked: Parameters<typeof findingSources>): (readonly InputPath[])[] {
  return findingSources(...asked).map(({ paths }) => paths);
}

/** What was read below the nodes that a finding is about, in rules that its rule refers to. */
function refined(own: readonly InputPath[], read: readonly InputPath[]): InputPath[] {
  if (own.length === 0) return [...read];
  const below = read.filter((path) =>
    own.some((node) => node.length > 0 && node.length < path.length && node.every((key, at) => key === path[at])),
  );
  return [...below, ...own];
}

/** Places are a help, not the answer. */
function guess<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof RegoEvaluationError && error.code !== 'eval_cancel_error') return undefined;
    throw error;
  }
}

/**
 * The body of each clause is solved again as a query: a solution says which values its variables had when it gave a member,
 * and so where in the input its references lead.
 */
function sourcesOfMembers(
  policy: Policy,
  { packagePath, name: ruleName }: { readonly packagePath: readonly string[]; readonly name: string },
  members: readonly unknown[],
  { files, evaluation }: FindingPathsOptions,
): FindingSource[] {
  const { modules } = policy;
  const solutions = new Map<string, Solution>();
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  for (const module of modules) {
    if (!isSamePath(module.package.path, packagePath)) continue;
    for (const rule of module.rules) {
      const clause = nameOf(rule) === ruleName ? clauseQuery(rule, texts.get(module.file) ?? '') : undefined;
      const query = clause === undefined ? undefined : prepared(policy, clause.text, module);
      if (clause === undefined || query === undefined) continue;
      const references = new References(modules, module);
      for (const { bindings } of guess(() => query.evaluate(evaluation)) ?? []) {
        const key = keyOf(bindings[clause.member]);
        if (!solutions.has(key)) solutions.set(key, { references, clause, bindings });
      }
    }
  }
  const wanted = new Set([...solutions.values()].flatMap(({ bindings }) => objectsIn(bindings)));
  const places = placesIn(evaluation.input, wanted);
  return members.map((member) => {
    const solution = solutions.get(keyOf(member));
    if (solution === undefined) return { paths: [] };
    const { references, clause, bindings } = solution;
    return { paths: references.pathsOf(clause, bindings, places), rule: clause.rule };
  });
}

/** Clauses that are no query by themselves: not tried again. */
const hopeless = new WeakMap<Policy, Set<string>>();

function prepared(policy: Policy, text: string, module: Module): Query | undefined {
  const key = `${module.file}\n${text}`;
  if (hopeless.get(policy)?.has(key) === true) return undefined;
  const { query } = policy.prepareQuery(text, { packagePath: module.package.path, imports: module.imports });
  if (query !== undefined) return query;
  const known = hopeless.get(policy) ?? new Set();
  hopeless.set(policy, known.add(key));
  return undefined;
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

/** What the variables of a clause were when it gave a member. */
interface Solution {
  readonly references: References;
  readonly clause: ClauseQuery;
  readonly bindings: Readonly<Record<string, Value>>;
}

function nameOf({ head }: Rule): string | undefined {
  return head.ref.kind === 'var' ? head.ref.name : undefined;
}

function keyOf(member: unknown): string {
  return JSON.stringify(sortedJson(member));
}

/** Keys in order, so that equal values have equal texts. Sets have none: findings are texts and objects. */
function sortedJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedJson);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortedJson(member)]),
  );
}

/** Rules that a rule refers to are followed this deep. */
const MAX_DEPTH = 3;

const constantPaths = new WeakMap<readonly Module[], Map<string, readonly InputPath[]>>();

/** Finds the paths of references in a clause. */
class References {
  readonly #modules: readonly Module[];
  readonly #module: Module;
  /** What rules say of constant paths, by who refers to them: the same for every input. */
  readonly #known: Map<string, readonly InputPath[]>;

  constructor(modules: readonly Module[], module: Module) {
    this.#modules = modules;
    this.#module = module;
    this.#known = constantPaths.get(modules) ?? new Map();
    constantPaths.set(modules, this.#known);
  }

  /** What only makes the message comes first: of several paths the last counts. */
  pathsOf(clause: ClauseQuery, bindings: Readonly<Record<string, Value>>, places: InputPlaces): InputPath[] {
    const known = new Map<string, InputPath>();
    for (const [name, value] of Object.entries(bindings)) {
      const path = typeof value === 'object' && value !== null ? places.get(value) : undefined;
      if (path !== undefined) known.set(name, path);
    }
    for (const expr of clause.rule.body) noteAlias(expr, known, bindings);
    const messages: InputPath[] = [];
    const conditions: InputPath[] = [];
    const helpers: InputPath[] = [];
    for (const expr of clause.rule.body) {
      const paths = clause.isMessage(expr) ? messages : conditions;
      for (const term of termsOf(expr)) {
        const path = pathOfRef(term, known, bindings);
        if (path !== undefined) paths.push(path);
        else helpers.push(...this.#pathsOfRule(term, this.#module, 0));
      }
    }
    return [...messages, ...[...known.values()], ...helpers, ...conditions];
  }

  /** Constant paths below the input in a rule that is referred to. */
  #pathsOfRule(term: Term, from: Module, depth: number): readonly InputPath[] {
    if (depth >= MAX_DEPTH) return [];
    const names = constantRef(term);
    if (names === undefined || names[0] === 'input') return [];
    const key = JSON.stringify([from.file, depth, names]);
    const known = this.#known.get(key) ?? this.#pathsOfNames(names, from, depth);
    this.#known.set(key, known);
    return known;
  }

  #pathsOfNames(names: readonly string[], from: Module, depth: number): readonly InputPath[] {
    const imported = from.imports.find(({ path, alias }) => {
      const full = constantRef(path) ?? [];
      return (alias ?? full.at(-1)) === names[0];
    });
    const absolute = imported === undefined ? names : [...(constantRef(imported.path) ?? []), ...names.slice(1)];
    const paths: InputPath[] = [];
    for (const module of this.#modules) {
      const prefix = absolute[0] === 'data' ? ['data', ...module.package.path] : [];
      if (prefix.length === 0 ? module !== from : !prefix.every((name, index) => absolute[index] === name)) continue;
      const name = absolute[prefix.length];
      for (const rule of module.rules) {
        if (nameOf(rule) !== name) continue;
        for (const expr of rule.body) {
          for (const inner of termsOf(expr)) {
            const path = pathOfRef(inner, new Map(), {});
            if (path !== undefined) paths.push(path);
            else paths.push(...this.#pathsOfRule(inner, module, depth + 1));
          }
        }
      }
    }
    return paths;
  }
}

/** `name := input.metadata.name`: a variable that stands for a node that is no object. */
function noteAlias(expr: Expr, known: Map<string, InputPath>, bindings: Readonly<Record<string, Value>>): void {
  if (expr.what.kind !== 'term' || expr.what.term.kind !== 'call') return;
  const { operator, args } = expr.what.term;
  const [left, right] = args;
  if (operator.kind !== 'var' || (operator.name !== 'assign' && operator.name !== 'eq')) return;
  if (left?.kind !== 'var' || right === undefined || known.has(left.name)) return;
  const path = pathOfRef(right, known, bindings);
  if (path !== undefined) known.set(left.name, path);
}

/** Where a reference into the input leads, as far as its keys are known. */
function pathOfRef(
  term: Term,
  known: ReadonlyMap<string, InputPath>,
  bindings: Readonly<Record<string, Value>>,
): InputPath | undefined {
  if (term.kind !== 'ref' || term.head.kind !== 'var') return undefined;
  const start: InputPath | undefined = term.head.name === 'input' ? [] : known.get(term.head.name);
  if (start === undefined) return undefined;
  const path = [...start];
  for (const arg of term.args) {
    const key =
      arg.kind === 'var' ? bindings[arg.name] : arg.kind === 'string' || arg.kind === 'number' ? arg.value : undefined;
    if (typeof key !== 'string' && typeof key !== 'number') break;
    path.push(key);
  }
  return path;
}

function constantRef(term: Term): string[] | undefined {
  if (term.kind === 'var') return [term.name];
  if (term.kind === 'call') return constantRef(term.operator);
  if (term.kind !== 'ref' || term.head.kind !== 'var') return undefined;
  const names = [term.head.name];
  for (const arg of term.args) {
    if (arg.kind !== 'string') break;
    names.push(arg.value);
  }
  return names;
}

/** All terms of an expression, in the order of writing. */
function* termsOf(expr: Expr): Generator<Term> {
  switch (expr.what.kind) {
    case 'term':
      yield* withInner(expr.what.term);
      break;
    case 'some':
      for (const symbol of expr.what.symbols) yield* withInner(symbol);
      break;
    case 'every':
      yield* withInner(expr.what.domain);
      for (const inner of expr.what.body) yield* termsOf(inner);
  }
}

function* withInner(term: Term): Generator<Term> {
  yield term;
  switch (term.kind) {
    case 'ref':
      for (const inner of term.args) yield* withInner(inner);
      break;
    case 'call':
      for (const inner of term.args) yield* withInner(inner);
      break;
    case 'array':
    case 'set':
      for (const inner of term.items) yield* withInner(inner);
      break;
    case 'object':
      for (const [key, value] of term.entries) {
        yield* withInner(key);
        yield* withInner(value);
      }
      break;
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      for (const inner of term.body) yield* termsOf(inner);
      break;
    case 'templateString':
      for (const part of term.parts) if ('what' in part) yield* termsOf(part);
      break;
    default:
  }
}

/** Where objects and arrays of the input stand, by themselves: Rego hands them on as they are. */
type InputPlaces = ReadonlyMap<object, InputPath>;

/** Finds objects in the input, in one go through it that ends with the last of them. */
function placesIn(input: unknown, wanted: ReadonlySet<object>): InputPlaces {
  const found = new Map<object, InputPath>();
  // Aliases of YAML are one object in many places.
  const seen = new Set<object>();
  const path: (string | number)[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (wanted.has(value)) found.set(value, [...path]);
    const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const key of keys) {
      if (found.size === wanted.size) return;
      path.push(key);
      look((value as Record<string | number, unknown>)[key]);
      path.pop();
    }
  };
  look(input);
  return found;
}

function objectsIn(bindings: Readonly<Record<string, Value>>): object[] {
  return Object.values(bindings).filter((value) => typeof value === 'object' && value !== null);
}
