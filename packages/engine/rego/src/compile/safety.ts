import type { RegoFault } from '../fault.ts';
import type { Body, Head, Rule, Term } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { exprVars, isRootName, termVars } from './expr-vars.ts';
import { reorderBody } from './reorder.ts';
import { type CompileState, fault, termExpr } from './state.ts';
import { chainOf, mapChain, walkTerm } from './traverse.ts';
import { functionReplacement } from './with-targets.ts';

/** Variables of heads must stand in the body or be arguments. */
export function checkHeadSafety(state: CompileState): RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { rules } of state.modules) {
    for (const { rule, originalNames } of rules) {
      if (rule.isDefault) continue;
      for (const link of chainOf(rule)) faults.push(...headFaults(link, originalNames));
    }
  }
  return faults;
}

function headFaults({ head, body }: Rule, originalNames: ReadonlyMap<string, string>): RegoFault[] {
  const terms: Term[] = head.ref.kind === 'ref' ? [...head.ref.args] : [];
  if (head.key !== undefined) terms.push(head.key);
  if (head.value !== undefined) terms.push(head.value);
  const names = new Map<string, Location>();
  for (const term of terms) {
    walkTerm(term, (item) => {
      if (item.kind === 'var' && !isRootName(item.name) && !names.has(item.name)) names.set(item.name, item.location);
    });
  }
  if (names.size === 0) return [];
  for (const arg of head.args ?? []) for (const name of termVars(arg)) names.delete(name);
  for (const expr of body) {
    if (names.size === 0) return [];
    for (const name of exprVars(expr).all) names.delete(name);
  }
  const faults = [...names].map(([name, location]) => {
    const written = originalNames.get(name) ?? (name.startsWith('$') ? '_' : name);
    return fault('rego_unsafe_var_error', `var ${written} is unsafe`, location);
  });
  return faults;
}

/** Orders all bodies for safety. */
export function orderBodies(state: CompileState): RegoFault[] {
  const faults: RegoFault[] = [];
  const isName = functionReplacement(state.tree, state.options);
  for (const { rules } of state.modules) {
    for (const working of rules) {
      const order = (body: Body, { args = [] }: Head): Body => {
        const bound = new Set(args.flatMap((arg) => [...termVars(arg)]));
        const ordered = reorderBody(body, bound, state.names, working.originalNames, isName);
        faults.push(...ordered.faults);
        return ordered.body;
      };
      if (working.rule.isDefault) working.rule = withOrderedDefault(working.rule, order);
      else working.rule = mapChain(working.rule, (link) => ({ ...link, body: order(link.body, link.head) }));
    }
  }
  return faults;
}

/** The value of a default has bodies where it has comprehensions. */
function withOrderedDefault(rule: Rule, order: (body: Body, head: Head) => Body): Rule {
  const { head } = rule;
  if (head.value === undefined) return rule;
  const [only] = order([termExpr(head.value)], head);
  return only?.what.kind === 'term' ? { ...rule, head: { ...head, value: only.what.term } } : rule;
}
