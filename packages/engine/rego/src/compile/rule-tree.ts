import type { Module, Rule, Term } from '../syntax/ast.ts';
import type { WorkingModule, WorkingNode } from './state.ts';

/** Constant path of a rule below `data`, and the terms of its head ref that follow it. */
export function splitHead(module: Module, rule: Rule): { path: readonly string[]; suffix: readonly Term[] } {
  const { ref } = rule.head;
  if (ref.kind === 'var') return { path: [...module.package.path, ref.name], suffix: [] };
  const path = [...module.package.path];
  if (ref.head.kind === 'var') path.push(ref.head.name);
  let index = 0;
  for (; index < ref.args.length; index++) {
    const arg = ref.args[index];
    if (arg?.kind !== 'string') break;
    path.push(arg.value);
  }
  return { path, suffix: ref.args.slice(index) };
}

export function emptyTree(): WorkingNode {
  return { path: [], children: new Map() };
}

/** Adds the rules of all modules: those of one path stand in one group, in the order of modules. */
export function buildRuleTree(modules: readonly WorkingModule[]): WorkingNode {
  const root = emptyTree();
  for (const module of modules) {
    nodeAt(root, module.module.package.path);
    for (const working of module.rules) {
      const { path, suffix } = splitHead(module.module, working.rule);
      working.headSuffix = suffix;
      const node = nodeAt(root, path);
      const { head, isDefault } = working.rule;
      node.group ??= { path: node.path, kind: 'complete', clauses: [], all: [] };
      const { group } = node;
      group.all.push(working);
      if (head.args !== undefined) {
        group.kind = 'function';
        group.arity ??= head.args.length;
      } else if (group.kind !== 'function') {
        if (suffix.length > 0) group.kind = 'object';
        else if (head.key !== undefined && group.kind === 'complete') group.kind = 'set';
      }
      if (isDefault) group.default ??= working;
      else group.clauses.push(working);
    }
  }
  return root;
}

function nodeAt(root: WorkingNode, path: readonly string[]): WorkingNode {
  let node = root;
  for (const name of path) {
    let child = node.children.get(name);
    if (child === undefined) {
      child = { path: [...node.path, name], children: new Map() };
      node.children.set(name, child);
    }
    node = child;
  }
  return node;
}

/** The node at a path, if modules or rules stand there or below. */
export function findNode<N extends { readonly children: ReadonlyMap<string, N> }>(
  root: N,
  path: readonly string[],
): N | undefined {
  let node: N | undefined = root;
  for (const name of path) {
    node = node.children.get(name);
    if (node === undefined) return undefined;
  }
  return node;
}
