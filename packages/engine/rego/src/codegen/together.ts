import type { Expr, Rule } from '../syntax/ast.ts';
import { alike, type BegunClause } from './alike.ts';
import { emitExpr, emitExpressions } from './body.ts';
import type { Emitter } from './emitter.ts';

/** What happens for each solution of a clause; `leave` leaves what is its own. */
type Found = (clause: BegunClause, leave: string) => void;

/** Source is nested as deeply as clauses part, and each is compared with all others. */
const MAX_TOGETHER = 32;

/** Writes the bodies of clauses: those that begin with the same expressions go through these together. */
export function emitTogether(emitter: Emitter, rules: readonly Rule[], found: Found): void {
  for (let from = 0; from < rules.length; from += MAX_TOGETHER) {
    const clauses = rules.slice(from, from + MAX_TOGETHER).map((rule): BegunClause => ({ rule, vars: new Map() }));
    for (const group of groupsOf(clauses, 0)) emitGroup(emitter, group, 0, found);
  }
}

/** @param at  index of the expression that comes next */
function emitGroup(emitter: Emitter, group: Group, at: number, found: Found): void {
  emitter.block((leave) => {
    emitter.place.vars = new Map(group.first.vars);
    let { first, others } = group;
    let next = at;
    while (others.length > 0) {
      emitExpr(emitter, first.rule.body[next] as Expr, false);
      next++;
      const { vars } = emitter.place;
      const begun = others.map(({ clause, names }) => ({ rule: clause.rule, vars: renamed(clause.vars, names, vars) }));
      const groups = groupsOf([{ rule: first.rule, vars }, ...begun], next);
      const [only] = groups;
      if (only === undefined || groups.length > 1) {
        for (const part of groups) emitGroup(emitter, part, next, found);
        return;
      }
      ({ first, others } = only);
    }
    emitExpressions(emitter, first.rule.body.slice(next), () => found(first, leave));
  });
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
