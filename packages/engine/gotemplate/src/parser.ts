import { TemplateSyntaxError, type Token, type TokenType, tokenize } from './lexer.ts';
import type { Command, Expression, Node, ParsedTemplate, Pipeline, Position } from './node.ts';

/** How deep actions and parentheses may stand in each other. */
const MAX_DEPTH = 200;

/**
 * @param isFunction whether a name may be called; unknown names are errors, as in Go
 * @throws TemplateSyntaxError
 */
export function parse(name: string, text: string, isFunction: (name: string) => boolean): ParsedTemplate {
  const parser = new Parser(tokenize(text), isFunction);
  const { nodes } = parser.list(new Set());
  const definitions = new Map(parser.definitions);
  if (!definitions.has(name) || nodes.some(hasContent)) {
    definitions.set(name, nodes);
  }
  return { name, nodes, definitions };
}

class Parser {
  readonly definitions = new Map<string, readonly Node[]>();
  readonly #tokens: readonly Token[];
  readonly #isFunction: (name: string) => boolean;
  #index = 0;
  #depth = 0;
  #loops = 0;
  /** Variables that may be named here, innermost last. */
  #variables: string[] = ['$'];

  constructor(tokens: readonly Token[], isFunction: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#isFunction = isFunction;
  }

  /** Nodes up to one of the keywords (which is read, and its rest left) or the end. */
  list(until: ReadonlySet<string>): { nodes: Node[]; end: string } {
    if (++this.#depth > MAX_DEPTH) throw this.#error('actions are nested too deeply');
    const nodes: Node[] = [];
    let end = 'end';
    while (true) {
      const token = this.#next();
      if (token.type === 'end') {
        if (until.size > 0) throw this.#error('unexpected EOF: {{end}} is missing', token);
        break;
      }
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: token.value });
        continue;
      }
      this.#space();
      const keyword = this.#peek();
      if (keyword.type === 'word' && until.has(keyword.value)) {
        this.#next();
        end = keyword.value;
        break;
      }
      if (keyword.type === 'word' && (keyword.value === 'end' || keyword.value === 'else')) {
        throw this.#error(`unexpected {{${keyword.value}}}`, keyword);
      }
      const node = this.#action();
      if (node !== undefined) nodes.push(node);
    }
    this.#depth--;
    return { nodes, end };
  }

  #action(): Node | undefined {
    const { type, value, at } = this.#peek();
    switch (type === 'word' ? value : '') {
      case 'if':
      case 'with':
        this.#next();
        return this.#branch(value as 'if' | 'with');
      case 'range':
        this.#next();
        return this.#range();
      case 'define':
        this.#next();
        this.#define();
        return undefined;
      case 'block': {
        this.#next();
        const name = this.#name('block');
        const pipeline = this.#pipeline('block');
        this.#close();
        this.#define(name);
        return { type: 'template', name, pipeline, at };
      }
      case 'template': {
        this.#next();
        const name = this.#name('template');
        this.#space();
        if (this.#peek().type === 'close') {
          this.#close();
          return { type: 'template', name, at };
        }
        const pipeline = this.#pipeline('template');
        this.#close();
        return { type: 'template', name, pipeline, at };
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw this.#error(`{{${value}}} outside {{range}}`);
        this.#next();
        this.#close();
        return { type: value as 'break' | 'continue' };
      default: {
        const pipeline = this.#pipeline('command');
        this.#close();
        return { type: 'action', pipeline };
      }
    }
  }

  #branch(type: 'if' | 'with'): Node {
    const mark = this.#variables.length;
    const pipeline = this.#pipeline(type);
    this.#close();
    const { nodes: body, end } = this.list(ENDS);
    const otherwise = end === 'else' ? this.#otherwise(type) : [];
    if (end === 'end') this.#close();
    this.#variables.length = mark;
    return { type, pipeline, body, otherwise };
  }

  /** After `else`: another `if` (or `with`), or the rest up to `end`. */
  #otherwise(type: 'if' | 'with'): Node[] {
    this.#space();
    const next = this.#peek();
    if (next.type === 'word' && next.value === type) {
      this.#next();
      if (++this.#depth > MAX_DEPTH) throw this.#error('actions are nested too deeply');
      const node = this.#branch(type);
      this.#depth--;
      return [node];
    }
    this.#close();
    const { nodes } = this.list(END);
    this.#close();
    return nodes;
  }

  #range(): Node {
    const mark = this.#variables.length;
    const pipeline = this.#pipeline('range');
    this.#close();
    this.#loops++;
    const { nodes: body, end } = this.list(ENDS);
    this.#loops--;
    let otherwise: Node[] = [];
    this.#close();
    if (end === 'else') {
      otherwise = this.list(END).nodes;
      this.#close();
    }
    this.#variables.length = mark;
    return { type: 'range', pipeline, body, otherwise };
  }

  #define(given?: string): void {
    const name = given ?? this.#name('define');
    if (given === undefined) this.#close();
    const [variables, loops] = [this.#variables, this.#loops];
    this.#variables = ['$'];
    this.#loops = 0;
    const { nodes } = this.list(END);
    this.#close();
    this.#variables = variables;
    this.#loops = loops;
    const known = this.definitions.get(name);
    const isEmpty = !nodes.some(hasContent);
    if (known?.some(hasContent) === true && !isEmpty) throw this.#error(`multiple definition of template "${name}"`);
    // An empty definition does not replace one with content.
    if (known === undefined || !isEmpty) this.definitions.set(name, nodes);
  }

  #name(context: string): string {
    this.#space();
    const token = this.#next();
    if (token.type !== 'string') throw this.#error(`the name of a ${context} must be a string`, token);
    return token.value;
  }

  #pipeline(context: string): Pipeline {
    if (++this.#depth > MAX_DEPTH) throw this.#error('parentheses are nested too deeply');
    this.#space();
    const { at } = this.#peek();
    const { declares, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    while (true) {
      this.#space();
      const token = this.#peek();
      const isEnd = token.type === 'close' || (token.type === 'symbol' && token.value === ')');
      if (isEnd) {
        if (commands.length === 0) throw this.#error(`missing value for ${context}`, token);
        break;
      }
      commands.push(this.#command());
      this.#space();
      const after = this.#peek();
      if (after.type === 'symbol' && after.value === '|') {
        this.#next();
        this.#space();
        const next = this.#peek();
        if (next.type === 'close') throw this.#error(`missing value for ${context} after |`, next);
      } else if (after.type !== 'close' && !(after.type === 'symbol' && after.value === ')')) {
        throw this.#error(`unexpected ${describe(after)} in ${context}`, after);
      }
    }
    for (const { words, at: where } of commands.slice(1)) {
      const [first] = words;
      if (words.length === 1 && (first?.type === 'literal' || first?.type === 'dot')) {
        throw new TemplateSyntaxError('a value that is no function can not take what is piped to it', where);
      }
    }
    if (!assigns) this.#variables.push(...declares);
    this.#depth--;
    return { declares, assigns, commands, at };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declarations(context: string): { declares: string[]; assigns: boolean } {
    const start = this.#index;
    const declares: string[] = [];
    while (this.#peek().type === 'variable') {
      declares.push(this.#next().value);
      this.#space();
      const token = this.#peek();
      if (token.type !== 'symbol') break;
      if (token.value === ':=' || token.value === '=') {
        this.#next();
        if (declares.length > (context === 'range' ? 2 : 1)) throw this.#error('too many declarations', token);
        const assigns = token.value === '=';
        if (assigns) for (const name of declares) this.#known(name, token);
        return { declares, assigns };
      }
      if (token.value !== ',' || context !== 'range') break;
      this.#next();
      this.#space();
    }
    this.#index = start;
    return { declares: [], assigns: false };
  }

  #command(): Command {
    const { at } = this.#peek();
    const words: Expression[] = [];
    while (true) {
      this.#space();
      const token = this.#peek();
      if (token.type === 'close' || (token.type === 'symbol' && (token.value === '|' || token.value === ')'))) break;
      words.push(this.#operand());
      const after = this.#peek();
      const separates =
        after.type === 'space' ||
        after.type === 'close' ||
        (after.type === 'symbol' && (after.value === '|' || after.value === ')'));
      if (!separates) throw this.#error(`unexpected ${describe(after)} in operand`, after);
    }
    if (words.length === 0) throw this.#error('empty command');
    return { words, at };
  }

  #operand(): Expression {
    const token = this.#next();
    const base = this.#term(token);
    const path: string[] = [];
    while (this.#peek().type === 'field') path.push(this.#next().value);
    if (path.length === 0) return base;
    switch (base.type) {
      case 'field':
        return { ...base, path: [...base.path, ...path] };
      case 'variable':
        return { ...base, path: [...base.path, ...path] };
      case 'literal':
        throw this.#error(`a literal has no field .${path[0]}`, token);
      default:
        return { type: 'chain', of: base, path, at: base.at };
    }
  }

  #term({ type, value, at }: Token): Expression {
    switch (type) {
      case 'string':
        return { type: 'literal', value, at };
      case 'char':
        return { type: 'literal', value: BigInt(value.codePointAt(0) ?? 0), at };
      case 'number':
        return { type: 'literal', value: numberOf(value, at), at };
      case 'field':
        return { type: 'field', path: [value], at };
      case 'variable':
        this.#known(value, { type, value, at });
        return { type: 'variable', name: value, path: [], at };
      case 'word':
        if (value === 'true' || value === 'false') return { type: 'literal', value: value === 'true', at };
        if (value === 'nil') return { type: 'literal', value: null, at };
        if (!this.#isFunction(value)) throw new TemplateSyntaxError(`function "${value}" not defined`, at);
        return { type: 'function', name: value, at };
      case 'symbol':
        if (value === '.') return { type: 'dot', at };
        if (value === '(') {
          const pipeline = this.#pipeline('parenthesized pipeline');
          const end = this.#next();
          if (end.type !== 'symbol' || end.value !== ')') throw this.#error('unclosed left paren', end);
          return { type: 'pipeline', pipeline, at };
        }
        break;
    }
    throw new TemplateSyntaxError(`unexpected ${describe({ type, value, at })} in operand`, at);
  }

  #known(name: string, token: Token): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable "${name}"`, token);
  }

  #close(): void {
    this.#space();
    const token = this.#next();
    if (token.type !== 'close') throw this.#error(`unexpected ${describe(token)}`, token);
  }

  #space(): void {
    while (this.#peek().type === 'space') this.#index++;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)] ?? END_TOKEN;
  }

  #next(): Token {
    const token = this.#peek();
    if (this.#index < this.#tokens.length) this.#index++;
    return token;
  }

  #error(message: string, token: Token = this.#peek()): TemplateSyntaxError {
    return new TemplateSyntaxError(message, token.at);
  }
}

