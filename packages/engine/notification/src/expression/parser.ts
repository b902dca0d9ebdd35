/** A node of a condition, as it is written in triggers. */
export type Expr =
  | { readonly type: 'literal'; readonly value: unknown }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'list'; readonly items: readonly Expr[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Expr, Expr])[] }
  | { readonly type: 'unary'; readonly op: string; readonly of: Expr }
  | { readonly type: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly type: 'condition'; readonly when: Expr; readonly then: Expr; readonly otherwise: Expr }
  | { readonly type: 'member'; readonly of: Expr; readonly key: Expr; readonly optional: boolean }
  | { readonly type: 'slice'; readonly of: Expr; readonly from?: Expr; readonly to?: Expr }
  | { readonly type: 'call'; readonly of: Expr; readonly args: readonly Expr[] }
  /** `{.phase == 'Failed'}` or `# > 1`: what `all`, `any`, `filter` … ask of each item. */
  | { readonly type: 'closure'; readonly body: Expr }
  | { readonly type: 'item' };

export class ExpressionSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

interface Token {
  readonly type: 'number' | 'string' | 'name' | 'op' | 'end';
  readonly value: string;
  readonly offset: number;
}

const MAX_DEPTH = 100;
const TOKEN =
  /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<number>0x[0-9a-fA-F]+|\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<name>[\p{L}_$][\p{L}\p{Nd}_$]*)|(?<op>\?\.|\?\?|\*\*|\.\.|&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}#|;^])/uy;

/** Lowest first. */
const BINARY: Readonly<Record<string, number>> = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '<=': 20,
  '>=': 20,
  in: 20,
  'not in': 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
};
/** Calls whose last argument is asked of each item. */
const PREDICATES = new Set(['all', 'any', 'none', 'one', 'filter', 'map', 'count', 'find', 'findIndex', 'sum']);

