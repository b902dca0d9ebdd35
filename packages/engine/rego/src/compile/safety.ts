import type { RegoFault } from '../fault.ts';
import type { Rule, Term } from '../syntax/ast.ts';
import { termVars } from './expr-vars.ts';
import { reorderBody } from './reorder.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, mapChain, walkBody } from './traverse.ts';

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
  const names = new Map<string, Term>();
  for (const term of terms) for (const name of termVars(term)) if (!names.has(name)) names.set(name, term);
  if (names.size === 0) return [];
  for (const arg of head.args ?? []) for (const name of termVars(arg)) names.delete(name);
  walkBody(body, (term) => {
    if (term.kind === 'var') names.delete(term.name);
    // Variables of closures don't leave them.
    return names.size > 0 && !('body' in term);
  });
  const faults = [...names].map(([name]) => {
    const written = originalNames.get(name) ?? (name.startsWith('$') ? '_' : name);
    return fault('rego_unsafe_var_error', `var ${written} is unsafe`, head.location);
  });
  return faults.sort((a, b) => (a.message < b.message ? -1 : 1));
}

/** Orders all bodies for safety. */
export function orderBodies(state: CompileState): RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { rules } of state.modules) {
    for (const working of rules) {
      if (working.rule.isDefault) continue;
      working.rule = mapChain(working.rule, (link) => {
        const bound = new Set<string>();
        for (const arg of link.head.args ?? []) for (const name of termVars(arg)) bound.add(name);
        const { body, faults: unsafe } = reorderBody(link.body, bound, state.names, working.originalNames);
        faults.push(...unsafe);
        return { ...link, body };
      });
    }
  }
  return faults;
}
