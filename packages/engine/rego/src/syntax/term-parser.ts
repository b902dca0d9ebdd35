import { type NumberValue, numberFromText } from '../value/number.ts';
import type {
  Body,
  CallTerm,
  Expr,
  ExprKind,
  NumberTerm,
  RefTerm,
  StringTerm,
  TemplateStringTerm,
  Term,
  VarTerm,
  With,
} from './ast.ts';
import type { TokenKind } from './lexer.ts';
import type { Location } from './location.ts';
import { SyntaxFailure, TokenCursor } from './token-cursor.ts';

interface InfixOperator {
  readonly name: string;
  readonly precedence: number;
}

const MEMBERSHIP = 1;
const RELATION = 2;

/** Operators of terms, loosest first: `in`, comparisons, `|`, `&`, sums, products. All bind to the left. */
const INFIX: Readonly<Partial<Record<TokenKind, InfixOperator>>> = {
  '==': { name: 'equal', precedence: RELATION },
  '!=': { name: 'neq', precedence: RELATION },
  '<': { name: 'lt', precedence: RELATION },
  '<=': { name: 'lte', precedence: RELATION },
  '>': { name: 'gt', precedence: RELATION },
  '>=': { name: 'gte', precedence: RELATION },
  '|': { name: 'or', precedence: 3 },
  '&': { name: 'and', precedence: 4 },
  '+': { name: 'plus', precedence: 5 },
  '-': { name: 'minus', precedence: 5 },
  '*': { name: 'mul', precedence: 6 },
  '/': { name: 'div', precedence: 6 },
  '%': { name: 'rem', precedence: 6 },
};

/** Where a body ends. */
type BodyEnd = '}' | ']' | 'eof';

/** Terms, expressions and bodies. */
export class TermParser extends TokenCursor {
  /** Why `[` or `{` there begins no comprehension: `[a | b, c]`. Without it nested ones take exponential time. */
  readonly #noComprehension = new Map<number, SyntaxFailure>();

  /** Expressions up to `end`, which stays the current token. */
  protected body(end: BodyEnd): Body {
    this.enter();
    const exprs: Expr[] = [];
    if (this.is(end)) this.fail('found empty body');
    for (;;) {
      exprs.push(this.literal());
      if (this.is(';')) this.next();
      else if (this.is(end)) break;
      else if (this.current.location.row === this.previous.endRow || this.is('eof'))
        this.unexpected(this.is('eof') ? undefined : `expected \\n or ; or ${end === 'eof' ? 'eof' : end}`);
    }
    this.leave();
    return exprs;
  }

  /** One expression with its modifiers. */
  protected literal(): Expr {
    const start = this.current.location;
    const negated = this.isKeyword('not');
    if (negated) {
      this.next();
      for (const word of ['some', 'every']) if (this.isKeyword(word)) this.unexpected(`illegal negation of '${word}'`);
    }
    const what: ExprKind = this.isKeyword('some')
      ? this.#some()
      : this.isKeyword('every')
        ? this.#every()
        : { kind: 'term', term: this.#exprTerm() };
    const modifiers: With[] = [];
    while (this.isKeyword('with')) modifiers.push(this.#with());
    return { location: this.spanFrom(start), negated, what, with: modifiers };
  }

  /** `a = b`, `a := b` or a term. */
  #exprTerm(): Term {
    const left = this.memberTerm();
    if (!this.is('=') && !this.is(':=')) return left;
    const operator = this.next();
    const right = this.memberTerm();
    return this.#infixCall(operator.kind === '=' ? 'eq' : 'assign', operator.location, [left, right]);
  }

  #with(): With {
    const start = this.next().location;
    if (!this.is('ident') || this.isReserved()) this.unexpected('expected ident');
    const target = this.primary();
    if (target.kind !== 'var' && target.kind !== 'ref') this.unexpected('expected with target path');
    this.expectKeyword('as', 'expected as keyword');
    const value = this.memberTerm();
    return { location: this.spanFrom(start), target, value };
  }

  #some(): ExprKind {
    this.next();
    const mark = this.mark();
    const member = this.#someMember();
    if (member !== undefined) return { kind: 'some', symbols: [member] };
    this.reset(mark);
    const symbols: Term[] = [];
    do {
      if (symbols.length > 0) this.next();
      if (!this.is('ident') || this.isReserved()) this.unexpected('expected var');
      symbols.push(this.#variable());
    } while (this.is(','));
    return { kind: 'some', symbols };
  }

