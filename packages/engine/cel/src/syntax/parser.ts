import { createLineIndex } from '@sekisho/base';
import type { CelDiagnostic } from '../diagnostic.ts';
import type { Call, Expression, Identifier, MapLiteral, MessageLiteral, Select } from './ast.ts';
import { type Token, tokenize } from './lexer.ts';
import { expandGlobalMacro, expandMethodMacro } from './macros.ts';
import { qualifiedName } from './qualified-name.ts';
import { CelSyntaxError } from './syntax-error.ts';

/** What cel-go takes by default. */
const MAX_TEXT = 100_000;
/** Expressions inside expressions, as they are written. */
const MAX_NESTING = 250;
/** Long chains (`a + b + c …`) are deep, too: each is evaluated inside the next. */
const MAX_DEPTH = 1_000;

const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const MAX_INT = 2n ** 63n - 1n;
const RELATIONS = new Set(['<', '<=', '>=', '>', '==', '!=']);

export interface ParseResult {
  readonly expression?: Expression;
  /** At most one: what follows a syntax error says little. */
  readonly diagnostics: readonly CelDiagnostic[];
}

/** Reads an expression, with its macros put in place. */
export function parseCel(text: string): ParseResult {
  try {
    if (text.length > MAX_TEXT) throw new CelSyntaxError(`the expression is longer than ${MAX_TEXT} characters`, 0);
    return { expression: new Parser(tokenize(text)).parse(), diagnostics: [] };
  } catch (error) {
    if (!(error instanceof CelSyntaxError)) throw error;
    const position = createLineIndex(text)(error.at);
    return { diagnostics: [{ code: 'CEL_SYNTAX', message: `Syntax error: ${error.message}`, ...position }] };
  }
}

/** A node without its depth. */
type Shape<T> = T extends Expression ? Omit<T, 'depth'> : never;

