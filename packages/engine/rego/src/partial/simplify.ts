import { operatorName } from '../compile/operator.ts';
import type { Body, Expr, Term } from '../syntax/ast.ts';
import { createFrame } from './frame.ts';
import { substitute } from './substitute.ts';

/**
 * Takes away `x = ref` where the other expressions can read the ref itself: x is read by one that fails when the ref is
 * undefined, and nothing outside asks for x.
 */
export function simplify(body: Body, outside: ReadonlySet<string>): Body {
  let result = body;
  for (const expr of body) {
    const [name, term] = definition(expr) ?? [];
    if (name === undefined || term === undefined || outside.has(name)) continue;
    const others = result.filter((one) => one !== expr);
    if (others.length === result.length || !others.some((one) => !one.negated && readsDirectly(one, name))) continue;
    const frame = { ...createFrame(0), nameOf: (written: string) => written };
    frame.bindings.set(name, { term });
    result = others.map((one) => substitute(one, frame).expr);
  }
  return result;
}

/** `x = input.a.b` where x is a variable and nothing is enumerated. */
function definition(expr: Expr): readonly [string, Term] | undefined {
  if (expr.negated || expr.with.length > 0 || expr.what.kind !== 'term') return undefined;
  const { term } = expr.what;
  if (term.kind !== 'call' || operatorName(term.operator) !== 'eq') return undefined;
  const [left, right] = term.args;
  if (left?.kind !== 'var' || right?.kind !== 'ref') return undefined;
  return right.args.every((arg) => arg.kind === 'string' || arg.kind === 'number') && right.head.kind === 'var'
    ? [left.name, right]
    : undefined;
}

function readsDirectly(expr: Expr, name: string): boolean {
  return expr.with.length === 0 && variablesOf([expr]).has(name);
}

/** Variables of expressions or terms that stand outside of closures and of negations; `input` and `data` are none. */
export function variablesOf(nodes: readonly (Expr | Term)[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    const expr: Expr =
      'what' in node ? node : { negated: false, what: { kind: 'term', term: node }, with: [], location: node.location };
    const frame = createFrame(0);
    for (const name of substitute({ ...expr, negated: false }, { ...frame, nameOf: (written) => written }).free)
      names.add(name);
  }
  return names;
}
