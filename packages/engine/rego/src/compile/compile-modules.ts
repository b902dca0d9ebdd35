import type { RegoFault } from '../fault.ts';
import type { Module } from '../syntax/ast.ts';
import type { Compiled, CompileOptions } from './compiled.ts';
import { byLocation } from './fault-order.ts';
import { emptyTree } from './rule-tree.ts';
import { STAGES } from './stages.ts';
import { type CompileState, LocalNames } from './state.ts';

const DEFAULT_ERROR_LIMIT = 10;

/**
 * Compiles modules to a tree of rules that can be evaluated: names resolved, locals renamed, bodies ordered, everything
 * checked.
 *
 * @returns `compiled`, or the faults as OPA words them: those of the first stage that can't be tolerated, and the tolerated
 *     ones of the stages before it
 */
export function compileModules(
  modules: readonly Module[],
  options: CompileOptions,
): { readonly compiled?: Compiled; readonly faults: readonly RegoFault[] } {
  const state: CompileState = {
    options,
    modules: modules.map((module) => ({
      module,
      rules: module.rules.map((rule) => ({ rule, headSuffix: [], originalNames: new Map(), module })),
      usedImports: new Set(),
    })),
    names: new LocalNames(),
    tree: emptyTree(),
    annotations: [],
    order: [],
    types: undefined,
    tolerated: [],
    withTargets: { input: false, data: [], builtins: [] },
  };
  for (const stage of STAGES) {
    const faults = stage.run(state);
    if (stage.tolerated === true) for (const item of faults) state.tolerated.push(item);
    else if (faults.length > 0) return { faults: limited(byLocation([...state.tolerated, ...faults]), options) };
  }
  if (state.tolerated.length > 0) return { faults: limited(byLocation(state.tolerated), options) };
  const { tree, annotations, withTargets, types } = state;
  const compiled: Compiled = {
    modules,
    tree,
    annotations,
    withTargets,
    options,
    typeOf: (ref) => types?.typeOf(ref),
    checkTypes: (body, names) => types?.checkQuery(body, names) ?? [],
  };
  return { compiled, faults: [] };
}

/** The first faults, and one more that says that there are others. */
export function limited(faults: readonly RegoFault[], options: CompileOptions): readonly RegoFault[] {
  const limit = options.errorLimit ?? DEFAULT_ERROR_LIMIT;
  if (limit <= 0 || faults.length <= limit) return faults;
  return [
    ...faults.slice(0, limit),
    { code: 'rego_compile_error', message: 'error limit reached', location: undefined },
  ];
}