const END = new Set(['end']);
const ENDS = new Set(['end', 'else']);
const END_TOKEN: Token = { type: 'end', value: '', at: { line: 1, column: 1 } };

function describe({ type, value }: Token): string {
  const names: Partial<Record<TokenType, string>> = { close: '"}}"', end: 'EOF', field: `<.${value}>` };
  return names[type] ?? `<${value}>`;
}

function hasContent(node: Node): boolean {
  return node.type !== 'text' || node.text.trim() !== '';
}

/** Whole numbers are Go's int; what has a point or an exponent is float64. */
function numberOf(text: string, at: Position): bigint | number {
  const clean = text.replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(clean) ?? [];
  try {
    if (/^0[xXoObB]/.test(digits)) return signed(BigInt(digits.toLowerCase()), sign);
    // A leading zero means octal, as in Go.
    if (/^0[0-7]+$/.test(digits)) return signed(BigInt(`0o${digits.slice(1)}`), sign);
    if (/^\d+$/.test(digits)) return signed(BigInt(digits), sign);
  } catch {
    throw new TemplateSyntaxError(`bad number syntax: "${text}"`, at);
  }
  const value = Number(clean);
  if (Number.isNaN(value)) throw new TemplateSyntaxError(`bad number syntax: "${text}"`, at);
  return value;
}

function signed(value: bigint, sign: string): bigint {
  return sign === '-' ? -value : value;
}
