import type { Expr, Rule, Term } from '../syntax/ast.ts';

/** A clause of a set rule, written as a query. */
export interface ClauseQuery {
  readonly rule: Rule;
  readonly text: string;
  /** Variable that holds the member in a solution. */
  readonly member: string;
  /** Whether an expression only makes the member. */
  isMessage(expr: Expr): boolean;
}

const MEMBER = 'the_member_that_it_gives';

/** Undefined for rules that are no set, or that have no body of their own. */
export function clauseQuery(rule: Rule, moduleText: string): ClauseQuery | undefined {
  const { key } = rule.head;
  const [first] = rule.body;
  const last = rule.body.at(-1);
  if (key === undefined || first === undefined || last === undefined || rule.generatedBody === true) return undefined;
  const body = moduleText.slice(first.location.offset, last.location.end);
  const member = moduleText.slice(key.location.offset, key.location.end);
  const variables = key.kind === 'var' ? [key.name] : [];
  return {
    rule,
    text: `${body}\n${MEMBER} = ${member}`,
    member: MEMBER,
    isMessage: (expr) => variables.some((name) => assigns(expr, name)),
  };
}

function assigns(expr: Expr, name: string): boolean {
  if (expr.what.kind !== 'term' || expr.what.term.kind !== 'call') return false;
  const { operator, args } = expr.what.term;
  const isAssignment = operator.kind === 'var' && (operator.name === 'assign' || operator.name === 'eq');
  return isAssignment && args.some((arg: Term) => arg.kind === 'var' && arg.name === name);
}
