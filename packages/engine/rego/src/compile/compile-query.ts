import type { RegoFault } from '../fault.ts';
import type { Body, Import } from '../syntax/ast.ts';
import { limited } from './compile-modules.ts';
import type { Compiled, CompiledQuery } from './compiled.ts';
import { Expander } from './expand.ts';
import { exprVars } from './expr-vars.ts';
import { LocalsRewriter } from './locals.ts';
import { refusedBuiltinsIn } from './refused-builtins.ts';
import { reorderBody } from './reorder.ts';
import { globalsOf, Resolver } from './resolve.ts';
import { findNode } from './rule-tree.ts';
import { arityIn } from './stages.ts';
import { isGenerated, isWildcard, LocalNames, type WorkingNode } from './state.ts';
import { undefinedFunctionsIn } from './undefined-functions.ts';
import { voidCallsIn } from './void-calls.ts';
import { functionReplacement, WithCollector } from './with-targets.ts';

export interface QueryOptions {
  readonly compiled: Compiled;
  /** After `data`: names of the package's rules can be used as they are. */
  readonly packagePath?: readonly string[];
  readonly imports?: readonly Import[];
}

/** Compiles a query that is evaluated against compiled modules. */
export function compileQuery(
  written: Body,
  { compiled, packagePath, imports }: QueryOptions,
): { readonly query?: CompiledQuery; readonly faults: readonly RegoFault[] } {
  const { options } = compiled;
  const tree = compiled.tree as WorkingNode;
  const names = new LocalNames('__localq');
  const ruleNames = packagePath === undefined ? [] : exportedNames(tree, packagePath);
  const resolved = new Resolver(globalsOf(packagePath ?? [], ruleNames, imports ?? [])).body(written);
  const rewriter = new LocalsRewriter({ names, strict: options.strict === true });
  const renamed = rewriter.query(resolved);
  const { originalNames } = rewriter;
  if (rewriter.faults.length > 0) return { faults: limited(rewriter.faults, options) };
  const early = [...rewriter.unused, ...voidCallsIn(renamed, options, originalNames)];
  if (early.length > 0) return { faults: limited(early, options) };
  const arityOf = arityIn(tree, options);
  const expanded = new Expander({ names, enablePrint: options.enablePrint === true, arityOf }).body(renamed);
  const withs = new WithCollector(tree, options);
  withs.body(expanded);
  if (withs.faults.length > 0) return { faults: limited(withs.faults, options) };
  const undefinedFunctions = undefinedFunctionsIn(expanded, { tree, options }, originalNames);
  if (undefinedFunctions.length > 0) return { faults: limited(undefinedFunctions, options) };
  const isFunctionName = functionReplacement(tree, options);
  const { body, faults } = reorderBody(expanded, [], names, originalNames, isFunctionName);
  if (faults.length > 0) return { faults: limited(faults, options) };
  const typeFaults = compiled.checkTypes(body, originalNames);
  if (typeFaults.length > 0) return { faults: limited(typeFaults, options) };
  const refused = refusedBuiltinsIn(body, { options });
  if (refused.length > 0) return { faults: limited(refused, options) };
  const localOf = new Map<string, string>();
  for (const expr of renamed) {
    const values = expr.with.filter((item) => !isFunctionName(item));
    for (const name of exprVars({ ...expr, with: values }).all) {
      const shown = originalNames.get(name) ?? name;
      if (!isGenerated(shown) && !isWildcard(shown) && !localOf.has(shown)) localOf.set(shown, name);
    }
  }
  const indexes = new Map(written.map((expr, index) => [expr.location, index]));
  const query: CompiledQuery = {
    body,
    written: body.map((expr) => (expr.generated === true ? undefined : indexes.get(expr.location))),
    vars: [...localOf.keys()],
    localOf,
    originalNames,
    withTargets: withs.targets,
  };
  return { query, faults: [] };
}

/** First names of the rules of a package. */
function exportedNames(tree: WorkingNode, packagePath: readonly string[]): readonly string[] {
  return [...(findNode(tree, packagePath)?.children.keys() ?? [])];
}