/** @throws ExpressionSyntaxError */
export function parseExpression(text: string): Expr {
  return new Parser(tokenize(text)).whole();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const offset = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw new ExpressionSyntaxError(`unexpected ${JSON.stringify(text[offset])}`, offset);
    for (const type of ['number', 'string', 'name', 'op'] as const) {
      const value = groups[type];
      if (value !== undefined) tokens.push({ type, value, offset });
    }
  }
  tokens.push({ type: 'end', value: '', offset: text.length });
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #closures = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expr {
    const expr = this.#expression(0);
    const { type, value, offset } = this.#peek();
    if (type !== 'end') throw new ExpressionSyntaxError(`unexpected ${JSON.stringify(value)}`, offset);
    return expr;
  }

  #expression(above: number): Expr {
    if (++this.#depth > MAX_DEPTH) throw this.#fault('it is nested too deeply');
    let left = this.#unary();
    while (true) {
      const op = this.#binaryOperator();
      const level = op === undefined ? undefined : BINARY[op];
      if (op === undefined || level === undefined || level < above) break;
      for (let words = op.split(' ').length; words > 0; words--) this.#next();
      if (op === '|') left = this.#piped(left);
      // Powers bind from the right.
      else left = { type: 'binary', op, left, right: this.#expression(op === '**' || op === '^' ? level : level + 1) };
    }
    if (above === 0 && this.#is('?')) {
      this.#next();
      const then = this.#expression(0);
      this.#expect(':');
      left = { type: 'condition', when: left, then, otherwise: this.#expression(0) };
    }
    this.#depth--;
    return left;
  }

  #binaryOperator(): string | undefined {
    const { type, value } = this.#peek();
    if (type === 'name' && value === 'not') {
      const after = this.#tokens[this.#index + 1];
      return after?.type === 'name' && after.value === 'in' ? 'not in' : undefined;
    }
    return type === 'op' || type === 'name' ? (Object.hasOwn(BINARY, value) ? value : undefined) : undefined;
  }

  /** `x | f(y)` is `f(x, y)`. */
  #piped(first: Expr): Expr {
    const call = this.#postfix(this.#primary());
    if (call.type !== 'call') throw this.#fault('only a call can follow |');
    return { ...call, args: [first, ...call.args] };
  }

  #unary(): Expr {
    const { type, value } = this.#peek();
    if ((type === 'op' && (value === '!' || value === '-' || value === '+')) || (type === 'name' && value === 'not')) {
      this.#next();
      if (++this.#depth > MAX_DEPTH) throw this.#fault('it is nested too deeply');
      // `not a == b` is `not (a == b)`; a minus binds to its operand.
      const of = value === 'not' ? this.#expression(20) : this.#unary();
      this.#depth--;
      return { type: 'unary', op: value === 'not' ? '!' : value, of };
    }
    return this.#postfix(this.#primary());
  }

  #primary(): Expr {
    const { type, value, offset } = this.#next();
    if (type === 'number') return { type: 'literal', value: Number(value.replaceAll('_', '')) };
    if (type === 'string') return { type: 'literal', value: unquote(value) };
    if (type === 'name') {
      if (value === 'true' || value === 'false') return { type: 'literal', value: value === 'true' };
      if (value === 'nil' || value === 'null') return { type: 'literal', value: null };
      return { type: 'name', name: value };
    }
    switch (value) {
      case '(': {
        const inner = this.#expression(0);
        this.#expect(')');
        return inner;
      }
      case '[':
        return { type: 'list', items: this.#until(']', () => this.#expression(0)) };
      case '{':
        return { type: 'map', entries: this.#until('}', () => this.#entry()) };
      case '#':
        if (this.#closures > 0) return { type: 'item' };
        break;
      case '.': {
        const name = this.#next();
        if (this.#closures > 0 && name.type === 'name') {
          return { type: 'member', of: { type: 'item' }, key: { type: 'literal', value: name.value }, optional: false };
        }
        break;
      }
    }
    throw new ExpressionSyntaxError(
      type === 'end' ? 'it ends too early' : `unexpected ${JSON.stringify(value)}`,
      offset,
    );
  }

  #entry(): readonly [Expr, Expr] {
    const { type, value } = this.#peek();
    const key: Expr = type === 'name' ? { type: 'literal', value } : this.#primary();
    if (type === 'name') this.#next();
    this.#expect(':');
    return [key, this.#expression(0)];
  }

  #postfix(start: Expr): Expr {
    let expr = start;
    for (let links = 0; ; links++) {
      if (links > 1000) throw this.#fault('it is too long');
      const { type, value } = this.#peek();
      if (type !== 'op') return expr;
      if (value === '.' || value === '?.') {
        this.#next();
        const name = this.#next();
        if (name.type !== 'name') throw new ExpressionSyntaxError('a name must follow the dot', name.offset);
        expr = { type: 'member', of: expr, key: { type: 'literal', value: name.value }, optional: value === '?.' };
      } else if (value === '[') {
        this.#next();
        expr = this.#bracket(expr);
      } else if (value === '(') {
        this.#next();
        const closure = expr.type === 'name' && PREDICATES.has(expr.name);
        let index = 0;
        const args = this.#until(')', () => (closure && index++ > 0 ? this.#closure() : this.#expression(0)));
        expr = { type: 'call', of: expr, args };
      } else return expr;
    }
  }

  #bracket(of: Expr): Expr {
    const from = this.#is(':') ? undefined : this.#expression(0);
    if (!this.#is(':')) {
      this.#expect(']');
      return { type: 'member', of, key: from ?? { type: 'literal', value: null }, optional: false };
    }
    this.#next();
    const to = this.#is(']') ? undefined : this.#expression(0);
    this.#expect(']');
    return { type: 'slice', of, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }

  #closure(): Expr {
    this.#closures++;
    const braces = this.#is('{');
    if (braces) this.#next();
    const body = this.#expression(0);
    if (braces) this.#expect('}');
    this.#closures--;
    return { type: 'closure', body };
  }

  #until<T>(end: string, read: () => T): T[] {
    const items: T[] = [];
    while (!this.#is(end)) {
      items.push(read());
      if (!this.#is(end)) this.#expect(',');
    }
    this.#next();
    return items;
  }

  #is(op: string): boolean {
    const { type, value } = this.#peek();
    return type === 'op' && value === op;
  }

  #expect(op: string): void {
    const { type, value, offset } = this.#next();
    if (type === 'op' && value === op) return;
    throw new ExpressionSyntaxError(
      `${op} is missing${value === '' ? '' : ` before ${JSON.stringify(value)}`}`,
      offset,
    );
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)] ?? { type: 'end', value: '', offset: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }

  #fault(message: string): ExpressionSyntaxError {
    return new ExpressionSyntaxError(message, this.#peek().offset);
  }
}

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner;
  return inner.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g, (_all, x, u, char) => {
    if (char === undefined) return String.fromCharCode(Number.parseInt(x ?? u, 16));
    return { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[char as string] ?? char;
  });
}