  /** `x in xs` or `k, v in xs`; undefined when there is no `in`. */
  #someMember(): Term | undefined {
    const operands: Term[] = [];
    try {
      operands.push(this.term(RELATION));
      if (this.is(',')) {
        this.next();
        operands.push(this.term(RELATION));
      }
    } catch (error) {
      if (error instanceof SyntaxFailure && !error.final) return undefined;
      throw error;
    }
    if (!this.isKeyword('in')) return undefined;
    const operator = this.next().location;
    operands.push(this.term(RELATION));
    return this.#memberCall(operator, operands);
  }

  #every(): ExprKind {
    this.next();
    const first = this.term(RELATION);
    let second: Term | undefined;
    if (this.is(',')) {
      this.next();
      second = this.term(RELATION);
    }
    if (!this.isKeyword('in')) this.unexpected('expected `x[, y] in xs { ... }` expression');
    this.next();
    const domain = this.term(RELATION);
    const key = second === undefined ? undefined : first;
    const value = second ?? first;
    if (key !== undefined && key.kind !== 'var') this.unexpected('expected key to be a variable');
    if (value.kind !== 'var') this.unexpected('expected value to be a variable');
    this.expect('{', 'missing body');
    const body = this.body('}');
    this.next();
    return { kind: 'every', key, value, domain, body };
  }

  /** A term where `k, v in xs` may stand too. */
  protected memberTerm(): Term {
    const left = this.term(RELATION);
    if (this.is(',')) {
      const mark = this.mark();
      this.next();
      const second = this.#attempt(() => this.term(RELATION));
      if (second !== undefined && this.isKeyword('in')) {
        const operator = this.next().location;
        return this.#infix(this.#memberCall(operator, [left, second, this.term(RELATION)]), MEMBERSHIP);
      }
      this.reset(mark);
    }
    return this.#infix(left, MEMBERSHIP);
  }

  /** A term with operators that bind at least as tightly as `precedence`. */
  protected term(precedence = MEMBERSHIP): Term {
    return this.#infix(this.primary(), precedence);
  }

  /** Goes on behind a left operand. */
  #infix(first: Term, precedence: number): Term {
    let left = first;
    for (;;) {
      if (precedence === MEMBERSHIP && this.isKeyword('in')) {
        const operator = this.next().location;
        left = this.#memberCall(operator, [left, this.term(RELATION)]);
        continue;
      }
      const operator = INFIX[this.current.kind];
      if (operator === undefined || operator.precedence < precedence) return left;
      const location = this.next().location;
      left = this.#infixCall(operator.name, location, [left, this.term(operator.precedence + 1)]);
    }
  }

  #infixCall(name: string, location: Location, args: readonly [Term, Term]): CallTerm {
    const operator: VarTerm = { kind: 'var', location, name };
    return { kind: 'call', location: this.spanFrom(args[0].location), operator, args, infix: true };
  }

  #memberCall(location: Location, args: readonly Term[]): CallTerm {
    const operator: RefTerm = {
      kind: 'ref',
      location,
      head: { kind: 'var', location, name: 'internal' },
      args: [{ kind: 'string', location, value: `member_${args.length}` }],
    };
    const start = args[0]?.location ?? location;
    return { kind: 'call', location: this.spanFrom(start), operator, args, infix: true };
  }

  #attempt<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (error instanceof SyntaxFailure && !error.final) return undefined;
      throw error;
    }
  }

  /** A term without infix operators: a literal, variable, reference, call, or a term in parentheses. */
  protected primary(): Term {
    this.enter();
    const start = this.current.location;
    const grouped = this.is('(');
    const term = this.#postfix(this.#operand(), start, grouped);
    this.leave();
    return term;
  }

  #operand(): Term {
    const { kind, text, location, raw } = this.current;
    switch (kind) {
      case 'number':
        this.next();
        return number(text, location);
      case 'string':
        this.next();
        return raw ? { kind: 'string', location, value: text, raw } : { kind: 'string', location, value: text };
      case 'templateBegin':
        return this.#template();
      case '-':
        return this.#negative();
      case '(': {
        this.next();
        const term = this.memberTerm();
        if (!this.is(')')) this.fail(this.is('error') ? this.current.text : 'non-terminated expression');
        this.next();
        return term;
      }
      case '[':
        return this.#array();
      case '{':
        return this.#braces();
      case 'ident':
        return this.#name();
      default:
        return this.unexpected();
    }
  }

  #name(): Term {
    const { text, location } = this.current;
    if (this.isReserved() && (text === 'null' || text === 'true' || text === 'false')) {
      this.next();
      return text === 'null' ? { kind: 'null', location } : { kind: 'boolean', location, value: text === 'true' };
    }
    if (this.isReserved() && text !== 'contains') this.unexpected();
    if (text !== 'set' || this.peek().kind !== '(' || this.peek().spaceBefore) return this.#variable();
    const mark = this.mark();
    this.next();
    this.next();
    if (this.is(')')) {
      this.next();
      return { kind: 'set', location: this.spanFrom(location), items: [] };
    }
    this.reset(mark);
    return this.#variable();
  }

  #variable(): VarTerm {
    const { text, location } = this.next();
    return { kind: 'var', location, name: text === '_' ? `$${this.wildcards++}` : text };
  }

  #negative(): Term {
    const start = this.next().location;
    if (this.is('number')) {
      const { text } = this.next();
      return number(`-${text}`, this.spanFrom(start));
    }
    if (!this.is('ident')) this.unexpected('expected number');
    const operand = this.primary();
    const zero: NumberTerm = { kind: 'number', location: { ...start, end: start.offset }, value: 0, text: '0' };
    const operator: VarTerm = { kind: 'var', location: start, name: 'minus' };
    return { kind: 'call', location: this.spanFrom(start), operator, args: [zero, operand], infix: true };
  }

  /** What stands directly behind a term: `.name`, `[term]`, `(arguments)`. */
  #postfix(operand: Term, start: Location, grouped: boolean): Term {
    let head = operand;
    let args: Term[] = [];
    const whole = (): Term =>
      args.length === 0 ? head : { kind: 'ref', location: this.spanFrom(start), head, args: [...args] };
    for (;;) {
      if (!this.adjacent('.') && !this.adjacent('[') && !this.adjacent('(')) return whole();
      if (grouped && head === operand && args.length === 0 && this.is('(')) return head;
      if (args.length === 0 && !canHeadRef(head, this.current.kind)) {
        if (head.kind === 'call' && this.is('(')) return head;
        this.fail(`illegal ref (head cannot be ${kindName(head)})`, start);
      }
      if (this.is('(')) {
        const operator = whole() as VarTerm | RefTerm;
        this.next();
        const operands = this.#list(')', []);
        head = { kind: 'call', location: this.spanFrom(start), operator, args: operands };
        args = [];
      } else if (this.next().kind === '.') args.push(this.#refName());
      else {
        args.push(this.memberTerm());
        this.expect(']', 'expected [');
      }
    }
  }

  #refName(): StringTerm {
    const { kind, spaceBefore, text, location } = this.current;
    if (spaceBefore && kind !== 'eof') {
      const point = this.previous.location;
      this.fail('unexpected whitespace token: expected identifier', { ...point, col: point.col + 1 });
    }
    if (kind !== 'ident') this.unexpected('expected identifier');
    this.next();
    return { kind: 'string', location, value: text };
  }

  /** Terms with commas, also after the last, up to and with `end`. `items` are there already. */
  #list(end: ')' | ']' | '}', items: Term[]): Term[] {
    while (!this.is(end)) {
      if (items.length > 0) {
        this.expect(',', `expected "," or "${end}"`);
        if (this.is(end)) break;
      }
      items.push(this.term());
    }
    this.next();
    return items;
  }

  #array(): Term {
    const start = this.next().location;
    if (this.is(']')) return { kind: 'array', location: this.spanFrom(start), items: this.#list(']', []) };
    const first = this.primary();
    return this.#comprehensionOr(
      ']',
      start,
      (body) => ({ kind: 'arrayComprehension', location: this.spanFrom(start), term: first, body }),
      () => {
        const items = this.#list(']', [this.#infix(first, MEMBERSHIP)]);
        return { kind: 'array', location: this.spanFrom(start), items };
      },
    );
  }

  #braces(): Term {
    const start = this.next().location;
    if (this.is('}')) {
      this.next();
      return { kind: 'object', location: this.spanFrom(start), entries: [] };
    }
    const first = this.primary();
    return this.#comprehensionOr(
      '}',
      start,
      (body) => ({ kind: 'setComprehension', location: this.spanFrom(start), term: first, body }),
      () => {
        const item = this.#infix(first, MEMBERSHIP);
        if (this.is(':')) return this.#object(start, item);
        const items = this.#list('}', [item]);
        return { kind: 'set', location: this.spanFrom(start), items };
      },
    );
  }

  #object(start: Location, key: Term): Term {
    this.next();
    const first = this.primary();
    return this.#comprehensionOr(
      '}',
      this.previous.location,
      (body) => ({ kind: 'objectComprehension', location: this.spanFrom(start), key, value: first, body }),
      () => {
        const entries: (readonly [Term, Term])[] = [[key, this.#infix(first, MEMBERSHIP)]];
        while (!this.is('}')) {
          this.expect(',', 'expected "," or "}"');
          if (this.is('}')) break;
          const name = this.term();
          this.expect(':', 'expected ":"');
          entries.push([name, this.term()]);
        }
        this.next();
        return { kind: 'object', location: this.spanFrom(start), entries };
      },
    );
  }

  /**
   * At `|` behind the first term: a comprehension when a body follows up to `end`, else `|` is an operator. When neither
   * can be read, the error further on counts.
   */
  #comprehensionOr(end: '}' | ']', key: Location, comprehension: (body: Body) => Term, otherwise: () => Term): Term {
    if (!this.is('|')) return otherwise();
    const mark = this.mark();
    try {
      const known = this.#noComprehension.get(key.offset);
      if (known !== undefined) throw known;
      this.next();
      const body = this.body(end);
      this.next();
      return comprehension(body);
    } catch (error) {
      if (!(error instanceof SyntaxFailure) || error.final) throw error;
      this.#noComprehension.set(key.offset, error);
      this.reset(mark);
      try {
        return otherwise();
      } catch (second) {
        if (second instanceof SyntaxFailure && !second.final && second.location.offset <= error.location.offset)
          throw error;
        throw second;
      }
    }
  }

  #template(): TemplateStringTerm {
    const { location: start, raw } = this.next();
    const parts: (StringTerm | Expr)[] = [];
    while (!this.is('templateEnd')) {
      const { location, text } = this.current;
      if (this.is('templateText')) {
        this.next();
        parts.push({ kind: 'string', location, value: text });
      } else {
        if (!this.is('{')) this.unexpected();
        this.next();
        const expr = this.literal();
        const fault = templateFault(expr);
        if (fault !== undefined) this.fail(`unexpected ${fault} in template-string expression`, expr.location);
        if (!this.is('}')) this.fail('expected } to end template string expression');
        this.next();
        parts.push(expr);
      }
    }
    this.next();
    return { kind: 'templateString', location: this.spanFrom(start), parts, raw };
  }
}

