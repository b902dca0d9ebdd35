import type { Diagnostic } from '@sekisho/base';
import type { Compiled, RuleGroup, RuleNode } from '../compile/compiled.ts';
import { constantPath, operatorName } from '../compile/operator.ts';
import { createDependency } from '../partial/depends.ts';
import { evaluatePartially } from '../partial/partial.ts';
import { compilePolicy, type Policy } from '../policy.ts';
import type { EvaluationSettings } from '../runtime/evaluation.ts';
import type { Body, Module } from '../syntax/ast.ts';
import { formatModule, formatText } from '../syntax/format.ts';
import { formatExpr, formatTerm } from '../syntax/format-term.ts';
import { isObject } from '../value/kind.ts';
import { valueAt } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { Bundle, BundleModule, Manifest } from './bundle.ts';
import { clausesOf, groupsBelow, groupsOf, nodeAt, type Path, visitTerms } from './entrypoints.ts';
import { moduleFault } from './faults.ts';
import { withoutGroups } from './rewrite-modules.ts';
import { RootSet } from './roots.ts';

export interface OptimizeOptions {
  /** Rules or packages that will be asked for: `authz/allow`. */
  readonly entrypoints: readonly string[];
  /** 1 keeps the rules that they read as rules, 2 writes them in place. Default 1. */
  readonly level?: 1 | 2;
  /** First part of the packages of rules that are made, default `partial`. */
  readonly namespace?: string;
  /** Limits of the work. */
  readonly evaluation?: EvaluationSettings;
}

/**
 * Writes the rules of entrypoints anew with all that is known while building: the data within the roots. They give what they
 * gave, for every input. Rules with `else`, functions and objects with keys of their own stay as they are.
 *
 * @returns the bundle, or faults (BUNDLE_ENTRYPOINT, BUNDLE_MODULE)
 * @throws RegoEvaluationError when its limits are reached
 */
export function optimizeBundle(
  bundle: Bundle,
  options: OptimizeOptions,
): { bundle?: Bundle; faults: readonly Diagnostic[] } {
  const { modules, data } = bundle;
  const { policy, faults } = compilePolicy({ modules, data, errorLimit: 0 });
  if (policy === undefined) return { faults: faults.map(moduleFault) };
  const { groups, faults: missing } = groupsOf(policy.compiled, options.entrypoints);
  if (missing.length > 0) return { faults: missing };
  // Built-ins that some `with` replaces may give anything.
  if (policy.compiled.withTargets.builtins.length > 0) return { bundle, faults: [] };
  return { bundle: new Optimizer(bundle, policy, groups, options).run(), faults: [] };
}

function nestedGroups(node: RuleNode): RuleGroup[] {
  const groups = node.group === undefined ? [] : groupsBelow(node);
  return groups.length > 1 ? groups : [...node.children.values()].flatMap(nestedGroups);
}

const RESULT = 'optimized_value';

class Optimizer {
  readonly #bundle: Bundle;
  readonly #policy: Policy;
  readonly #groups: readonly RuleGroup[];
  readonly #options: OptimizeOptions;
  readonly #unknowns: readonly Path[];
  /** Rules that have others below them (`p[k] := v`, `p.q := 1`), and those. */
  readonly #nested: ReadonlySet<RuleGroup>;
  /** Texts of new rules by the path of their package. */
  readonly #rules = new Map<string, { readonly path: Path; readonly texts: string[] }>();
  readonly #support: Module[] = [];
  readonly #replaced: RuleGroup[] = [];

  constructor(bundle: Bundle, policy: Policy, groups: readonly RuleGroup[], options: OptimizeOptions) {
    this.#bundle = bundle;
    this.#policy = policy;
    this.#groups = groups;
    this.#options = options;
    this.#nested = new Set(nestedGroups(policy.compiled.tree));
    this.#unknowns = unknownsOf(bundle, policy.compiled);
  }

  run(): Bundle {
    for (const group of this.#groups) this.#rewrite(group);
    if (this.#replaced.length === 0) return this.#bundle;
    const { modules, manifest } = this.#bundle;
    const names = new Set(modules.map(({ file }) => file));
    const made = [
      ...[...this.#rules.values()].map(({ path, texts }) => ({
        path,
        text: `package ${refText(path)}\n\n${texts.join('\n\n')}`,
      })),
      ...this.#support.map((module) => ({ path: module.package.path, text: formatModule(module) })),
    ].map(({ path, text }): BundleModule => {
      const file = freshName(names, path);
      return { file, text: formatText(text, { file, version: 'v1' }).text ?? text, version: 'v1' };
    });
    const kept = withoutGroups(modules, this.#policy.modules, this.#replaced);
    const optimized = {
      ...this.#bundle,
      manifest: this.#manifest(manifest),
      modules: [...kept, ...made],
      isSigned: false,
    };
    // What can't be written as text again is no optimisation.
    const isSound = compilePolicy({ modules: optimized.modules, data: optimized.data }).policy !== undefined;
    return isSound ? optimized : this.#bundle;
  }

  #manifest(manifest: Manifest): Manifest {
    const claimed = new RootSet(manifest.roots);
    const added = new Set(
      this.#support.map(({ package: { path } }) => path[0] ?? '').filter((root) => !claimed.covers(root)),
    );
    return { ...manifest, roots: [...manifest.roots, ...added] };
  }

