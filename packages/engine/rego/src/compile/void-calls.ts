import type { RegoFault } from '../fault.ts';
import type { Body, Expr, Term } from '../syntax/ast.ts';
import type { CompileOptions } from './compiled.ts';
import { writtenTerm } from './dependencies.ts';
import { operatorName } from './operator.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, type TermVisitor, walkBody, walkTerm } from './traverse.ts';

/** Calls of built-ins that give nothing, such as `print`, in the place of a value. */
export function checkVoidCalls(state: CompileState): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  for (const { rules } of state.modules) {
    for (const { rule, originalNames } of rules) {
      for (const { head, body } of chainOf(rule)) {
        for (const term of [head.key, head.value]) {
          if (term !== undefined) walkTerm(term, visitor(faults, state.options, originalNames, new Set()));
        }
        for (const item of voidCallsIn(body, state.options, originalNames)) faults.push(item);
      }
    }
  }
  return faults;
}

export function voidCallsIn(
  body: Body,
  options: CompileOptions,
  originalNames: ReadonlyMap<string, string>,
): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  const statements = new Set<Term>();
  collectStatements(body, statements);
  walkBody(body, visitor(faults, options, originalNames, statements));
  return faults;
}

/** Terms that are expressions of their own, also of the bodies inside. */
function collectStatements(body: Body, statements: Set<Term>): void {
  const add = (expr: Expr) => {
    if (expr.what.kind === 'term') statements.add(expr.what.term);
    else if (expr.what.kind === 'every') collectStatements(expr.what.body, statements);
  };
  for (const expr of body) add(expr);
  walkBody(body, (term) => {
    if ('body' in term) for (const expr of term.body) add(expr);
  });
}

function visitor(
  faults: RegoFault[],
  { builtins }: CompileOptions,
  originalNames: ReadonlyMap<string, string>,
  statements: ReadonlySet<Term>,
): TermVisitor {
  return (term) => {
    if (term.kind !== 'call' || statements.has(term)) return;
    const name = operatorName(term.operator);
    const builtin = name === undefined ? undefined : builtins.get(name);
    if (builtin === undefined || builtin.type.result !== undefined) return;
    const message = `${writtenTerm(term, originalNames)} used as value`;
    faults.push(fault('rego_type_error', message, term.location));
  };
}
