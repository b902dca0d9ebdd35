import type { Compiled, RuleGroup, RuleNode } from '../compile/compiled.ts';
import { constantPath } from '../compile/operator.ts';
import { chainOf, walkRule } from '../compile/traverse.ts';

/** Tells of rule groups whether they read anything unknown, by themselves or through other rules. */
export function createDependency(
  compiled: Compiled,
  unknowns: readonly (readonly string[])[],
): (group: RuleGroup) => boolean {
  const known = new Map<RuleGroup, boolean>();
  const depends = (group: RuleGroup): boolean => {
    const answer = known.get(group);
    if (answer !== undefined) return answer;
    // The compiler refuses recursion; this only keeps a group from being asked twice.
    known.set(group, false);
    const found = [...group.clauses, ...(group.default === undefined ? [] : [group.default])].some(({ rule }) =>
      chainOf(rule).some((link) => {
        let reads = false;
        walkRule(link, (term) => {
          if (reads) return false;
          if (term.kind === 'var') reads = touches([term.name]);
          if (term.kind !== 'ref' || term.head.kind !== 'var') return;
          const path = constantPath(term);
          reads =
            touches([term.head.name, ...path]) ||
            (term.head.name === 'data' && groupsAt(compiled.tree, path).some(depends));
          // The head alone says less than the whole path.
          if (!reads) for (const arg of term.args) if (arg.kind === 'var') reads ||= touches([arg.name]);
          return;
        });
        return reads;
      }),
    );
    known.set(group, found);
    return found;
  };
  const touches = (path: readonly string[]) =>
    unknowns.some((unknown) => {
      const shared = Math.min(unknown.length, path.length);
      return path[0] === unknown[0] && unknown.slice(0, shared).every((part, i) => part === path[i]);
    });
  return depends;
}

/** The group on a path, or all groups below it. */
function groupsAt(root: RuleNode, path: readonly string[]): RuleGroup[] {
  let node: RuleNode | undefined = root;
  for (const part of path) {
    if (node?.group !== undefined) return [node.group];
    node = node?.children.get(part);
  }
  return node === undefined ? [] : below(node);
}

function below(node: RuleNode): RuleGroup[] {
  const own = node.group === undefined ? [] : [node.group];
  return [...own, ...[...node.children.values()].flatMap(below)];
}
