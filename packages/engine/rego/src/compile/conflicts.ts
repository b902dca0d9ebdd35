import type { RegoFault } from '../fault.ts';
import type { RefTerm, Rule, Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import type { Location } from '../syntax/location.ts';
import { scalarOf } from '../types/term-type.ts';
import { compareValues } from '../value/compare.ts';
import { type MapKey, mapKeyOf, type Value } from '../value/value.ts';
import { byLocation } from './fault-order.ts';
import { type CompileState, fault, type WorkingRule } from './state.ts';

/** Rules by the scalars that their heads' refs begin with: finer than the tree that is evaluated, which ends at the names. */
interface Node {
  readonly children: Map<MapKey, Node>;
  readonly key: Value;
  readonly rules: WorkingRule[];
}

/**
 * Rules that can't stand side by side, or within the package of that name: "conflicting rules", "multiple default rules",
 * "rule … conflicts with", "package … conflicts with rule", and rules in the place of base documents.
 */
export function checkConflicts(state: CompileState): readonly RegoFault[] {
  const root: Node = { children: new Map(), key: null, rules: [] };
  for (const { module, rules } of state.modules) {
    for (const working of rules) {
      let node = root;
      for (const name of module.package.path) node = childOf(node, name);
      for (const key of scalarPrefix(working.rule)) node = childOf(node, key);
      node.rules.push(working);
    }
  }
  const faults: RegoFault[] = [];
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    stack.push(...node.children.values());
    const found = conflictAt(node);
    if (found) faults.push(found);
  }
  faults.push(...packagesAtRules(state, root), ...rulesAtDocuments(state, root));
  return byLocation(faults);
}

function childOf(node: Node, key: Value): Node {
  const mapKey = mapKeyOf(key);
  let child = node.children.get(mapKey);
  if (!child) {
    child = { children: new Map(), key, rules: [] };
    node.children.set(mapKey, child);
  }
  return child;
}

function headPath({ head: { ref } }: Rule): readonly Term[] {
  if (ref.kind === 'ref') return [ref.head, ...ref.args];
  return [ref];
}

function scalarPrefix(rule: Rule): readonly Value[] {
  const prefix: Value[] = [];
  for (const [index, term] of headPath(rule).entries()) {
    const key = index === 0 && term.kind === 'var' ? term.name : scalarOf(term);
    if (key === undefined) break;
    prefix.push(key);
  }
  return prefix;
}

function isDynamic(rule: Rule): boolean {
  return scalarPrefix(rule).length < headPath(rule).length;
}

/** What a rule makes of its document. */
function documentKind(rule: Rule): string {
  const { head } = rule;
  const value = head.key && !head.value ? 'set' : 'value';
  return isDynamic(rule) ? `object of ${value}s` : value;
}

function conflictAt(node: Node): RegoFault | undefined {
  const [first] = node.rules;
  if (!first) return undefined;
  const last = node.rules.at(-1) ?? first;
  const { location } = first.rule;
  if (node.rules.some(({ rule }) => !isDynamic(rule))) {
    const below = [...node.children.values()].flatMap(rulesBelow);
    if (below.length > 0) {
      const names = [...new Set(below.map(fullName))].join(' ');
      return fault('rego_type_error', `rule ${fullName(last)} conflicts with [${names}]`, location);
    }
  }
  const kinds = new Set(node.rules.map(({ rule }) => documentKind(rule)));
  const arities = new Set(node.rules.map(({ rule }) => rule.head.args?.length ?? -1));
  if (kinds.size > 1 || arities.size > 1)
    return fault('rego_type_error', `conflicting rules ${fullName(last)} found`, location);
  const defaults = node.rules.filter(({ rule }) => rule.isDefault);
  if (defaults.length < 2) return undefined;
  const places = defaults.map(({ rule }) => place(rule.location)).join(', ');
  const message = `multiple default rules ${fullName(last)} found at ${places}`;
  return fault('rego_type_error', message, last.module.package.location);
}

/** In the order of their names. */
function rulesBelow(node: Node): readonly WorkingRule[] {
  const found: WorkingRule[] = [...node.rules];
  const children = [...node.children.values()].sort((a, b) => compareValues(a.key, b.key));
  for (const child of children) found.push(...rulesBelow(child));
  return found;
}

function place({ file, row }: Location): string {
  return `${file}:${row}`;
}

/** `data.a.p[x]`. */
function fullName({ module, rule, originalNames }: WorkingRule): string {
  const { location } = rule;
  const strings = [...module.package.path].map((value): Term => ({ kind: 'string', value, location }));
  const [name, ...rest] = headPath(rule).map((term): Term => {
    if (term.kind !== 'var') return term;
    return { ...term, name: originalNames.get(term.name) ?? term.name };
  });
  const named: Term[] = name?.kind === 'var' ? [{ kind: 'string', value: name.name, location }] : name ? [name] : [];
  const ref: RefTerm = {
    kind: 'ref',
    head: { kind: 'var', name: 'data', location },
    args: [...strings, ...named, ...rest],
    location,
  };
  return formatTerm(ref);
}

/** Packages whose path is that of a rule which is no object. */
function packagesAtRules(state: CompileState, root: Node): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  const seen = new Set<Node>();
  for (const { module } of state.modules) {
    let node: Node | undefined = root;
    for (const name of module.package.path) node = node?.children.get(mapKeyOf(name));
    const rule = node?.rules.find((working) => !isDynamic(working.rule));
    if (!node || !rule || seen.has(node)) continue;
    seen.add(node);
    const packageName = formatTerm({
      kind: 'ref',
      head: { kind: 'var', name: 'package', location: module.package.location },
      args: module.package.path.map((value) => ({ kind: 'string', value, location: module.package.location })),
      location: module.package.location,
    }).replace('.', ' ');
    const message = `${packageName} conflicts with rule ${formatTerm(rule.rule.head.ref)} defined at ${place(rule.rule.location)}`;
    faults.push(fault('rego_type_error', message, rule.module.package.location));
  }
  return faults;
}

/** Rules in the place of base documents, or below one that has no members. */
function rulesAtDocuments({ options }: CompileState, root: Node): readonly RegoFault[] {
  const { hasBaseDocument } = options;
  if (!hasBaseDocument) return [];
  const faults: RegoFault[] = [];
  const visit = (node: Node, path: readonly string[]): void => {
    const [first] = node.rules;
    if (first && hasBaseDocument(path))
      faults.push(
        fault('rego_compile_error', `conflicting rule for data path ${path.join('/')} found`, first.rule.location),
      );
    for (const child of node.children.values()) if (typeof child.key === 'string') visit(child, [...path, child.key]);
  };
  visit(root, []);
  return faults;
}