  #rewrite(group: RuleGroup): void {
    const { path, kind } = group;
    const [first] = clausesOf(group);
    if (first === undefined || (kind !== 'complete' && kind !== 'set') || this.#nested.has(group)) return;
    const ref = refText(['data', ...path]);
    const namespace = `${this.#options.namespace ?? 'partial'}${this.#replaced.length === 0 ? '' : this.#replaced.length + 1}`;
    // A member that is false is one, too: it is bound, not asked whether it holds.
    const { result } = evaluatePartially(
      this.#policy,
      kind === 'set' ? `_ = ${ref}[${RESULT}]` : `${RESULT} = ${ref}`,
      {
        ...this.#options.evaluation,
        unknowns: this.#unknowns,
        namespace,
        disableInlining: this.#kept(group),
      },
    );
    if (result === undefined) return;
    const texts = result.queries.map((body) => ({ body: body.map(formatExpr), value: resultOf(body) }));
    const support = result.support.map((module) => formatModule(module));
    if ([...texts.flatMap(({ body }) => body), ...support].some((text) => text.includes(ref))) return;
    const packagePath = first.module.package.path;
    const head = refText(path.slice(packagePath.length));
    const rules = texts.map(({ body, value }) => ruleText(head, kind, body, value));
    // A set that nothing is in is there all the same; a rule of no value is not.
    if (rules.length === 0) rules.push(`${head} ${kind === 'set' ? 'contains' : ':='} 0 if false`);
    const key = JSON.stringify(packagePath);
    const entry = this.#rules.get(key) ?? { path: packagePath, texts: [] };
    entry.texts.push(...rules);
    this.#rules.set(key, entry);
    this.#support.push(...result.support);
    this.#replaced.push(group);
  }

  /** Rules that stay rules: what depends on the unknown at level 1, and what some `with` replaces. */
  #kept(group: RuleGroup): readonly Path[] {
    const { compiled } = this.#policy;
    const replaced = compiled.withTargets.data.map((path) => ['data', ...path]);
    for (const { path } of this.#nested) replaced.push(['data', ...path]);
    if (this.#options.level === 2) return replaced;
    const depends = createDependency(compiled, this.#unknowns);
    const others = groupsBelow(compiled.tree).filter((other) => other !== group && depends(other));
    return [...replaced, ...others.map(({ path }) => ['data', ...path])];
  }
}

/** Input, data outside of the roots, what some `with` replaces, and rules whose built-ins may give something else each time. */
function unknownsOf(bundle: Bundle, compiled: Compiled): readonly Path[] {
  const unknowns: Path[] = [['input'], ...compiled.withTargets.data.map((path) => ['data', ...path])];
  const { roots } = bundle.manifest;
  const claimed = new RootSet(roots);
  const { builtins } = compiled.options;
  for (const group of groupsBelow(compiled.tree))
    visitTerms(group, (term) => {
      if (term.kind === 'call' && builtins.get(operatorName(term.operator) ?? '')?.nondeterministic === true)
        unknowns.push(['data', ...group.path]);
      if (roots.includes('')) return;
      if (term.kind === 'var' && term.name === 'data') unknowns.push(['data']);
      if (term.kind !== 'ref' || term.head.kind !== 'var' || term.head.name !== 'data') return;
      const path = constantPath(term);
      if (!claimed.covers(path.join('/'))) unknowns.push(['data', ...path]);
    });
  return unknowns.map((path) => (nodeAt(compiled.tree, path.slice(1)) ? path : upToMissing(path, bundle.data)));
}

/** A path down to the first key that the data don't have: what is missing there is as unknown as what would be below it. */
function upToMissing(path: Path, data: PlainObject): Path {
  if (path[0] !== 'data') return path;
  let value: Value | undefined = data;
  for (let length = 1; length < path.length; length += 1) {
    value = isObject(value) ? valueAt(value, path[length] ?? '') : undefined;
    if (value === undefined) return path.slice(0, length + 1);
  }
  return path;
}

/** The term that the result is equal to, if nothing else speaks of the result, and which expression says so. */
function resultOf(body: Body): { readonly index: number; readonly text: string } | undefined {
  const texts = body.map(formatExpr);
  const index = body.findIndex(({ what }) => {
    if (what.kind !== 'term' || what.term.kind !== 'call' || what.term.operator.kind !== 'var') return false;
    const [left] = what.term.args;
    return what.term.operator.name === 'eq' && left?.kind === 'var' && left.name === RESULT;
  });
  const what = body[index]?.what;
  if (what?.kind !== 'term' || what.term.kind !== 'call' || body[index]?.negated === true) return undefined;
  const value = what.term.args[1];
  const isAlone = texts.every((text, i) => i === index || !text.includes(RESULT));
  return value === undefined || !isAlone ? undefined : { index, text: formatTerm(value) };
}

function ruleText(
  head: string,
  kind: RuleGroup['kind'],
  body: readonly string[],
  value: ReturnType<typeof resultOf>,
): string {
  const rest = body.filter((_, index) => index !== value?.index);
  const start = `${head} ${kind === 'set' ? 'contains' : ':='} ${value?.text ?? RESULT}`;
  return rest.length === 0 ? start : `${start} if {\n${rest.join('\n')}\n}`;
}

/** `a.b["c-d"]`: keys as names where they are. */
function refText([head = '', ...keys]: Path): string {
  return head + keys.map((key) => (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)).join('');
}

/** `optimized/a/b.rego`, with a number where that is taken. */
function freshName(names: Set<string>, path: Path): string {
  const base = `optimized/${path.map((part) => part.replace(/[^\w-]/g, '_')).join('/')}`;
  let name = `${base}.rego`;
  for (let n = 2; names.has(name); n += 1) name = `${base}-${n}.rego`;
  names.add(name);
  return name;
}
