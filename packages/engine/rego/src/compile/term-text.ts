import type { Body, Expr, Term } from '../syntax/ast.ts';
import { operatorName } from './operator.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A term as OPA writes it in messages: on one line, calls as `plus(1, x)`, wildcards as `_`. */
export function termText(term: Term): string {
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
      return `${termText(term.head)}${term.args.map(argumentText).join('')}`;
    case 'array':
      return `[${listText(term.items)}]`;
    case 'set':
      return term.items.length === 0 ? 'set()' : `{${listText(term.items)}}`;
    case 'object':
      return `{${term.entries.map(([key, value]) => `${termText(key)}: ${termText(value)}`).join(', ')}}`;
    case 'call':
      return `${operatorName(term.operator) ?? termText(term.operator)}(${listText(term.args)})`;
    case 'arrayComprehension':
      return `[${termText(term.term)} | ${bodyText(term.body)}]`;
    case 'setComprehension':
      return `{${termText(term.term)} | ${bodyText(term.body)}}`;
    case 'objectComprehension':
      return `{${termText(term.key)}: ${termText(term.value)} | ${bodyText(term.body)}}`;
    case 'templateString':
      return `$"${term.parts.map((part) => ('kind' in part ? part.value : `{${exprText(part)}}`)).join('')}"`;
  }
}

function argumentText(term: Term): string {
  return term.kind === 'string' && IDENTIFIER.test(term.value) ? `.${term.value}` : `[${termText(term)}]`;
}

function listText(terms: readonly Term[]): string {
  return terms.map(termText).join(', ');
}

export function bodyText(body: Body): string {
  return body.map(exprText).join('; ');
}

export function exprText(expr: Expr): string {
  const { what } = expr;
  let text: string;
  if (what.kind === 'term') text = termText(what.term);
  else if (what.kind === 'some') text = `some ${listText(what.symbols)}`;
  else {
    const key = what.key === undefined ? '' : `${termText(what.key)}, `;
    text = `every ${key}${termText(what.value)} in ${termText(what.domain)} { ${bodyText(what.body)} }`;
  }
  const withs = expr.with.map((item) => ` with ${termText(item.target)} as ${termText(item.value)}`).join('');
  return `${expr.negated ? 'not ' : ''}${text}${withs}`;
}
