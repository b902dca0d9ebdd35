import { ConfigFault } from '../parse-task.ts';
import type { Assertion, Bind, Comprehension, Expression, ObjectField, Parameter } from './syntax.ts';

const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const KEYWORDS = new Set(
  'assert else error false for function if import importstr importbin in local null tailstrict then self super true'.split(
    ' ',
  ),
);
/** Binary operators by level, the weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>', 'in'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const SYMBOL = /[!$:~+\-&|^=<>*/%]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const MAX_DEPTH = 250;

/** Reads Jsonnet by the grammar of its specification. */
export class JsonnetParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  file(): Expression {
    const expression = this.#expression();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the file');
    return expression;
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH)
      throw new ConfigFault(this.#at, `expressions are nested more than ${MAX_DEPTH} deep`, 'CONFIG_TOO_DEEP');
    this.#skip();
    const offset = this.#at;
    const expression = this.#keywordExpression(offset) ?? this.#binary(0);
    this.#depth--;
    return expression;
  }

  #keywordExpression(offset: number): Expression | undefined {
    if (this.#takeWord('local')) {
      const binds = this.#binds();
      this.#expect(';');
      return { kind: 'local', binds, body: this.#expression(), offset };
    }
    if (this.#takeWord('if')) {
      const condition = this.#expression();
      if (!this.#takeWord('then')) throw this.#unexpected('"then"');
      const whenTrue = this.#expression();
      const whenFalse: Expression = this.#takeWord('else')
        ? this.#expression()
        : { kind: 'literal', value: null, offset };
      return { kind: 'if', condition, whenTrue, whenFalse, offset };
    }
    if (this.#takeWord('function')) {
      const parameters = this.#parameters();
      return { kind: 'function', parameters, body: this.#expression(), offset };
    }
    if (this.#takeWord('error')) return { kind: 'error', message: this.#expression(), offset };
    if (this.#takeWord('assert')) {
      const assertion = this.#assertion();
      this.#expect(';');
      return { kind: 'assert', assertion, body: this.#expression(), offset };
    }
    for (const kind of ['import', 'importstr'] as const) {
      if (!this.#takeWord(kind)) continue;
      this.#skip();
      const path = this.#string();
      if (path === undefined) throw this.#unexpected('a path in quotes');
      return { kind, path, offset };
    }
    return undefined;
  }

  #assertion(): Assertion {
    const condition = this.#expression();
    return { condition, message: this.#take(':') ? this.#expression() : undefined };
  }

  #binds(): Bind[] {
    const binds: Bind[] = [];
    do binds.push(this.#bind());
    while (this.#take(','));
    return binds;
  }

  #bind(): Bind {
    this.#skip();
    const offset = this.#at;
    const name = this.#name('a name');
    this.#skip();
    const parameters = this.#text[this.#at] === '(' ? this.#parameters() : undefined;
    this.#expect('=');
    const body = this.#expression();
    return { name, value: parameters === undefined ? body : { kind: 'function', parameters, body, offset } };
  }

  #parameters(): Parameter[] {
    this.#expect('(');
    const parameters: Parameter[] = [];
    while (!this.#take(')')) {
      const name = this.#name('a parameter');
      const fallback = this.#take('=') ? this.#expression() : undefined;
      parameters.push({ name, fallback });
      if (this.#take(')')) break;
      this.#expect(',');
    }
    return parameters;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#operator(operators);
      if (operator === undefined) return left;
      const { offset } = left;
      if (operator === 'in' && this.#takeWord('super')) {
        left = { kind: 'inSuper', index: left, offset };
        continue;
      }
      const keyword = this.#nestedKeyword();
      left = { kind: 'binary', operator, left, right: keyword ?? this.#binary(level + 1), offset };
    }
  }

  /** `a + if …`, `a + local …`: the rest of the expression belongs to the keyword. */
  #nestedKeyword(): Expression | undefined {
    this.#skip();
    const word = this.#peekWord();
    return word !== undefined && /^(?:local|if|function|error|assert|import|importstr)$/.test(word)
      ? this.#expression()
      : undefined;
  }

  #operator(operators: readonly string[]): string | undefined {
    this.#skip();
    if (operators.includes('in') && this.#peekWord() === 'in') {
      this.#at += 2;
      return 'in';
    }
    SYMBOL.lastIndex = this.#at;
    let symbol = SYMBOL.exec(this.#text)?.[0] ?? '';
    // A symbol is as long as it can be, but a sign or comment at its end is none of it.
    symbol = symbol.replace(/(?:\/\/|\/\*).*$/, '');
    while (symbol.length > 1 && /[+\-~!$]$/.test(symbol)) symbol = symbol.slice(0, -1);
    const operator = operators.find((each) => each === symbol);
    if (operator !== undefined) this.#at += operator.length;
    return operator;
  }

  #unary(): Expression {
    this.#skip();
    const offset = this.#at;
    const operator = this.#text[offset] ?? '';
    if (!/[!~+-]/.test(operator)) return this.#postfix();
    if (++this.#depth > MAX_DEPTH) throw new ConfigFault(offset, 'signs are nested too deep', 'CONFIG_TOO_DEEP');
    this.#at++;
    const operand = this.#nestedKeyword() ?? this.#unary();
    this.#depth--;
    return { kind: 'unary', operator, operand, offset };
  }

  #postfix(): Expression {
    let operand = this.#primary();
    for (;;) {
      this.#skip();
      const { offset } = operand;
      const char = this.#text[this.#at];
      if (char === '.') {
        this.#at++;
        this.#skip();
        const at = this.#at;
        const index: Expression = { kind: 'literal', value: this.#name('the name of a field', true), offset: at };
        operand = { kind: 'index', operand, index, offset };
      } else if (char === '[') operand = this.#indexOrSlice(operand);
      else if (char === '(') operand = this.#call(operand);
      else if (char === '{') operand = { kind: 'binary', operator: '+', left: operand, right: this.#object(), offset };
      else return operand;
    }
  }

  #indexOrSlice(operand: Expression): Expression {
    const { offset } = operand;
    this.#expect('[');
    const bounds: (Expression | undefined)[] = [];
    let current: Expression | undefined;
    for (;;) {
      this.#skip();
      if (this.#take(']')) break;
      if (this.#take('::')) {
        bounds.push(current, undefined);
        current = undefined;
      } else if (this.#take(':')) {
        bounds.push(current);
        current = undefined;
      } else if (current === undefined) current = this.#expression();
      else throw this.#unexpected('":" or "]"');
    }
    if (bounds.length === 0 && current !== undefined) return { kind: 'index', operand, index: current, offset };
    if (bounds.length === 0) throw this.#unexpected('an index');
    return { kind: 'slice', operand, bounds: [...bounds, current], offset };
  }

  #call(callee: Expression): Expression {
    const { offset } = callee;
    this.#expect('(');
    const positional: Expression[] = [];
    const named: Bind[] = [];
    while (!this.#take(')')) {
      this.#skip();
      const isNamed = /^[A-Za-z_]\w*\s*=(?!=)/.test(this.#text.slice(this.#at, this.#at + 100));
      if (isNamed) {
        const name = this.#name('a parameter');
        this.#expect('=');
        named.push({ name, value: this.#expression() });
      } else if (named.length > 0) throw this.#unexpected('a named argument');
      else positional.push(this.#expression());
      if (this.#take(')')) break;
      this.#expect(',');
    }
    this.#takeWord('tailstrict');
    return { kind: 'call', callee, positional, named, offset };
  }

  #primary(): Expression {
    this.#skip();
    const offset = this.#at;
    const char = this.#text[offset];
    if (char === '{') return this.#object();
    if (char === '[') return this.#array(offset);
    if (char === '(') {
      this.#at++;
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (char === '$') {
      this.#at++;
      return { kind: 'dollar', offset };
    }
    const string = this.#string();
    if (string !== undefined) return { kind: 'literal', value: string, offset };
    NUMBER.lastIndex = offset;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      return { kind: 'literal', value: Number(number), offset };
    }
    return this.#word(offset);
  }

  #word(offset: number): Expression {
    const word = this.#peekWord();
    if (word === undefined) throw this.#unexpected('an expression');
    if (word === 'super') {
      this.#at += word.length;
      if (this.#take('.')) {
        const at = this.#at;
        return { kind: 'super', index: { kind: 'literal', value: this.#name('a field', true), offset: at }, offset };
      }
      this.#expect('[');
      const index = this.#expression();
      this.#expect(']');
      return { kind: 'super', index, offset };
    }
    if (word === 'self') {
      this.#at += word.length;
      return { kind: 'self', offset };
    }
    if (word === 'true' || word === 'false' || word === 'null') {
      this.#at += word.length;
      return { kind: 'literal', value: word === 'null' ? null : word === 'true', offset };
    }
    const keyword = this.#nestedKeyword();
    return keyword ?? { kind: 'name', name: this.#name('an expression'), offset };
  }

  #array(offset: number): Expression {
    this.#expect('[');
    const items: Expression[] = [];
    while (!this.#take(']')) {
      items.push(this.#expression());
      this.#skip();
      const hasComma = this.#take(',');
      const [body] = items;
      if (this.#isWord('for') && items.length === 1 && body !== undefined) {
        const clauses = this.#clauses();
        this.#expect(']');
        return { kind: 'arrayFor', body, clauses, offset };
      }
      if (this.#take(']')) break;
      if (!hasComma) throw this.#unexpected('"," or "]"');
    }
    return { kind: 'array', items, offset };
  }

  #clauses(): Comprehension[] {
    const clauses: Comprehension[] = [];
    for (;;) {
      if (this.#takeWord('for')) {
        const name = this.#name('a name');
        if (!this.#takeWord('in')) throw this.#unexpected('"in"');
        clauses.push({ kind: 'for', name, source: this.#expression() });
      } else if (clauses.length > 0 && this.#takeWord('if')) {
        clauses.push({ kind: 'if', name: '', source: this.#expression() });
      } else return clauses;
    }
  }

  #object(): Expression {
    const offset = this.#at;
    this.#expect('{');
    const fields: ObjectField[] = [];
    const locals: Bind[] = [];
    const assertions: Assertion[] = [];
    let clauses: Comprehension[] = [];
    while (!this.#take('}')) {
      if (this.#takeWord('local')) locals.push(this.#bind());
      else if (this.#takeWord('assert')) assertions.push(this.#assertion());
      else fields.push(this.#field());
      this.#skip();
      const hasComma = this.#take(',');
      if (this.#isWord('for')) {
        clauses = this.#clauses();
        if (fields.length !== 1) throw new ConfigFault(offset, 'an object with "for" has one field');
        this.#expect('}');
        break;
      }
      if (this.#take('}')) break;
      if (!hasComma) throw this.#unexpected('"," or "}"');
    }
    return { kind: 'object', fields, locals, assertions, clauses, offset };
  }

  #field(): ObjectField {
    this.#skip();
    const offset = this.#at;
    const string = this.#string();
    let name: Expression;
    if (string !== undefined) name = { kind: 'literal', value: string, offset };
    else if (this.#take('[')) {
      name = this.#expression();
      this.#expect(']');
    } else name = { kind: 'literal', value: this.#name('the name of a field'), offset };
    this.#skip();
    const parameters = this.#text[this.#at] === '(' ? this.#parameters() : undefined;
    const isPlus = this.#take('+');
    const visibility = this.#take(':::') ? ':::' : this.#take('::') ? '::' : ':';
    if (visibility === ':') this.#expect(':');
    const body = this.#expression();
    const value: Expression = parameters === undefined ? body : { kind: 'function', parameters, body, offset };
    return { name, visibility, isPlus, value, offset };
  }

  #string(): string | undefined {
    const text = this.#text;
    const start = this.#at;
    if (text.startsWith('|||', start)) return this.#block();
    const isVerbatim = text[start] === '@';
    const quote = text[start + (isVerbatim ? 1 : 0)];
    if (quote !== '"' && quote !== "'") return undefined;
    let value = '';
    for (let at = start + (isVerbatim ? 2 : 1); at < text.length; at++) {
      const char = text[at] ?? '';
      if (char === quote && isVerbatim && text[at + 1] === quote) {
        value += quote;
        at++;
      } else if (char === quote) {
        this.#at = at + 1;
        return value;
      } else if (char !== '\\' || isVerbatim) value += char;
      else {
        const next = text[++at] ?? '';
        const hex = text.slice(at + 1, at + 5);
        if (next === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
          value += String.fromCharCode(Number.parseInt(hex, 16));
          at += 4;
        } else if (ESCAPES[next] !== undefined) value += ESCAPES[next];
        else throw new ConfigFault(at - 1, `"\\${next}" is no escape`);
      }
    }
    throw new ConfigFault(start, 'the string is not closed');
  }

  /** `|||` with lines that are indented as the first one. */
  #block(): string {
    const start = this.#at;
    const head = /\|\|\|(-?)[ \t]*\r?\n/y;
    head.lastIndex = start;
    const found = head.exec(this.#text);
    if (found === null) throw new ConfigFault(start, 'a text block begins on its own line');
    this.#at += found[0].length;
    let indent: string | undefined;
    let value = '';
    for (;;) {
      if (this.#at >= this.#text.length) throw new ConfigFault(start, 'the text block is not closed with |||');
      const end = this.#text.indexOf('\n', this.#at);
      const stop = end < 0 ? this.#text.length : end + 1;
      const line = this.#text.slice(this.#at, stop).replace(/\r\n$/, '\n');
      indent ??= line.trim() === '' ? undefined : (/^[ \t]+/.exec(line)?.[0] ?? '');
      if (line === '\n') value += '\n';
      else if (indent !== undefined && indent !== '' && line.startsWith(indent)) value += line.slice(indent.length);
      else {
        const close = /^[ \t]*\|\|\|/.exec(line);
        if (close === null) throw new ConfigFault(this.#at, 'the line is indented less than the text block');
        this.#at += close[0].length;
        return found[1] === '-' ? value.replace(/\n$/, '') : value;
      }
      this.#at = stop;
    }
  }

  #name(wanted: string, anyWord = false): string {
    this.#skip();
    const word = this.#peekWord();
    if (word === undefined || (KEYWORDS.has(word) && !anyWord)) throw this.#unexpected(wanted);
    this.#at += word.length;
    return word;
  }

  #peekWord(): string | undefined {
    NAME.lastIndex = this.#at;
    return NAME.exec(this.#text)?.[0];
  }

  #isWord(word: string): boolean {
    this.#skip();
    return this.#peekWord() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#at += word.length;
    return true;
  }

  #take(part: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(part, this.#at)) return false;
    this.#at += part.length;
    return true;
  }

  #expect(part: string): void {
    if (!this.#take(part)) throw this.#unexpected(`"${part}"`);
  }

  #skip(): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) return;
      if (char === ' ' || char === '\n' || char === '\t' || char === '\r') this.#at++;
      else if (char === '#' || (char === '/' && text[this.#at + 1] === '/')) {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else if (char === '/' && text[this.#at + 1] === '*') {
        const end = text.indexOf('*/', this.#at + 2);
        if (end < 0) throw new ConfigFault(this.#at, 'the comment is not closed');
        this.#at = end + 2;
      } else return;
    }
  }

  #unexpected(wanted: string): ConfigFault {
    const char = this.#text[this.#at];
    const seen = char === undefined ? 'the end of the file' : JSON.stringify(char);
    return new ConfigFault(this.#at, `expected ${wanted}, found ${seen}`);
  }
}
