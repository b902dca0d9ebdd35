import type { Body, CallTerm, Expr, RefTerm, StringTerm, TemplateStringTerm, Term } from './ast.ts';
import { INFIX_TEXT, stringText, templateText } from './format-term.ts';
import { LineWriter } from './line-writer.ts';
import type { Location } from './location.ts';

/** How tightly infix operators bind; those of statements (`=`, `:=`) least. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  eq: 0,
  assign: 0,
  equal: 2,
  neq: 2,
  lt: 2,
  lte: 2,
  gt: 2,
  gte: 2,
  or: 3,
  and: 4,
  plus: 5,
  minus: 5,
  mul: 6,
  div: 6,
  rem: 6,
};

const KEYWORDS: ReadonlySet<string> = new Set([
  'as',
  'contains',
  'default',
  'else',
  'every',
  'false',
  'if',
  'import',
  'in',
  'not',
  'null',
  'package',
  'some',
  'true',
  'with',
]);

/**
 * Names in refs: `short` behind a point, keywords only where the source has them so; `points` and `brackets` always so.
 */
export type RefStyle = 'short' | 'points' | 'brackets';

interface Item {
  readonly location: Location;
  readonly write: () => void;
}

/** Terms, expressions and bodies in the layout of `opa fmt`: what stood on several lines stays on several. */
export class ExprFormatter extends LineWriter {
  /** Expressions on lines of their own. */
  protected bodyLines(body: Body): void {
    let first = true;
    for (const expr of body) {
      const { row } = expr.location;
      const next = this.nextCommentRow();
      if (!first && next !== undefined && next < row) this.blankLine();
      const comments = this.commentsBefore(row, !first);
      if (!first || comments > 0) this.keepGap(row);
      this.expr(expr);
      this.endLine(this.endRow(expr.location));
      first = false;
    }
  }

  /** `{` body `}`, both braces written here; ends behind `}`. */
  protected block(body: Body, openRow: number, end: number): void {
    this.write('{');
    this.endLine(openRow);
    this.startBlock(body[0]?.location.row ?? openRow);
    this.indented(() => {
      this.bodyLines(body);
      this.commentsUpTo(end, true);
    });
    this.write('}');
  }

  protected inlineBody(body: Body): void {
    body.forEach((expr, index) => {
      if (index > 0) this.write('; ');
      this.expr(expr);
    });
  }

  protected expr(expr: Expr): void {
    const { what, location } = expr;
    if (expr.negated) this.write('not ');
    switch (what.kind) {
      case 'term':
        if (what.term.kind === 'call' && isInfix(what.term)) this.#statement(what.term);
        else this.term(what.term);
        break;
      case 'some':
        this.write('some ');
        this.#some(what.symbols);
        break;
      case 'every': {
        this.write('every ');
        if (what.key !== undefined) {
          this.term(what.key);
          this.write(', ');
        }
        this.term(what.value);
        this.write(' in ');
        if (what.domain.kind === 'call' && isMember(what.domain)) this.#parens(what.domain);
        else this.term(what.domain);
        this.write(' ');
        const end = expr.with[0]?.location.offset ?? location.end;
        if (what.body.every((inner) => inner.location.row === location.row) && !this.hasCommentBefore(end)) {
          this.write('{ ');
          this.inlineBody(what.body);
          this.write(' }');
        } else this.block(what.body, this.endRow(what.domain.location), end);
      }
    }
    this.#modifiers(expr);
  }

