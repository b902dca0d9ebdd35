import type { Body, CallTerm, Expr, StringTerm, Term } from './ast.ts';
import { sortedEntries, sortedMembers } from './term-order.ts';

/** Operators as they are written; the keys are the built-ins that they stand for. */
export const INFIX_TEXT: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  equal: '==',
  neq: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  eq: '=',
  assign: ':=',
};

/**
 * A term on one line, as OPA writes it in messages: calls and operators in the form `plus(x, 1)`, wildcards as `_`, sets and objects
 * sorted.
 */
export function formatTerm(term: Term): string {
  switch (term.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return `${term.value}`;
    case 'number':
      return term.text;
    case 'string':
      return JSON.stringify(term.value);
    case 'var':
      return term.name.startsWith('$') ? '_' : term.name;
    case 'ref':
      return formatRef(term.head, term.args);
    case 'array':
      return `[${formatTerms(term.items)}]`;
    case 'set':
      return term.items.length === 0 ? 'set()' : `{${formatTerms(sortedMembers(term.items))}}`;
    case 'object':
      return `{${sortedEntries(term.entries)
        .map(([key, value]) => `${formatTerm(key)}: ${formatTerm(value)}`)
        .join(', ')}}`;
    case 'call':
      return formatCall(term);
    case 'arrayComprehension':
      return `[${formatTerm(term.term)} | ${formatBody(term.body)}]`;
    case 'setComprehension':
      return `{${formatTerm(term.term)} | ${formatBody(term.body)}}`;
    case 'objectComprehension':
      return `{${formatTerm(term.key)}: ${formatTerm(term.value)} | ${formatBody(term.body)}}`;
    case 'templateString':
      return `$"${term.parts.map((part) => ('kind' in part ? templateText(part.value, false) : `{${formatExpr(part)}}`)).join('')}"`;
  }
}

/** Expressions on one line. */
export function formatBody(body: Body): string {
  return body.map(formatExpr).join('; ');
}

/** An expression on one line, as OPA writes it in traces and messages: operators between their operands. */
export function formatExpr(expr: Expr): string {
  const modifiers = expr.with.map((item) => ` with ${formatTerm(item.target)} as ${formatTerm(item.value)}`).join('');
  return `${expr.negated ? 'not ' : ''}${formatWhat(expr)}${modifiers}`;
}

function formatWhat({ what }: Expr): string {
  switch (what.kind) {
    case 'some': {
      const [first] = what.symbols;
      if (first?.kind === 'call') return `some ${formatMember(first)}`;
      return `some ${formatTerms(what.symbols)}`;
    }
    case 'every': {
      const key = what.key === undefined ? '' : `${formatTerm(what.key)}, `;
      return `every ${key}${formatTerm(what.value)} in ${formatTerm(what.domain)} { ${formatBody(what.body)} }`;
    }
    case 'term':
      return what.term.kind === 'call' ? formatInfix(what.term) : formatTerm(what.term);
  }
}

function formatInfix(call: CallTerm): string {
  const [left, right] = call.args;
  const operator = call.operator.kind === 'var' ? INFIX_TEXT[call.operator.name] : undefined;
  if (operator === undefined || left === undefined || right === undefined || call.args.length !== 2)
    return formatCall(call);
  return `${formatTerm(left)} ${operator} ${formatTerm(right)}`;
}

function formatMember(call: CallTerm): string {
  const domain = call.args.at(-1);
  return `${formatTerms(call.args.slice(0, -1))} in ${domain === undefined ? '' : formatTerm(domain)}`;
}

function formatCall(call: CallTerm): string {
  return `${formatTerm(call.operator)}(${formatTerms(call.args)})`;
}

function formatTerms(terms: readonly Term[]): string {
  return terms.map(formatTerm).join(', ');
}

/** `a.b["c-d"][x]`. */
function formatRef(head: Term, args: readonly Term[]): string {
  return formatTerm(head) + args.map((arg) => (isName(arg) ? `.${arg.value}` : `[${formatTerm(arg)}]`)).join('');
}

function isName(term: Term): term is Term & { kind: 'string' } {
  return term.kind === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(term.value);
}

/** A string as a literal: in backticks when it was and can be. */
export function stringText({ value, raw }: StringTerm): string {
  return raw === true && !value.includes('`') ? `\`${value}\`` : JSON.stringify(value);
}

/** The text between the expressions of a template string. */
export function templateText(text: string, raw: boolean): string {
  return (raw ? text : JSON.stringify(text).slice(1, -1)).replaceAll('{', '\\{');
}
