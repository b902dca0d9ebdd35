import { BUILTINS } from '../builtins/registry.ts';
import type { RuleGroup } from '../compile/compiled.ts';
import { isUserFunction, operatorName } from '../compile/operator.ts';
import { chainOf, type TermVisitor, walkRule, walkTerm } from '../compile/traverse.ts';
import type { CallTerm } from '../syntax/ast.ts';
import { groupAt } from './call.ts';
import type { ProgramScope } from './emitter.ts';

/**
 * Whether what a function gives for a text is kept from evaluation to evaluation: policies read the same few quantities
 * (`100m`, `256Mi`) in all objects. It has one parameter and depends on nothing else.
 */
export function isRemembered(program: ProgramScope, group: RuleGroup): boolean {
  const { withTargets, isStepwise } = program;
  const isReplaceable = withTargets.builtins.length > 0 || withTargets.data.length > 0;
  return group.arity === 1 && !isStepwise && !isReplaceable && dependsOnArguments(program, group);
}

/** With more functions below it, one is not looked into. */
const MAX_CALLED = 32;

/** Neither documents nor rules nor the world are asked, here or in any function that is called. */
function dependsOnArguments(program: ProgramScope, start: RuleGroup): boolean {
  const groups = new Set([start]);
  let isGood = true;
  const visit: TermVisitor = (term) => {
    if (term.kind === 'call') {
      isGood &&= isGoodCall(term);
      for (const arg of term.args) walkTerm(arg, visit);
      return false;
    }
    if (term.kind === 'var' && (term.name === 'input' || term.name === 'data')) isGood = false;
    return isGood ? undefined : false;
  };
  const isGoodCall = ({ operator }: CallTerm): boolean => {
    if (!isUserFunction(operator)) return isAlwaysSame(program, operatorName(operator) ?? '');
    const called = groupAt(program.tree, operator);
    if (called !== undefined) groups.add(called);
    return called !== undefined && groups.size <= MAX_CALLED;
  };
  // Grows while it is gone through.
  for (const { clauses, default: fallback } of groups) {
    if (!isGood) return false;
    for (const { rule } of fallback === undefined ? clauses : [...clauses, fallback])
      for (const link of chainOf(rule)) walkRule(link, visit);
  }
  return isGood;
}

/** What a caller brings is not known well enough. */
function isAlwaysSame({ builtins }: ProgramScope, name: string): boolean {
  const builtin = builtins.get(name);
  return builtin !== undefined && builtin === BUILTINS.get(name) && builtin.nondeterministic !== true;
}