function withDepth(shape: Shape<Expression>, children: readonly Expression[]): Expression {
  let depth = 0;
  for (const child of children) depth = Math.max(depth, child.depth);
  if (depth >= MAX_DEPTH) throw new CelSyntaxError('the expression is too deep: split it', shape.at);
  return { ...shape, depth: depth + 1 } as Expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#conditional();
    if (this.#token.type !== 'end') throw this.#unexpected('an operator');
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #is(symbol: string): boolean {
    return this.#token.type === 'symbol' && this.#token.text === symbol;
  }

  #take(symbol: string): boolean {
    if (!this.#is(symbol)) return false;
    this.#next++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`"${symbol}"`);
  }

  #unexpected(wanted: string): CelSyntaxError {
    const found = this.#token.type === 'end' ? 'the end' : `"${this.#token.text.slice(0, 40)}"`;
    return new CelSyntaxError(`expected ${wanted}, found ${found}`, this.#token.at);
  }

  #conditional(): Expression {
    if (++this.#nesting > MAX_NESTING)
      throw new CelSyntaxError(`more than ${MAX_NESTING} expressions inside each other`, this.#token.at);
    const condition = this.#logical('||');
    let expression = condition;
    if (this.#is('?')) {
      const { at } = this.#token;
      this.#next++;
      const then = this.#logical('||');
      this.#expect(':');
      const otherwise = this.#conditional();
      expression = withDepth({ type: 'conditional', condition, then, otherwise, at }, [condition, then, otherwise]);
    }
    this.#nesting--;
    return expression;
  }

  #logical(operator: '&&' | '||'): Expression {
    const operand = () => (operator === '||' ? this.#logical('&&') : this.#relation());
    const first = operand();
    if (!this.#is(operator)) return first;
    const { at } = this.#token;
    const operands = [first];
    while (this.#take(operator)) operands.push(operand());
    return withDepth({ type: 'logical', operator, operands, at }, operands);
  }

  #relation(): Expression {
    let left = this.#additive();
    for (;;) {
      const token = this.#token;
      const isIn = token.type === 'identifier' && token.text === 'in';
      if (!isIn && !(token.type === 'symbol' && RELATIONS.has(token.text))) return left;
      this.#next++;
      left = this.#operator(isIn ? '@in' : `_${token.text}_`, token.at, [left, this.#additive()]);
    }
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const { text, at } = this.#token;
      this.#next++;
      left = this.#operator(`_${text}_`, at, [left, this.#multiplicative()]);
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const { text, at } = this.#token;
      this.#next++;
      left = this.#operator(`_${text}_`, at, [left, this.#unary()]);
    }
    return left;
  }

  #operator(name: string, at: number, args: readonly Expression[]): Expression {
    return withDepth({ type: 'call', name, isAbsolute: false, args, at }, args);
  }

  #unary(): Expression {
    const { text, at } = this.#token;
    if (!this.#is('!') && !this.#is('-')) return this.#member();
    const next = this.#tokens[this.#next + 1] as Token;
    if (text === '-' && next.type === 'literal' && (next.magnitude !== undefined || typeof next.value === 'number')) {
      this.#next++;
      return this.#member(true);
    }
    this.#next++;
    if (++this.#nesting > MAX_NESTING) throw new CelSyntaxError('too many operators', at);
    const operand = this.#unary();
    this.#nesting--;
    return this.#operator(`${text}_`, at, [operand]);
  }

  #member(isNegative = false): Expression {
    let operand = this.#primary(isNegative);
    for (;;) {
      const { at } = this.#token;
      if (this.#take('.')) operand = this.#selection(operand, at);
      else if (this.#take('[')) {
        const isOptional = this.#take('?');
        const key = this.#conditional();
        this.#expect(']');
        operand = withDepth({ type: 'index', operand, key, isOptional, at }, [operand, key]);
      } else if (this.#is('{')) operand = this.#messageLiteral(operand);
      else return operand;
    }
  }

  #messageLiteral(type: Expression): Expression {
    const named = qualifiedName(type);
    if (named === undefined) throw this.#unexpected('an operator');
    this.#expect('{');
    const fields: MessageLiteral['fields'][number][] = [];
    while (!this.#take('}')) {
      const isOptional = this.#take('?');
      const { type: tokenType, text: name, at } = this.#token;
      if (tokenType !== 'identifier' && tokenType !== 'quoted') throw this.#unexpected('the name of a field');
      this.#next++;
      this.#expect(':');
      fields.push({ name, value: this.#conditional(), isOptional, at });
      if (!this.#is('}')) this.#expect(',');
    }
    const { name, isAbsolute } = named;
    return withDepth(
      { type: 'message', name, isAbsolute, fields, at: type.at },
      fields.map((field) => field.value),
    );
  }

  #selection(operand: Expression, at: number): Expression {
    const isOptional = this.#take('?');
    const token = this.#token;
    if (token.type !== 'identifier' && token.type !== 'quoted') throw this.#unexpected('a name behind the dot');
    this.#next++;
    if (!isOptional && token.type === 'identifier' && this.#take('(')) {
      const args = this.#list(')');
      const macro = expandMethodMacro(operand, token.text, args, token.at);
      if (macro !== undefined) return withDepth(macro, [operand, ...args]);
      const call: Shape<Call> = {
        type: 'call',
        target: operand,
        name: token.text,
        isAbsolute: false,
        args,
        at: token.at,
      };
      return withDepth(call, [operand, ...args]);
    }
    if (token.text === 'in') throw new CelSyntaxError('"in" is no name of a field: use ["in"]', token.at);
    const select: Shape<Select> = { type: 'select', operand, field: token.text, isOptional, at };
    return withDepth(select, [operand]);
  }

  #list(end: string): Expression[] {
    const list: Expression[] = [];
    if (this.#take(end)) return list;
    do list.push(this.#conditional());
    while (this.#take(','));
    this.#expect(end);
    return list;
  }

  #primary(isNegative: boolean): Expression {
    const token = this.#token;
    if (token.type === 'literal') {
      this.#next++;
      return { type: 'literal', value: literalValue(token, isNegative), at: token.at, depth: 1 };
    }
    if (this.#take('(')) {
      const inner = this.#conditional();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) return this.#listLiteral(token.at);
    if (this.#take('{')) return this.#mapLiteral(token.at);
    return this.#name();
  }

  #name(): Expression {
    const isAbsolute = this.#take('.');
    const token = this.#token;
    if (token.type !== 'identifier') throw this.#unexpected('an expression');
    const { text: name, at } = token;
    if (RESERVED.has(name)) throw new CelSyntaxError(`"${name}" is a reserved word`, at);
    if (name === 'in') throw this.#unexpected('an expression');
    this.#next++;
    if (!isAbsolute) {
      if (name === 'true' || name === 'false') return { type: 'literal', value: name === 'true', at, depth: 1 };
      if (name === 'null') return { type: 'literal', value: null, at, depth: 1 };
    }
    if (this.#take('(')) {
      const args = this.#list(')');
      const macro = isAbsolute ? undefined : expandGlobalMacro(name, args, at);
      return withDepth(macro ?? { type: 'call', name, isAbsolute, args, at }, args);
    }
    const identifier: Identifier = { type: 'identifier', name, isAbsolute, at, depth: 1 };
    return identifier;
  }

  #listLiteral(at: number): Expression {
    const elements: { value: Expression; isOptional: boolean }[] = [];
    while (!this.#take(']')) {
      const isOptional = this.#take('?');
      elements.push({ value: this.#conditional(), isOptional });
      if (!this.#is(']')) this.#expect(',');
    }
    return withDepth(
      { type: 'list', elements, at },
      elements.map((element) => element.value),
    );
  }

  #mapLiteral(at: number): Expression {
    const entries: MapLiteral['entries'][number][] = [];
    while (!this.#take('}')) {
      const isOptional = this.#take('?');
      const key = this.#conditional();
      this.#expect(':');
      entries.push({ key, value: this.#conditional(), isOptional });
      if (!this.#is('}')) this.#expect(',');
    }
    return withDepth(
      { type: 'map', entries, at },
      entries.flatMap((entry) => [entry.key, entry.value]),
    );
  }
}

function literalValue(token: Token, isNegative: boolean): Exclude<Token['value'], undefined> {
  if (token.magnitude !== undefined) {
    if (token.magnitude > (isNegative ? MAX_INT + 1n : MAX_INT))
      throw new CelSyntaxError('invalid int literal: beyond 64 bits', token.at);
    return isNegative ? -token.magnitude : token.magnitude;
  }
  const value = token.value ?? null;
  return isNegative && typeof value === 'number' ? -value : value;
}
