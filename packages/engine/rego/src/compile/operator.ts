import type { RefTerm, Term, VarTerm } from '../syntax/ast.ts';

/**
 * Dotted name of a built-in that a call names: `count`, `json.unmarshal`. Undefined for anything that isn't a plain dotted
 * name, and for refs to rules (`data.lib.f`, see {@link isUserFunction}).
 */
export function operatorName(operator: Term): string | undefined {
  if (operator.kind === 'var') return operator.name;
  if (operator.kind !== 'ref' || operator.head.kind !== 'var' || operator.head.name === 'data') return undefined;
  let name = operator.head.name;
  for (const arg of operator.args) {
    if (arg.kind !== 'string') return undefined;
    name += `.${arg.value}`;
  }
  return name;
}

/** A call of a function written in Rego: after the compiler resolved names its operator begins with `data`. */
export function isUserFunction(operator: VarTerm | RefTerm): operator is RefTerm {
  return operator.kind === 'ref' && operator.head.kind === 'var' && operator.head.name === 'data';
}

/** Path of constant strings below the head of a ref, up to the first argument that is none: of `data.a["b"][x]` `['a', 'b']`. */
export function constantPath(ref: RefTerm): readonly string[] {
  const path: string[] = [];
  for (const arg of ref.args) {
    if (arg.kind !== 'string') break;
    path.push(arg.value);
  }
  return path;
}
