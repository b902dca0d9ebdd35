import type { RuleGroup, RuleNode } from '../compile/compiled.ts';
import type { CallTerm, Expr, Term } from '../syntax/ast.ts';
import { isArray } from '../value/kind.ts';
import type { Frame } from './frame.ts';
import { isKnown, type Reduced, reducedLiteral, variable } from './reduced.ts';

/** Defaults and `else` need to know that other clauses fail: those rules are kept whole. */
export function canInline(group: RuleGroup): boolean {
  return group.default === undefined && group.clauses.every(({ rule }) => rule.else === undefined);
}

export function findGroup(root: RuleNode, path: readonly string[]): RuleGroup | undefined {
  let node: RuleNode | undefined = root;
  for (const part of path) node = node?.children.get(part);
  return node?.group;
}

/** Whether a term has variables that nothing has bound yet, outside of closures. */
export function isPattern(term: Term, frame: Frame): boolean {
  switch (term.kind) {
    case 'var':
      return isUnbound(term, frame);
    case 'array':
      return term.items.some((item) => isPattern(item, frame));
    case 'object':
      return term.entries.some(([, value]) => isPattern(value, frame));
    default:
      return false;
  }
}

export function isUnbound(term: Term, frame: Frame): boolean {
  return term.kind === 'var' && term.name !== 'input' && term.name !== 'data' && !frame.bindings.has(term.name);
}

/** Items of an array, known or a literal over something unknown. */
export function partsOf(reduced: Reduced): readonly Reduced[] | undefined {
  if (isKnown(reduced)) return isArray(reduced.known) ? reduced.known.map((known) => ({ known })) : undefined;
  return reduced.term.kind === 'array' ? reduced.term.items.map(reducedLiteral) : undefined;
}

export function exprOf(term: Term, at: { readonly location: Term['location'] }): Expr {
  return { negated: false, what: { kind: 'term', term }, with: [], location: at.location };
}

export function call(name: string, args: readonly Term[], at: Term): CallTerm {
  return { kind: 'call', operator: variable(name, at.location), args, infix: true, location: at.location };
}
