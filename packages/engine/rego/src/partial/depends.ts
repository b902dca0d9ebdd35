import type { Compiled, RuleGroup, RuleNode } from '../compile/compiled.ts';
import { constantPath, operatorName } from '../compile/operator.ts';
import { chainOf, walkRule, walkTerm } from '../compile/traverse.ts';
import type { CallTerm, Term } from '../syntax/ast.ts';

/** Tells of rule groups whether they read anything that is not known before the policy runs, by themselves or through other rules. */
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
        const visit = (term: Term): false | undefined => {
          if (reads) return false;
          if (term.kind === 'var') reads = touches([term.name]);
          if (term.kind === 'call') reads = isOpen(term);
          if (term.kind !== 'ref' || term.head.kind !== 'var') return undefined;
          const path = constantPath(term);
          reads =
            touches([term.head.name, ...path]) ||
            (term.head.name === 'data' && groupsAt(compiled.tree, path).some(depends));
          for (const arg of term.args) walkTerm(arg, visit);
          // The head alone says less than the whole path.
          return false;
        };
        walkRule(link, visit);
        return reads;
      }),
    );
    known.set(group, found);
    return found;
  };
  /** Calls that may give something else when the policy runs. */
  const isOpen = (term: CallTerm) =>
    compiled.options.builtins.get(operatorName(term.operator) ?? '')?.nondeterministic === true;
  const touches = (path: readonly string[]) =>
    unknowns.some((unknown) => {
      const shared = Math.min(unknown.length, path.length);
      return path[0] === unknown[0] && unknown.slice(0, shared).every((part, i) => part === path[i]);
    });
  return depends;
}

/** Groups on a path and all groups below it. */
function groupsAt(root: RuleNode, path: readonly string[]): RuleGroup[] {
  const found: RuleGroup[] = [];
  let node: RuleNode | undefined = root;
  for (const part of path) {
    if (node?.group !== undefined) found.push(node.group);
    node = node?.children.get(part);
  }
  return node === undefined ? found : [...found, ...below(node)];
}

function below(node: RuleNode): RuleGroup[] {
  const own = node.group === undefined ? [] : [node.group];
  return [...own, ...[...node.children.values()].flatMap(below)];
}