/** What may not stand in braces of a template string, as OPA names it. */
function templateFault({ negated, what }: Expr): string | undefined {
  if (negated) return "negation ('not')";
  if (what.kind !== 'term') return `'${what.kind}'`;
  if (what.term.kind !== 'call' || what.term.infix !== true || what.term.operator.kind !== 'var') return undefined;
  const { name } = what.term.operator;
  return name === 'assign' ? "assignment (':=')" : name === 'eq' ? "unification ('=')" : undefined;
}

function number(text: string, location: Location): NumberTerm {
  const value: NumberValue = numberFromText(text);
  return { kind: 'number', location, value, text };
}

function canHeadRef(head: Term, opener: TokenKind): boolean {
  if (opener === '(') return head.kind === 'var';
  return head.kind !== 'number' && head.kind !== 'string' && head.kind !== 'ref' && head.kind !== 'templateString';
}

const KIND_NAMES: Readonly<Partial<Record<Term['kind'], string>>> = {
  templateString: 'templatestring',
  arrayComprehension: 'arraycomprehension',
  setComprehension: 'setcomprehension',
  objectComprehension: 'objectcomprehension',
};

/** The kind of a term as OPA names it. */
export function kindName(term: Term): string {
  return KIND_NAMES[term.kind] ?? term.kind;
}
