import type { Diagnostic } from '@sekisho/base';
import type { RuleGroup, RuleNode } from '../compile/compiled.ts';
import { constantPath } from '../compile/operator.ts';
import { compilePolicy } from '../policy.ts';
import type { Bundle } from './bundle.ts';
import { groupsBelow, groupsOf, type Path, visitTerms } from './entrypoints.ts';
import { moduleFault } from './faults.ts';
import { withoutGroups } from './rewrite-modules.ts';

/**
 * A bundle without the rules that no entrypoint needs, by itself or through others. Data stay.
 *
 * @param entrypoints  rules or packages that will be asked for: `authz/allow`
 * @returns the bundle, or faults (BUNDLE_ENTRYPOINT, BUNDLE_MODULE)
 */
export function pruneBundle(
  bundle: Bundle,
  entrypoints: readonly string[],
): { bundle?: Bundle; faults: readonly Diagnostic[] } {
  const { modules, data } = bundle;
  const { policy, faults } = compilePolicy({ modules, data, errorLimit: 0 });
  if (policy === undefined) return { faults: faults.map(moduleFault) };
  const { tree, withTargets } = policy.compiled;
  const { groups, faults: missing } = groupsOf(policy.compiled, entrypoints);
  if (missing.length > 0) return { faults: missing };
  const needed = new Set<RuleGroup>();
  const open: RuleGroup[] = [...groups, ...withTargets.data.flatMap((path) => groupsAlong(tree, path))];
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    if (needed.has(group)) continue;
    needed.add(group);
    visitTerms(group, (term) => {
      if (term.kind === 'var' && term.name === 'data') open.push(...groupsBelow(tree));
      if (term.kind === 'ref' && term.head.kind === 'var' && term.head.name === 'data')
        open.push(...groupsAlong(tree, constantPath(term)));
    });
  }
  const unneeded = groupsBelow(tree).filter((group) => !needed.has(group));
  if (unneeded.length === 0) return { bundle, faults: [] };
  const kept = withoutGroups(modules, policy.modules, unneeded);
  return { bundle: { ...bundle, modules: kept, isSigned: false }, faults: [] };
}

/** Groups on a path, and all below its end. */
function groupsAlong(tree: RuleNode, path: Path): RuleGroup[] {
  const groups: RuleGroup[] = [];
  let node: RuleNode = tree;
  for (const key of path) {
    if (node.group !== undefined) groups.push(node.group);
    const child = node.children.get(key);
    if (child === undefined) return groups;
    node = child;
  }
  return [...groups, ...groupsBelow(node)];
}
