import type { RegoFault } from '../fault.ts';
import type { Body, CallTerm, Term } from '../syntax/ast.ts';
import { argumentError, writtenText } from '../types/messages.ts';
import { Scope } from '../types/scope.ts';
import { typeOfTerm } from '../types/term-type.ts';
import type { Type } from '../types/type.ts';
import { emptyNode } from '../types/type-tree.ts';
import { byLocation } from './fault-order.ts';
import { constantPath, isUserFunction, operatorName } from './operator.ts';
import { findNode } from './rule-tree.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, childrenOf, closureTerms, isClosure, type TermVisitor, walkBody, walkRule } from './traverse.ts';

/**
 * Calls of what is no function, and calls with too few or too many arguments: one more than the function has is its result.
 * Built-ins that the options don't name are undefined.
 */
export function checkUndefinedFunctions(state: CompileState): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { rules } of state.modules)
    for (const working of rules) {
      const visit = callVisitor(faults, state, working.originalNames);
      for (const rule of chainOf(working.rule)) walkRule(rule, visit);
    }
  return byLocation(faults);
}

/** The same of a query's body. */
export function undefinedFunctionsIn(
  body: Body,
  state: Pick<CompileState, 'tree' | 'options'>,
  names: ReadonlyMap<string, string>,
): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  walkBody(body, callVisitor(faults, state, names));
  return byLocation(faults);
}

/** Walked outside in: a call below another term has no argument for its result. */
function callVisitor(
  faults: RegoFault[],
  state: Pick<CompileState, 'tree' | 'options'>,
  names: ReadonlyMap<string, string>,
): TermVisitor {
  const nested = new Set<Term>();
  return (term) => {
    for (const child of isClosure(term) ? closureTerms(term) : childrenOf(term))
      if (child.kind === 'call') nested.add(child);
    if (term.kind !== 'call') return;
    const found = checkCall(term, state, names, nested.has(term));
    if (found) faults.push(found);
  };
}

function checkCall(
  call: CallTerm,
  { tree, options }: Pick<CompileState, 'tree' | 'options'>,
  names: ReadonlyMap<string, string>,
  isNested: boolean,
): RegoFault | undefined {
  const { operator, args, location } = call;
  const undefinedFunction = (): RegoFault =>
    fault('rego_type_error', `undefined function ${writtenText(operator, names)}`, location);
  if (isUserFunction(operator)) {
    const path = constantPath(operator);
    const group = path.length === operator.args.length ? findNode(tree, path)?.group : undefined;
    if (group === undefined) return undefinedFunction();
    // `f()` may call a rule that is no function, when its value may be anything: types tell.
    const arity = group.arity ?? 0;
    if (args.length === arity || (args.length === arity + 1 && !isNested)) return undefined;
    const got = `${args.length} ${args.length === 1 ? 'argument' : 'arguments'}`;
    const message = `function ${writtenText(operator, names)} has arity ${arity}, got ${got}`;
    return fault('rego_type_error', message, location);
  }
  const name = operatorName(operator);
  const type = name === undefined ? undefined : options.builtins.get(name)?.type;
  if (name === undefined || type === undefined) return undefinedFunction();
  const most = type.args.length + (type.result && !isNested ? 1 : 0);
  if (args.length >= type.args.length && (type.variadic || args.length <= most)) return undefined;
  const nothing = { data: emptyNode(), input: undefined, results: new Map() };
  const have: (Type | undefined)[] = args.map((arg) => typeOfTerm(arg, new Scope(), nothing));
  if (isNested) have.push(undefined);
  return fault('rego_type_error', argumentError(name, 'arity mismatch', have, type, false), location);
}
