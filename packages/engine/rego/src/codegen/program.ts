import type { Builtin } from '../builtins/builtin.ts';
import type { Compiled, RuleGroup, RuleNode, WithTargets } from '../compile/compiled.ts';
import type { Context } from '../runtime/context.ts';
import type { DocumentNode } from '../runtime/document.ts';
import { Evaluation } from '../runtime/evaluation.ts';
import { Hooks } from '../runtime/hooks.ts';
import * as library from '../runtime/library.ts';
import type { Value } from '../value/value.ts';
import { ConstantPool } from './constants.ts';
import type { ProgramScope } from './emitter.ts';
import { groupSource } from './rule.ts';
import { WRITERS } from './writers.ts';

export type GroupFunction = (context: Context, ...args: readonly Value[]) => Value | undefined;

/** The rules of a policy as functions. */
export interface Program {
  readonly compiled: Compiled;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly withTargets: WithTargets;
  readonly evaluation: Evaluation;
  /** Of the build for observers alone. */
  readonly hooks: Hooks | undefined;
  /** Number of slots that a context needs. */
  readonly slots: number;
  readonly root: DocumentNode;
  slotOf(group: RuleGroup): number;
  functionOf(group: RuleGroup): GroupFunction;
  nodeOf(node: RuleNode): DocumentNode;
}

/** Generates and builds the functions of all rules. `withTargets` are those of the policy and of the queries to come. */
export function buildProgram(
  compiled: Compiled,
  builtins: ReadonlyMap<string, Builtin>,
  withTargets: WithTargets,
  isObserved: boolean,
): Program {
  const constants = new ConstantPool();
  const groups: RuleGroup[] = [];
  const slots = new Map<RuleGroup, number>();
  const nodes = new Map<RuleNode, DocumentNode>();
  const withChildren = new Set<RuleGroup>();
  visitGroups(compiled.tree, (group, node) => {
    if (node.children.size > 0) withChildren.add(group);
    slots.set(group, groups.push(group) - 1);
  });
  const functions: GroupFunction[] = [];
  const functionOf = (group: RuleGroup) => functions[slots.get(group) as number] as GroupFunction;
  const nodeOf = (node: RuleNode): DocumentNode => {
    const known = nodes.get(node);
    if (known !== undefined) return known;
    const made = documentNode(node, functionOf);
    visitNodes(node, made, (from, to) => nodes.set(from, to));
    return made;
  };
  nodeOf(compiled.tree);
  const scope: ProgramScope = {
    constants,
    writers: WRITERS,
    builtins,
    tree: compiled.tree,
    withTargets,
    isObserved,
    functionOf: (group) => `g${slots.get(group)}`,
    nodeOf: (node) => constants.refer(nodeOf(node)),
  };
  const evaluation = new Evaluation();
  const hooks = isObserved ? new Hooks() : undefined;
  const sources: string[] = [];
  for (const [slot, group] of groups.entries())
    sources.push(groupSource(scope, group, `g${slot}`, slot, withChildren.has(group)));
  const source = `${sources.join('\n')}\nreturn [${groups.map((_, slot) => `g${slot}`).join(', ')}];`;
  functions.push(...build<GroupFunction[]>(source, constants, { evaluation, hooks }, []));
  return {
    compiled,
    builtins,
    withTargets,
    evaluation,
    hooks,
    slotOf: (group) => slots.get(group) as number,
    slots: groups.length,
    root: nodeOf(compiled.tree),
    functionOf,
    nodeOf,
  };
}

/** Every function of the runtime is a constant of the generated source: `R_get`. */
const LIBRARY_NAMES = Object.keys(library)
  .map((name) => `const R_${name} = R.${name};\n`)
  .join('');

/** Runs generated source: `R` is the runtime, `E` the evaluation, `H` what tells observers, `K` the constants, `G` functions of another program. */
export function build<Result>(
  source: string,
  constants: ConstantPool,
  { evaluation, hooks }: Pick<Program, 'evaluation' | 'hooks'>,
  functions: readonly GroupFunction[],
): Result {
  const prologue = `'use strict';\n${LIBRARY_NAMES}${constants.declarations()}`;
  return new Function('R', 'E', 'H', 'K', 'G', prologue + source)(
    library,
    evaluation,
    hooks,
    constants.items,
    functions,
  ) as Result;
}

function visitGroups(node: RuleNode, visit: (group: RuleGroup, node: RuleNode) => void): void {
  if (node.group !== undefined) visit(node.group, node);
  for (const child of node.children.values()) visitGroups(child, visit);
}

function visitNodes(node: RuleNode, made: DocumentNode, visit: (node: RuleNode, made: DocumentNode) => void): void {
  visit(node, made);
  for (const [key, child] of node.children) {
    const below = made.children.get(key);
    if (below !== undefined) visitNodes(child, below, visit);
  }
}

function documentNode(node: RuleNode, functionOf: (group: RuleGroup) => GroupFunction): DocumentNode {
  const { group } = node;
  let evaluate: GroupFunction | undefined;
  const lookUp = (context: Context): Value | undefined => {
    evaluate ??= functionOf(group as RuleGroup);
    return evaluate(context);
  };
  return {
    path: node.path,
    children: new Map([...node.children].map(([key, child]) => [key, documentNode(child, functionOf)])),
    evaluate: group === undefined || group.kind === 'function' ? undefined : lookUp,
    location: (group?.clauses[0] ?? group?.default)?.rule.location,
    isFunction: group?.kind === 'function' && node.children.size === 0,
  };
}
