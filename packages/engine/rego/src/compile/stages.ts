import type { RegoFault } from '../fault.ts';
import type { CallTerm } from '../syntax/ast.ts';
import { inferTypes } from '../types/infer.ts';
import { AnnotationSet, jsonTerm } from './annotations.ts';
import type { CompileOptions } from './compiled.ts';
import { checkConflicts } from './conflicts.ts';
import { Expander } from './expand.ts';
import { LocalsRewriter, unusedArguments } from './locals.ts';
import { constantPath, isUserFunction, operatorName } from './operator.ts';
import { checkRecursion } from './recursion.ts';
import { checkDeprecatedBuiltins, checkUnsafeBuiltins } from './refused-builtins.ts';
import { exportedName, globalsOf, Resolver } from './resolve.ts';
import { buildRuleTree, findNode, splitHead } from './rule-tree.ts';
import { checkHeadSafety, orderBodies } from './safety.ts';
import type { CompileState, WorkingNode } from './state.ts';
import { checkDuplicateImports, checkShadowedRoots, checkUnusedImports } from './strict.ts';
import { chainOf, mapChain } from './traverse.ts';
import { checkUndefinedFunctions } from './undefined-functions.ts';
import { checkVoidCalls } from './void-calls.ts';
import { WithCollector } from './with-targets.ts';

export interface Stage {
  readonly name: string;
  /** Its faults don't keep later stages from being run; a stage without this that finds anything is the last. */
  readonly tolerated?: boolean;
  /** Works on the state and returns what it finds. */
  readonly run: (state: CompileState) => readonly RegoFault[];
}

/** In OPA's order: faults of a later stage are only seen when the earlier ones find none. */
export const STAGES: readonly Stage[] = [
  { name: 'resolve refs', run: resolveRefs, tolerated: true },
  { name: 'keyword overrides', run: checkShadowedRoots, tolerated: true },
  { name: 'duplicate imports', run: checkDuplicateImports, tolerated: true },
  { name: 'rule tree', run: plantTree },
  { name: 'local variables', run: renameLocals },
  { name: 'void calls', run: checkVoidCalls },
  { name: 'calls, terms of heads and metadata', run: expandTerms },
  { name: 'with', run: collectWiths },
  { name: 'conflicts', run: checkConflicts },
  { name: 'undefined functions', run: checkUndefinedFunctions },
  { name: 'safety of heads', run: checkHeadSafety },
  { name: 'safety of bodies', run: orderBodies },
  { name: 'recursion', run: checkRecursion },
  { name: 'types', run: checkTypes, tolerated: true },
  { name: 'unsafe built-ins', run: checkUnsafeBuiltins, tolerated: true },
  { name: 'deprecated built-ins', run: checkDeprecatedBuiltins, tolerated: true },
];

function resolveRefs(state: CompileState): readonly RegoFault[] {
  const namesOf = new Map<string, Set<string>>();
  for (const { module } of state.modules) {
    const key = JSON.stringify(module.package.path);
    let names = namesOf.get(key);
    if (names === undefined) {
      names = new Set();
      namesOf.set(key, names);
    }
    for (const rule of module.rules) {
      const name = exportedName(rule);
      if (name !== undefined) names.add(name);
    }
  }
  for (const working of state.modules) {
    const { module } = working;
    const names = namesOf.get(JSON.stringify(module.package.path)) ?? [];
    const resolver = new Resolver(globalsOf(module.package.path, names, module.imports));
    for (const [index, rule] of resolver.module(module).entries()) {
      const old = working.rules[index];
      if (old !== undefined) old.rule = rule;
    }
    working.usedImports = resolver.used;
  }
  return checkUnusedImports(state);
}

function plantTree(state: CompileState): readonly RegoFault[] {
  state.tree = buildRuleTree(state.modules);
  return [];
}

function renameLocals(state: CompileState): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  const strict = state.options.strict === true;
  for (const { module, rules } of state.modules) {
    for (const working of rules) {
      const usedArguments = new Set<string>();
      let clean = true;
      working.rule = mapChain(working.rule, (link) => {
        const rewriter = new LocalsRewriter({ names: state.names, strict }, working.originalNames);
        const result = rewriter.rule(link);
        for (const item of rewriter.faults) faults.push(item);
        for (const item of rewriter.unused) state.tolerated.push(item);
        for (const name of rewriter.usedArguments) usedArguments.add(name);
        clean &&= rewriter.faults.length === 0;
        return result;
      });
      if (strict && clean) for (const item of unusedArguments(working, usedArguments)) state.tolerated.push(item);
      working.headSuffix = splitHead(module, working.rule).suffix;
    }
  }
  return faults;
}

/** Number of parameters of a function of the tree or of a built-in. */
export function arityIn(tree: WorkingNode, options: CompileOptions) {
  return (operator: CallTerm['operator']): number | undefined => {
    if (isUserFunction(operator)) {
      const path = constantPath(operator);
      return path.length === operator.args.length ? findNode(tree, path)?.group?.arity : undefined;
    }
    const name = operatorName(operator);
    const type = name === undefined ? undefined : options.builtins.get(name)?.type;
    return type === undefined || type.variadic !== undefined ? undefined : type.args.length;
  };
}

function expandTerms(state: CompileState): readonly RegoFault[] {
  const { names, options, tree } = state;
  const expander = new Expander({ names, enablePrint: options.enablePrint === true, arityOf: arityIn(tree, options) });
  const annotations = new AnnotationSet(state.modules.map(({ module }) => module));
  state.annotations = annotations.sorted();
  for (const { module, rules } of state.modules) {
    for (const working of rules) {
      const written = working.rule;
      working.rule = expander.rule(written, (name, location, inElse) => {
        const rule = inElse ? { ...written, annotations: [] } : written;
        if (name === 'rego.metadata.rule') return jsonTerm(annotations.ofRule(rule), location);
        if (name === 'rego.metadata.chain') return jsonTerm(annotations.chainOf(module, rule), location);
        return undefined;
      });
      working.headSuffix = splitHead(module, working.rule).suffix;
    }
  }
  return annotations.faults;
}

function collectWiths(state: CompileState): readonly RegoFault[] {
  const collector = new WithCollector(state.tree, state.options);
  for (const { rules } of state.modules) {
    for (const { rule } of rules) for (const link of chainOf(rule)) collector.body(link.body);
  }
  state.withTargets = collector.targets;
  return collector.faults;
}

function checkTypes(state: CompileState): readonly RegoFault[] {
  const { builtins, schemas } = state.options;
  state.types = inferTypes(
    state.order.flatMap((group) => group.all),
    {
      builtins,
      ...(schemas === undefined ? {} : { schemas }),
      modules: state.modules.map(({ module }) => module),
      annotations: state.annotations,
    },
  );
  return state.types.faults;
}
