import type { Body, Expr, Rule, Term, With } from '../syntax/ast.ts';

/** What {@link mapChildren} does with the parts of a term. Parts that come back as they were leave the term as it was. */
export interface TermMapper {
  term(term: Term): Term;
  /** A variable at the head of a ref; left alone when missing. Other heads are handed to `term`. */
  head?(head: Term & { kind: 'var' }): Term;
  /** Bodies of comprehensions and `every`; the terms of the comprehension are mapped after it. */
  body(body: Body): Body;
}

/** The term with its parts mapped: operators of calls are left alone. */
export function mapChildren(term: Term, mapper: TermMapper): Term {
  switch (term.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'var':
      return term;
    case 'templateString': {
      const parts = mapAll(term.parts, (part) => ('kind' in part ? part : mapExpr(part, mapper)));
      return parts === term.parts ? term : { ...term, parts };
    }
    case 'ref': {
      const head = term.head.kind === 'var' ? (mapper.head?.(term.head) ?? term.head) : mapper.term(term.head);
      const args = mapTerms(term.args, mapper);
      return head === term.head && args === term.args ? term : { ...term, head, args };
    }
    case 'array':
    case 'set': {
      const items = mapTerms(term.items, mapper);
      return items === term.items ? term : { ...term, items };
    }
    case 'object': {
      const entries = mapAll(term.entries, (entry) => {
        const key = mapper.term(entry[0]);
        const value = mapper.term(entry[1]);
        return key === entry[0] && value === entry[1] ? entry : ([key, value] as const);
      });
      return entries === term.entries ? term : { ...term, entries };
    }
    case 'call': {
      const args = mapTerms(term.args, mapper);
      return args === term.args ? term : { ...term, args };
    }
    case 'arrayComprehension':
    case 'setComprehension': {
      const body = mapper.body(term.body);
      const item = mapper.term(term.term);
      return body === term.body && item === term.term ? term : { ...term, term: item, body };
    }
    case 'objectComprehension': {
      const body = mapper.body(term.body);
      const key = mapper.term(term.key);
      const value = mapper.term(term.value);
      return body === term.body && key === term.key && value === term.value ? term : { ...term, key, value, body };
    }
  }
}

/** The expression with its terms mapped: values of `with`, but not their targets. */
export function mapExpr(expr: Expr, mapper: TermMapper): Expr {
  const what = mapExprKind(expr.what, mapper);
  const withs = mapAll(expr.with, (item): With => {
    const value = mapper.term(item.value);
    return value === item.value ? item : { ...item, value };
  });
  return what === expr.what && withs === expr.with ? expr : { ...expr, what, with: withs };
}

function mapExprKind(what: Expr['what'], mapper: TermMapper): Expr['what'] {
  switch (what.kind) {
    case 'term': {
      const term = mapper.term(what.term);
      return term === what.term ? what : { ...what, term };
    }
    case 'some': {
      const symbols = mapTerms(what.symbols, mapper);
      return symbols === what.symbols ? what : { ...what, symbols };
    }
    case 'every': {
      const domain = mapper.term(what.domain);
      const body = mapper.body(what.body);
      return domain === what.domain && body === what.body ? what : { ...what, domain, body };
    }
  }
}

export function mapTerms(terms: readonly Term[], mapper: TermMapper): readonly Term[] {
  return mapAll(terms, (term) => mapper.term(term));
}

/** The list itself when every item is mapped to itself. */
export function mapAll<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as T;
    const mapped = map(item);
    if (mapped !== item && changed === undefined) changed = items.slice(0, index);
    changed?.push(mapped);
  }
  return changed ?? items;
}

/** A rule and its `else` branches, first to last. */
export function chainOf(rule: Rule): Rule[] {
  const chain: Rule[] = [];
  for (let link: Rule | undefined = rule; link !== undefined; link = link.else) chain.push(link);
  return chain;
}

/** Maps a rule and its `else` branches: `map` gets each without caring for `else`. */
export function mapChain(rule: Rule, map: (rule: Rule) => Rule): Rule {
  let result: Rule | undefined;
  const mapped = chainOf(rule).map(map);
  for (const link of mapped.reverse()) {
    if (result === undefined || link.else === result) result = link;
    else result = { ...link, else: result };
  }
  return result as Rule;
}

/** Terms directly below a term: heads, arguments and items, not those in bodies. Operators of calls are left out. */
export function childrenOf(term: Term): readonly Term[] {
  switch (term.kind) {
    case 'ref':
      return [term.head, ...term.args];
    case 'array':
    case 'set':
      return term.items;
    case 'object':
      return term.entries.flat();
    case 'call':
      return term.args;
    default:
      return [];
  }
}

export function isClosure(
  term: Term,
): term is Extract<Term, { kind: 'arrayComprehension' | 'setComprehension' | 'objectComprehension' }> {
  return term.kind === 'arrayComprehension' || term.kind === 'setComprehension' || term.kind === 'objectComprehension';
}

/** Terms of the head of a comprehension. */
export function closureTerms(term: Extract<Term, { body: Body }>): readonly Term[] {
  return term.kind === 'objectComprehension' ? [term.key, term.value] : [term.term];
}

/** What walks over terms does; `false` stops it from going below the term. */
export type TermVisitor = (term: Term) => boolean | undefined;

/** Calls `visit` with each term, outside in, also those in bodies, and the operators of calls. */
export function walkTerm(term: Term, visit: TermVisitor): void {
  if (visit(term) === false) return;
  switch (term.kind) {
    case 'call':
      walkTerm(term.operator, visit);
      for (const arg of term.args) walkTerm(arg, visit);
      return;
    case 'ref':
      walkTerm(term.head, visit);
      for (const arg of term.args) walkTerm(arg, visit);
      return;
    case 'templateString':
      for (const part of term.parts) if (!('kind' in part)) walkExpr(part, visit);
      return;
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      for (const item of closureTerms(term)) walkTerm(item, visit);
      walkBody(term.body, visit);
      return;
    default:
      for (const child of childrenOf(term)) walkTerm(child, visit);
  }
}

export function walkExpr(expr: Expr, visit: TermVisitor): void {
  const { what } = expr;
  if (what.kind === 'term') walkTerm(what.term, visit);
  else if (what.kind === 'some') for (const symbol of what.symbols) walkTerm(symbol, visit);
  else {
    if (what.key !== undefined) walkTerm(what.key, visit);
    walkTerm(what.value, visit);
    walkTerm(what.domain, visit);
    walkBody(what.body, visit);
  }
  for (const item of expr.with) {
    walkTerm(item.target, visit);
    walkTerm(item.value, visit);
  }
}

export function walkBody(body: Body, visit: TermVisitor): void {
  for (const expr of body) walkExpr(expr, visit);
}

/** Terms of a rule's head and body, without its `else` branches. */
export function walkRule(rule: Rule, visit: TermVisitor): void {
  const { head } = rule;
  if (head.ref.kind === 'ref') for (const arg of head.ref.args) walkTerm(arg, visit);
  for (const arg of head.args ?? []) walkTerm(arg, visit);
  if (head.key !== undefined) walkTerm(head.key, visit);
  if (head.value !== undefined) walkTerm(head.value, visit);
  walkBody(rule.body, visit);
}