  #modifiers({ with: modifiers, location: whole }: Expr): void {
    const [first] = modifiers;
    if (first === undefined) return;
    const before = this.sourceOf({ ...whole, end: first.location.offset })?.trimEnd();
    let row = before === undefined ? whole.row : this.endRow({ ...whole, end: whole.offset + before.length });
    for (const { location, target, value } of modifiers) {
      const write = (): void => {
        this.write('with ');
        this.term(target);
        this.write(' as ');
        this.term(value);
      };
      if (location.row === row) {
        this.write(' ');
        write();
      } else {
        this.breakLine();
        this.indented(write);
      }
      row = location.row;
    }
  }

  #some(symbols: readonly Term[]): void {
    const [first] = symbols;
    if (first?.kind === 'call') this.#member(first);
    else this.#commaList(symbols);
  }

  #commaList(terms: readonly Term[]): void {
    terms.forEach((term, index) => {
      if (index > 0) this.write(', ');
      this.term(term);
    });
  }

  /** An operator that is a whole expression: operands need parentheses only where reading it back does. */
  #statement(call: CallTerm): void {
    if (isMember(call)) {
      this.#member(call);
      return;
    }
    const [left, right] = call.args;
    const name = operatorOf(call);
    const precedence = PRECEDENCE[name] ?? 0;
    if (left === undefined || right === undefined) return;
    this.#operand(left, (inner) => inner < precedence);
    this.write(` ${INFIX_TEXT[name] ?? name} `);
    this.#operand(right, (inner) => inner <= precedence);
  }

  #operand(term: Term, needsParens: (precedence: number) => boolean): void {
    if (term.kind !== 'call' || !isInfix(term)) this.term(term);
    else if (isTriple(term) || needsParens(isMember(term) ? 1 : (PRECEDENCE[operatorOf(term)] ?? 0)))
      this.#parens(term);
    else this.#infix(term);
  }

  #parens(term: CallTerm): void {
    this.write('(');
    this.#infix(term);
    this.write(')');
  }

  /** An operator inside a term: operators inside it stand in parentheses. */
  #infix(call: CallTerm): void {
    if (isMember(call)) {
      this.#member(call);
      return;
    }
    const [left, right] = call.args;
    const name = operatorOf(call);
    if (left === undefined || right === undefined) return;
    this.#nested(left);
    this.write(` ${INFIX_TEXT[name] ?? name} `);
    this.#nested(right);
  }

  #nested(term: Term): void {
    if (term.kind === 'call' && isInfix(term)) this.#parens(term);
    else this.term(term);
  }

  #member(call: CallTerm): void {
    call.args.forEach((term, index) => {
      if (index > 0) this.write(index === call.args.length - 1 ? ' in ' : ', ');
      if (index === 0 && call.args.length === 2 && term.kind === 'call' && isMember(term) && term.args.length === 2)
        this.#member(term);
      else this.#nested(term);
    });
  }

  /** A term; an infix call without parentheses around it. */
  protected term(term: Term): void {
    switch (term.kind) {
      case 'null':
        this.write('null');
        break;
      case 'boolean':
        this.write(`${term.value}`);
        break;
      case 'number':
        this.write(term.text);
        break;
      case 'string':
        this.write(this.#string(term));
        break;
      case 'var':
        this.write(term.name.startsWith('$') ? '_' : term.name);
        break;
      case 'ref':
        this.#ref(term);
        break;
      case 'array':
        this.#items(
          '[',
          ']',
          term.location,
          term.items.map((item, index) => this.#item(item, index)),
        );
        break;
      case 'set':
        if (term.items.length === 0) this.write('set()');
        else
          this.#items(
            '{',
            '}',
            term.location,
            term.items.map((item, index) => this.#item(item, index)),
          );
        break;
      case 'object':
        this.#items(
          '{',
          '}',
          term.location,
          term.entries.map(([key, value], index) => this.#entry(key, value, index)),
        );
        break;
      case 'call':
        if (isInfix(term)) this.#infix(term);
        else this.#call(term);
        break;
      case 'arrayComprehension':
        this.#comprehension('[', ']', term.location, [term.term], term.body);
        break;
      case 'setComprehension':
        this.#comprehension('{', '}', term.location, [term.term], term.body);
        break;
      case 'objectComprehension':
        this.#comprehension('{', '}', term.location, [term.key, term.value], term.body);
        break;
      case 'templateString':
        this.#template(term);
    }
  }

  #string(term: StringTerm): string {
    const source = this.sourceOf(term.location);
    if (source !== undefined && /^["`]/.test(source)) return source;
    return stringText(term);
  }

  #template(term: TemplateStringTerm): void {
    const quote = term.raw ? '`' : '"';
    this.write(`$${quote}`);
    for (const part of term.parts)
      if ('kind' in part) this.write(this.sourceOf(part.location) ?? templateText(part.value, term.raw));
      else {
        this.write('{');
        this.expr(part);
        this.write('}');
      }
    this.write(quote);
  }

  /** Arguments of a ref; how names among them are written goes by `style`. */
  protected refArgs(args: readonly Term[], style: RefStyle = 'short'): void {
    for (const arg of args)
      if (arg.kind === 'string' && this.#isDotted(arg, style)) this.write(`.${arg.value}`);
      else {
        this.write('[');
        this.term(arg);
        this.write(']');
      }
  }

  #ref({ head, args }: RefTerm): void {
    if (head.kind === 'call' && isInfix(head)) this.#parens(head);
    else this.term(head);
    this.refArgs(args);
  }

  #isDotted({ value, location }: StringTerm, style: RefStyle): boolean {
    if (style === 'brackets' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return false;
    const isQuoted = /^["`]/.test(this.sourceOf(location) ?? (isKeyword(value) ? '"' : ''));
    return style === 'points' || !isQuoted || !isKeyword(value);
  }

  #call(call: CallTerm): void {
    this.term(call.operator);
    const [first] = call.args;
    const items = call.args.map((arg) => this.#item(arg, 1));
    const row = first?.location.row ?? call.location.row;
    const isInline =
      first !== undefined && ['array', 'object', 'set'].includes(first.kind) && this.endRow(first.location) > row;
    this.#items('(', ')', { ...call.location, row }, items, isInline);
  }

  /** The first item in brackets must not read as the head of a comprehension. */
  #item(term: Term, index: number): Item {
    const guarded = term.kind === 'call' && ((index === 0 && operatorOf(term) === 'or') || isTriple(term));
    return { location: term.location, write: () => (guarded ? this.#parens(term as CallTerm) : this.term(term)) };
  }

  #entry(key: Term, value: Term, index: number): Item {
    const write = (): void => {
      this.#item(key, index).write();
      this.write(': ');
      this.#item(value, index).write();
    };
    return { location: { ...key.location, end: value.location.end }, write };
  }

  /** Items with commas. On lines when they are so in the source: those of one row stay together. */
  #items(open: string, close: string, location: Location, items: readonly Item[], isInline = false): void {
    const [first] = items;
    this.write(open);
    const multiline =
      first !== undefined &&
      !isInline &&
      (items.some((item) => item.location.row !== location.row) || this.hasCommentBefore(location.end));
    if (!multiline) {
      items.forEach((item, index) => {
        if (index > 0) this.write(', ');
        item.write();
      });
      this.write(close);
      return;
    }
    this.endLine(Math.min(location.row, first.location.row - 1));
    this.indented(() => {
      items.forEach((item, index) => {
        const before = items[index - 1];
        if (before?.location.row !== item.location.row) this.commentsBefore(item.location.row, false);
        item.write();
        this.write(',');
        if (items[index + 1]?.location.row === item.location.row) this.write(' ');
        else this.endLine(this.endRow(item.location));
      });
      this.commentsUpTo(location.end, false);
    });
    this.write(close);
  }

  #comprehension(open: string, close: string, location: Location, terms: readonly Term[], body: Body): void {
    this.write(open);
    terms.forEach((term, index) => {
      if (index > 0) this.write(': ');
      if (
        term.kind === 'call' &&
        isInfix(term) &&
        (index === terms.length - 1 || isTriple(term) || operatorOf(term) === 'or')
      )
        this.#parens(term);
      else this.term(term);
    });
    this.write(' |');
    if (body.every((expr) => expr.location.row === location.row) && !this.hasCommentBefore(location.end)) {
      this.write(' ');
      this.inlineBody(body);
    } else {
      const row = this.endRow((terms.at(-1) ?? { location }).location);
      this.endLine(row);
      this.startBlock(body[0]?.location.row ?? row);
      this.indented(() => {
        this.bodyLines(body);
        this.commentsUpTo(location.end, false);
      });
    }
    this.write(close);
  }
}

/** In any version. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word);
}

function operatorOf({ operator }: CallTerm): string {
  return operator.kind === 'var' ? operator.name : '';
}

function isInfix(call: CallTerm): boolean {
  return call.infix === true && call.args.length >= 2;
}

function isMember(call: CallTerm): boolean {
  return call.infix === true && call.operator.kind === 'ref';
}

/** `k, v in xs` stands in parentheses wherever commas mean something else. */
function isTriple(call: CallTerm): boolean {
  return isMember(call) && call.args.length === 3;
}
