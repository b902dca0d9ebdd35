import type { Rule, Term } from '../syntax/ast.ts';
import type { Compiled, CompiledQuery, RuleGroup, RuleNode } from './compiled.ts';
import { constantPath } from './operator.ts';
import { chainOf, type TermVisitor, walkBody, walkRule, walkTerm } from './traverse.ts';

type Path = readonly string[];

/** Paths with their root: `['input', 'user', 'roles']`, `['data', 'main', 'allow']`; sorted. */
export interface NeededDocuments {
  /** What is read of the input and of base documents, as far as the policy tells. */
  readonly base: readonly Path[];
  /** Rules and functions. */
  readonly virtual: readonly Path[];
}

/** Documents that a query depends on, itself or through rules: what `opa deps` lists. */
export function neededDocuments(compiled: Compiled, query: CompiledQuery): NeededDocuments {
  const base = new Map<string, Path>();
  const groups = new Set<RuleGroup>();
  const take = (walk: (visit: TermVisitor) => void): void => {
    const paths = new Map<string, Path>();
    walk(pathVisitor((path) => paths.set(JSON.stringify(path), path)));
    for (const [key, path] of paths) {
      const found = path[0] === 'data' ? groupsAt(compiled.tree, path.slice(1)) : [];
      // A set grows while it is gone through: rules of new groups come later.
      for (const group of found) groups.add(group);
      if (found.length === 0 && !hasPrefix(paths, path)) base.set(key, path);
    }
  };
  take((visit) => walkBody(query.body, visit));
  for (const group of groups) for (const rule of rulesOf(group)) take((visit) => walkRule(rule, visit));
  return { base: sorted([...base.values()]), virtual: sorted([...groups].map(({ path }) => ['data', ...path])) };
}

/** Tells the constant part of each ref to `data` or `input`. */
function pathVisitor(found: (path: Path) => void): TermVisitor {
  const visit: TermVisitor = (term) => {
    const root = rootOf(term);
    if (root === undefined) return undefined;
    found(term.kind === 'ref' ? [root, ...constantPath(term)] : [root]);
    // The root is told; keys may hold refs of their own.
    if (term.kind === 'ref') for (const arg of term.args) walkTerm(arg, visit);
    return false;
  };
  return visit;
}

function rootOf(term: Term): string | undefined {
  const head = term.kind === 'ref' ? term.head : term;
  return head.kind === 'var' && (head.name === 'data' || head.name === 'input') ? head.name : undefined;
}

/** The group that a path leads into, or all groups below it. */
function groupsAt(tree: RuleNode, path: Path): RuleGroup[] {
  let node = tree;
  for (const name of path) {
    const child = node.children.get(name);
    if (child === undefined) return node.group === undefined ? [] : [node.group];
    node = child;
  }
  return groupsBelow(node);
}

function groupsBelow(node: RuleNode): RuleGroup[] {
  const below = [...node.children.values()].flatMap(groupsBelow);
  return node.group === undefined ? below : [node.group, ...below];
}

function rulesOf({ clauses, default: fallback }: RuleGroup): Rule[] {
  return [...clauses, ...(fallback === undefined ? [] : [fallback])].flatMap(({ rule }) => chainOf(rule));
}

/** Whether a shorter path among them says it already. */
function hasPrefix(paths: ReadonlyMap<string, Path>, path: Path): boolean {
  return path.some((_, length) => length > 0 && paths.has(JSON.stringify(path.slice(0, length))));
}

function sorted(paths: readonly Path[]): Path[] {
  const key = (path: Path) => path.join('\u0000');
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
