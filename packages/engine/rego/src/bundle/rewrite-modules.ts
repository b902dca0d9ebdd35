import type { RuleGroup } from '../compile/compiled.ts';
import type { Comment, Module, Rule } from '../syntax/ast.ts';
import { formatModule } from '../syntax/format.ts';
import type { BundleModule } from './bundle.ts';

/** Modules without the rules of some groups; those that have none left are left out. Others keep their text. */
export function withoutGroups(
  modules: readonly BundleModule[],
  parsed: readonly Module[],
  groups: readonly RuleGroup[],
): BundleModule[] {
  // The compiler has rewritten the rules: they are known by where they stand.
  const removed = new Set<string>();
  for (const group of groups)
    for (const { rule } of [...group.clauses, ...(group.default === undefined ? [] : [group.default])])
      removed.add(placeOf(rule));
  return modules.flatMap((bundled) => {
    const module = parsed.find(({ file }) => file === bundled.file);
    if (module === undefined) return [bundled];
    const rules = module.rules.filter((rule) => !removed.has(placeOf(rule)));
    if (rules.length === module.rules.length) return [bundled];
    if (rules.length === 0) return [];
    const comments = module.comments.filter((comment) => !isOfRemoved(comment, module, removed));
    return [{ ...bundled, text: formatModule({ ...module, rules, comments }) }];
  });
}

function placeOf({ location }: Rule): string {
  return `${location.offset} ${location.file}`;
}

/** Comments in a rule and before it, down from the statement before. */
function isOfRemoved({ location }: Comment, module: Module, removed: ReadonlySet<string>): boolean {
  const next = module.rules.find((rule) => rule.location.end > location.offset);
  return next !== undefined && location.offset > module.package.location.end && removed.has(placeOf(next));
}
