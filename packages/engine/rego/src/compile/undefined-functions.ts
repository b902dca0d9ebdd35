import type { RegoFault } from '../fault.ts';
import type { Body, CallTerm } from '../syntax/ast.ts';
import { argumentError, writtenText } from '../types/messages.ts';
import { Scope } from '../types/scope.ts';
import { typeOfTerm } from '../types/term-type.ts';
import { emptyNode } from '../types/type-tree.ts';
import { byLocation } from './fault-order.ts';
import { constantPath, isUserFunction, operatorName } from './operator.ts';
import { findNode } from './rule-tree.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, walkBody, walkRule } from './traverse.ts';

/**
 * Calls of what is no function, and calls with too few or too many arguments: one more than the function has is its result.
 * Built-ins that the options don't name are undefined.
 */
export function checkUndefinedFunctions(state: CompileState): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { rules } of state.modules)
    for (const working of rules)
      for (const rule of chainOf(working.rule))
        walkRule(rule, (term) => {
          if (term.kind === 'call') report(faults, checkCall(term, state, working.originalNames));
        });
  return byLocation(faults);
}

/** The same of a query's body. */
export function undefinedFunctionsIn(
  body: Body,
  state: Pick<CompileState, 'tree' | 'options'>,
  names: ReadonlyMap<string, string>,
): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  walkBody(body, (term) => {
    if (term.kind === 'call') report(faults, checkCall(term, state, names));
  });
  return byLocation(faults);
}

function report(faults: RegoFault[], found: RegoFault | undefined): void {
  if (found) faults.push(found);
}

function checkCall(
  call: CallTerm,
  { tree, options }: Pick<CompileState, 'tree' | 'options'>,
  names: ReadonlyMap<string, string>,
): RegoFault | undefined {
  const { operator, args, location } = call;
  const undefinedFunction = (): RegoFault =>
    fault('rego_type_error', `undefined function ${writtenText(operator, names)}`, location);
  if (isUserFunction(operator)) {
    const path = constantPath(operator);
    const group = path.length === operator.args.length ? findNode(tree, path)?.group : undefined;
    if (group?.arity === undefined) return undefinedFunction();
    if (args.length === group.arity || args.length === group.arity + 1) return undefined;
    const got = `${args.length} ${args.length === 1 ? 'argument' : 'arguments'}`;
    const message = `function ${writtenText(operator, names)} has arity ${group.arity}, got ${got}`;
    return fault('rego_type_error', message, location);
  }
  const name = operatorName(operator);
  const type = name === undefined ? undefined : options.builtins.get(name)?.type;
  if (name === undefined || type === undefined) return undefinedFunction();
  const most = type.args.length + (type.result ? 1 : 0);
  if (args.length >= type.args.length && (type.variadic || args.length <= most)) return undefined;
  const nothing = { data: emptyNode(), input: undefined, results: new Map() };
  const have = args.map((arg) => typeOfTerm(arg, new Scope(), nothing));
  return fault('rego_type_error', argumentError(name, 'arity mismatch', have, type, false), location);
}
