import type { Diagnostic } from '@sekisho/base';
import type { Compiled, CompiledRule, RuleGroup, RuleNode } from '../compile/compiled.ts';
import { chainOf, walkRule, walkTerm } from '../compile/traverse.ts';
import type { Term } from '../syntax/ast.ts';
import { bundleFault } from './faults.ts';

/** Keys below `data`. */
export type Path = readonly string[];

/** Rules of entrypoints (`authz/allow`), or of all packages below them. */
export function groupsOf(compiled: Compiled, entrypoints: readonly string[]) {
  const groups = new Set<RuleGroup>();
  const faults: Diagnostic[] = [];
  for (const entrypoint of entrypoints) {
    const node = nodeAt(compiled.tree, entrypoint.split('/'));
    for (const group of node === undefined ? [] : groupsBelow(node)) groups.add(group);
    if (node === undefined)
      faults.push(bundleFault('BUNDLE_ENTRYPOINT', entrypoint, 'there is no rule or package with this path'));
  }
  return { groups: [...groups], faults };
}

export function nodeAt(tree: RuleNode, path: Path): RuleNode | undefined {
  let node: RuleNode | undefined = tree;
  for (const key of path) node = node?.children.get(key);
  return node;
}

export function groupsBelow(node: RuleNode): RuleGroup[] {
  return [...(node.group === undefined ? [] : [node.group]), ...[...node.children.values()].flatMap(groupsBelow)];
}

export function clausesOf({ clauses, default: fallback }: RuleGroup): readonly CompiledRule[] {
  return fallback === undefined ? clauses : [...clauses, fallback];
}

/** All terms of all rules of a group, but for the heads of refs: a variable `data` is all data. */
export function visitTerms(group: RuleGroup, visit: (term: Term) => void): void {
  const visitor = (term: Term): boolean | undefined => {
    visit(term);
    if (term.kind !== 'ref' || term.head.kind !== 'var') return undefined;
    for (const arg of term.args) walkTerm(arg, visitor);
    return false;
  };
  for (const { rule } of clausesOf(group)) for (const link of chainOf(rule)) walkRule(link, visitor);
}
