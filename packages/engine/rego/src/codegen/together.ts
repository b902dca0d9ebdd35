import type { Expr } from '../syntax/ast.ts';
import { alike, type BegunClause } from './alike.ts';
import { emitExpr, emitExpressions } from './body.ts';
import type { Emitter } from './emitter.ts';

/**
 * Writes the bodies of clauses; those that go on with the same expression go on together. `found` writes what happens for each
 * solution of a clause, given the statement that leaves what is its own.
 *
 * @param at  index of the expression that comes next
 */
export function emitTogether(
  emitter: Emitter,
  clauses: readonly BegunClause[],
  at: number,
  found: (clause: BegunClause, leave: string) => void,
): void {
  for (const { first, others } of groupsOf(clauses, at)) {
    emitter.block((leave) => {
      emitter.place.vars = new Map(first.vars);
      if (others.length === 0) emitExpressions(emitter, first.rule.body.slice(at), () => found(first, leave));
      else {
        emitExpr(emitter, first.rule.body[at] as Expr, false);
        const { vars } = emitter.place;
        const begun = others.map(({ clause, names }) => ({
          rule: clause.rule,
          vars: renamed(clause.vars, names, vars),
        }));
        emitTogether(emitter, [{ rule: first.rule, vars }, ...begun], at + 1, found);
      }
    });
  }
}

interface Group {
  readonly first: BegunClause;
  /** With the names that their variables have in the first. */
  readonly others: { readonly clause: BegunClause; readonly names: ReadonlyMap<string, string> }[];
}

function groupsOf(clauses: readonly BegunClause[], at: number): readonly Group[] {
  const groups: Group[] = [];
  for (const clause of clauses) {
    let isFound = false;
    for (const { first, others } of groups) {
      const names = alike(first, clause, at);
      if (names === undefined) continue;
      others.push({ clause, names });
      isFound = true;
      break;
    }
    if (!isFound) groups.push({ first: clause, others: [] });
  }
  return groups;
}

/** What a clause has bound after an expression that was written with another clause's names. */
function renamed(
  own: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
  bound: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const vars = new Map(own);
  for (const [name, other] of names) {
    const value = bound.get(other);
    if (value !== undefined) vars.set(name, value);
  }
  return vars;
}
