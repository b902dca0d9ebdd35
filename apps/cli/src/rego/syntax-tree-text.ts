import { type Body, type Expr, formatTerm, type Module, type Rule, type Term } from '@sekisho/rego';

/** A syntax tree with a node a line, like `opa parse` prints it. */
export function syntaxTreeText(module: Module): string {
  const lines: string[] = [];
  const at = (depth: number, text: string) => lines.push(`${' '.repeat(depth)}${text}`);
  at(0, 'module');
  at(1, 'package');
  at(2, 'ref');
  at(3, 'data');
  for (const name of module.package.path) at(3, JSON.stringify(name));
  for (const { path, alias } of module.imports) {
    at(1, 'import');
    writeTerm(path, 2, at);
    if (alias !== undefined) at(2, alias);
  }
  for (const rule of module.rules) writeRule(rule, 1, at);
  return `${lines.join('\n')}\n`;
}

type Write = (depth: number, text: string) => void;

function writeRule(rule: Rule, depth: number, at: Write): void {
  const { head } = rule;
  at(depth, rule.isDefault ? 'default rule' : 'rule');
  at(depth + 1, 'head');
  writeRef(head.ref, depth + 2, at);
  if (head.args !== undefined) writeParts('args', head.args, depth + 2, at);
  if (head.key !== undefined) writeParts('contains', [head.key], depth + 2, at);
  if (head.value !== undefined) writeTerm(head.value, depth + 2, at);
  writeBody(rule.body, depth + 1, at);
  if (rule.else !== undefined) writeRule(rule.else, depth + 1, at);
}

function writeBody(body: Body, depth: number, at: Write): void {
  at(depth, 'body');
  for (const [index, expr] of body.entries()) writeExpr(expr, index, depth + 1, at);
}

function writeExpr({ what, negated, with: withs }: Expr, index: number, depth: number, at: Write): void {
  at(depth, `expr${negated ? ' negated' : ''} index=${index}`);
  switch (what.kind) {
    case 'term':
      if (what.term.kind === 'call') writeCall(what.term, depth + 1, at);
      else writeTerm(what.term, depth + 1, at);
      break;
    case 'some':
      writeParts('somedecl', what.symbols, depth + 1, at);
      break;
    case 'every':
      writeParts('every', [...(what.key === undefined ? [] : [what.key]), what.value, what.domain], depth + 1, at);
      writeBody(what.body, depth + 2, at);
  }
  for (const { target, value } of withs) writeParts('with', [target, value], depth + 1, at);
}

function writeParts(title: string, terms: readonly Term[], depth: number, at: Write): void {
  at(depth, title);
  for (const term of terms) writeTerm(term, depth + 1, at);
}

function writeRef(ref: Term, depth: number, at: Write): void {
  writeParts('ref', ref.kind === 'ref' ? [ref.head, ...ref.args] : [ref], depth, at);
}

function writeCall({ operator, args }: Extract<Term, { kind: 'call' }>, depth: number, at: Write): void {
  writeRef(operator, depth, at);
  for (const arg of args) writeTerm(arg, depth, at);
}

function writeTerm(term: Term, depth: number, at: Write): void {
  switch (term.kind) {
    case 'ref':
      writeRef(term, depth, at);
      return;
    case 'array':
    case 'set':
      writeParts(term.kind, term.items, depth, at);
      return;
    case 'object':
      writeParts('object', term.entries.flat(), depth, at);
      return;
    case 'call':
      at(depth, 'call');
      writeCall(term, depth + 1, at);
      return;
    case 'arrayComprehension':
    case 'setComprehension':
      writeParts(term.kind.toLowerCase(), [term.term], depth, at);
      writeBody(term.body, depth + 1, at);
      return;
    case 'objectComprehension':
      writeParts(term.kind.toLowerCase(), [term.key, term.value], depth, at);
      writeBody(term.body, depth + 1, at);
      return;
    default:
      at(depth, formatTerm(term));
  }
}
