import { type Token, tokenize } from './lexer.ts';
import { constantOf, unquote } from './literal.ts';
import {
  type Branch,
  type Command,
  type Node,
  nodeText,
  type Operand,
  type Pipeline,
  type Position,
  positionOf,
  type Source,
} from './node.ts';
import { quote } from './quote.ts';

/** How deep actions and parentheses may stand in each other. */
const MAX_DEPTH = 400;
/** Variables that may be named in one place: they are looked for one after the other. */
const MAX_VARIABLES = 5000;

/** A fault of the template's text; the message is Go's, `template: NAME:LINE: ...`. */
export class TemplateSyntaxError extends Error {
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

/** A parsed template: one of those that a text defines. */
export interface Definition {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly source: Source;
}

/**
 * Reads a text and what it defines, its own name included (unless it is empty and defined already).
 *
 * @param isFunction whether a name may be called; unknown names are errors, as in Go
 * @throws TemplateSyntaxError
 */
export function parse(name: string, text: string, isFunction: (name: string) => boolean): Definition[] {
  return new Parser({ name, text }, isFunction).run();
}

/** Whether it has nothing but space: such a definition does not replace another. */
export function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.type === 'text' && !/[^\t-\r \u0085\u00a0]/u.test(node.text));
}

type Ending = { readonly type: 'end' } | { readonly type: 'else' };

class Parser {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  readonly #isFunction: (name: string) => boolean;
  readonly #definitions = new Map<string, Definition>();
  #index = 0;
  /** The last token that was looked at: its line is the one of messages, as in Go. */
  #furthest = 0;
  #actionLine = 0;
  #depth = 0;
  #loops = 0;
  /** Variables that may be named here, innermost last. */
  #variables: string[] = ['$'];

  constructor(source: Source, isFunction: (name: string) => boolean) {
    this.#source = source;
    this.#isFunction = isFunction;
    this.#tokens = tokenize(source.text);
  }

  run(): Definition[] {
    const nodes: Node[] = [];
    while (this.#peek().type !== 'end') {
      if (this.#peek().type === 'open') {
        const start = this.#index;
        this.#next();
        const { type, text } = this.#nextNonSpace();
        if (type === 'keyword' && text === 'define') {
          this.#definition();
          continue;
        }
        this.#index = start;
      }
      const node = this.#textOrAction();
      if (node.type === 'end' || node.type === 'else') throw this.#error(`unexpected {{${node.type}}}`);
      nodes.push(node);
    }
    this.#define(this.#source.name, nodes);
    return [...this.#definitions.values()];
  }

  #definition(): void {
    const context = 'define clause';
    const name = this.#templateName(this.#nextNonSpace(), context);
    this.#expect('close', context);
    const variables = this.#variables;
    this.#variables = ['$'];
    const { nodes, ending } = this.#list();
    if (ending.type !== 'end') throw this.#error(`unexpected {{else}} in ${context}`);
    this.#define(name, nodes);
    this.#variables = variables;
  }

  #define(name: string, nodes: readonly Node[]): void {
    const known = this.#definitions.get(name);
    if (known !== undefined && !isEmpty(known.nodes)) {
      if (isEmpty(nodes)) return;
      throw this.#error(`template: multiple definition of template ${quote(name)}`);
    }
    this.#definitions.set(name, { name, nodes, source: this.#source });
  }

  /** Up to `{{end}}` or `{{else`. */
  #list(): { nodes: Node[]; ending: Ending } {
    this.#enter();
    const nodes: Node[] = [];
    while (this.#peekNonSpace().type !== 'end') {
      const node = this.#textOrAction();
      if (node.type === 'end' || node.type === 'else') {
        this.#depth--;
        return { nodes, ending: node };
      }
      nodes.push(node);
    }
    throw this.#error('unexpected EOF');
  }

  #textOrAction(): Node | Ending {
    const token = this.#nextNonSpace();
    if (token.type === 'text') return { source: this.#source, at: token.at, type: 'text', text: token.text };
    if (token.type !== 'open') throw this.#unexpected(token, 'input');
    this.#actionLine = token.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): Node | Ending {
    const start = this.#index;
    const token = this.#nextNonSpace();
    switch (token.type === 'keyword' ? token.text : '') {
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(token.text as Branch['type']);
      case 'end':
        this.#expect('close', 'end');
        return { type: 'end' };
      case 'else': {
        const next = this.#peekNonSpace();
        // `{{else if` goes on as `{{else}}{{if` would.
        if (!(next.type === 'keyword' && (next.text === 'if' || next.text === 'with'))) this.#expect('close', 'else');
        return { type: 'else' };
      }
      case 'block':
        return this.#block();
      case 'template':
        return this.#template();
      case 'break':
      case 'continue': {
        const type = token.text as 'break' | 'continue';
        const close = this.#nextNonSpace();
        if (close.type !== 'close') throw this.#unexpected(close, `{{${type}}}`);
        if (this.#loops === 0) throw this.#error(`{{${type}}} outside {{range}}`);
        return { source: this.#source, at: token.at, type };
      }
    }
    this.#index = start;
    const first = this.#peek();
    return { source: this.#source, at: first.at, type: 'action', pipeline: this.#pipeline('command', 'close') };
  }

  #branch(type: Branch['type']): Branch {
    this.#enter();
    const mark = this.#variables.length;
    const pipeline = this.#pipeline(type, 'close');
    if (type === 'range') this.#loops++;
    const { nodes: body, ending } = this.#list();
    if (type === 'range') this.#loops--;
    let otherwise: Node[] | undefined;
    if (ending.type === 'else') {
      const next = this.#peek();
      if (type !== 'range' && next.type === 'keyword' && next.text === type) {
        this.#nextNonSpace();
        otherwise = [this.#branch(type)];
      } else {
        const rest = this.#list();
        if (rest.ending.type !== 'end') throw this.#error('expected end; found {{else}}');
        otherwise = rest.nodes;
      }
    }
    this.#variables.length = mark;
    this.#depth--;
    const { source, at } = pipeline;
    return otherwise === undefined
      ? { source, at, type, pipeline, body }
      : { source, at, type, pipeline, body, otherwise };
  }

  #block(): Node {
    const context = 'block clause';
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const pipeline = this.#pipeline(context, 'close');
    const [variables, loops] = [this.#variables, this.#loops];
    this.#variables = ['$'];
    this.#loops = 0;
    const { nodes, ending } = this.#list();
    if (ending.type !== 'end') throw this.#error(`unexpected {{else}} in ${context}`);
    this.#variables = variables;
    this.#loops = loops;
    this.#define(name, nodes);
    return { source: this.#source, at: token.at, type: 'template', name, pipeline };
  }

  #template(): Node {
    const context = 'template clause';
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const start = this.#index;
    if (this.#nextNonSpace().type === 'close') return { source: this.#source, at: token.at, type: 'template', name };
    this.#index = start;
    return { source: this.#source, at: token.at, type: 'template', name, pipeline: this.#pipeline(context, 'close') };
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== 'string') throw this.#unexpected(token, context);
    return this.#unquoted(token);
  }

  #pipeline(context: string, end: 'close' | 'right paren'): Pipeline {
    this.#enter();
    const first = this.#peekNonSpace();
    const { declares, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    while (true) {
      const start = this.#index;
      const token = this.#nextNonSpace();
      if (token.type === end) break;
      if (!OPERANDS.has(token.type)) throw this.#unexpected(token, context);
      this.#index = start;
      commands.push(this.#command());
    }
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    for (const [index, { words }] of commands.entries()) {
      if (index > 0 && NOT_EXECUTABLE.has(words[0]?.type ?? ''))
        throw this.#error(`non executable command in pipeline stage ${index + 1}`);
    }
    this.#depth--;
    return { source: this.#source, at: first.at, type: 'pipeline', declares, assigns, commands };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declarations(context: string): { declares: string[]; assigns: boolean } {
    const declares: string[] = [];
    if (this.#variables.length > MAX_VARIABLES) throw this.#error(`more than ${MAX_VARIABLES} variables`);
    while (this.#peekNonSpace().type === 'variable') {
      const start = this.#index;
      const { text: name } = this.#nextNonSpace();
      const next = this.#peekNonSpace();
      if (next.type === 'assign' || next.type === 'declare') {
        this.#nextNonSpace();
        declares.push(name);
        this.#variables.push(name);
        return { declares, assigns: next.type === 'assign' };
      }
      if (next.type !== 'char' || next.text !== ',') {
        this.#index = start;
        break;
      }
      this.#nextNonSpace();
      declares.push(name);
      this.#variables.push(name);
      if (context !== 'range' || declares.length > 1) throw this.#error(`too many declarations in ${context}`);
      const { type } = this.#peekNonSpace();
      if (type !== 'variable' && type !== 'close' && type !== 'right paren')
        throw this.#error('range can only initialize variables');
    }
    return { declares, assigns: false };
  }

  #command(): Command {
    const first = this.#peekNonSpace();
    const words: Operand[] = [];
    while (true) {
      this.#peekNonSpace();
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) words.push(operand);
      const start = this.#index;
      const token = this.#next();
      if (token.type === 'space') continue;
      if (token.type === 'close' || token.type === 'right paren') this.#index = start;
      else if (token.type !== 'pipe') throw this.#unexpected(token, 'operand');
      break;
    }
    if (words.length === 0) throw this.#error('empty command');
    return { source: this.#source, at: first.at, type: 'command', words };
  }

  #operand(): Operand | undefined {
    const base = this.#term();
    if (base === undefined) return undefined;
    const chain = this.#peek();
    if (chain.type !== 'field') return base;
    const path: string[] = [];
    while (this.#peek().type === 'field') path.push(this.#next().text.slice(1));
    const { at } = chain;
    const source = this.#source;
    switch (base.type) {
      case 'field':
        return { source, at, type: 'field', path: [...base.path, ...path] };
      case 'variable':
        return { source, at, type: 'variable', name: base.name, path: [...base.path, ...path] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.#error(`unexpected . after term ${quote(nodeText(base))}`);
      default:
        return { source, at, type: 'chain', of: base, path };
    }
  }

  #term(): Operand | undefined {
    const start = this.#index;
    const token = this.#nextNonSpace();
    const { text, at } = token;
    const source = this.#source;
    switch (token.type) {
      case 'identifier':
        if (!this.#isFunction(text)) throw this.#error(`function ${quote(text)} not defined`);
        return { source, at, type: 'function', name: text };
      case 'dot':
        return { source, at, type: 'dot' };
      case 'nil':
        return { source, at, type: 'nil' };
      case 'bool':
        return { source, at, type: 'bool', value: text === 'true' };
      case 'variable':
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable ${quote(text)}`);
        return { source, at, type: 'variable', name: text, path: [] };
      case 'field':
        return { source, at, type: 'field', path: [text.slice(1)] };
      case 'string':
        return { source, at, type: 'string', value: this.#unquoted(token), text };
      case 'character constant':
      case 'number': {
        const number = constantOf(text, token.type !== 'number');
        if (typeof number === 'string') throw this.#error(number);
        return { source, at, type: 'number', text, number };
      }
      case 'left paren':
        return this.#pipeline('parenthesized pipeline', 'right paren');
    }
    this.#index = start;
    return undefined;
  }

  #unquoted({ text }: Token): string {
    const value = unquote(text);
    if (value === undefined) throw this.#error('invalid syntax');
    return value;
  }

  #expect(type: Token['type'], context: string): void {
    const token = this.#nextNonSpace();
    if (token.type !== type) throw this.#unexpected(token, context);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.#error('actions or parentheses are nested too deeply');
  }

  #peek(): Token {
    const index = Math.min(this.#index, this.#tokens.length - 1);
    if (index > this.#furthest) this.#furthest = index;
    return this.#tokens[index] ?? NOTHING;
  }

  #next(): Token {
    const token = this.#peek();
    if (this.#index < this.#tokens.length) this.#index++;
    return token;
  }

  #peekNonSpace(): Token {
    this.#skipSpace();
    return this.#peek();
  }

  #nextNonSpace(): Token {
    this.#skipSpace();
    return this.#next();
  }

  #skipSpace(): void {
    while (this.#peek().type === 'space') this.#index++;
  }

  #unexpected(token: Token, context: string): TemplateSyntaxError {
    if (token.type !== 'error') return this.#error(`unexpected ${shown(token)} in ${context}`);
    let extra = '';
    if (this.#actionLine !== 0 && this.#actionLine !== token.line) {
      extra = ` in action started at ${this.#source.name}:${this.#actionLine}`;
      // "unclosed action in action started" would say it twice.
      if (token.text.endsWith(' action')) extra = extra.slice(' in action'.length);
    }
    return this.#error(token.text + extra);
  }

  #error(message: string): TemplateSyntaxError {
    const { line, at } = this.#tokens[this.#furthest] ?? NOTHING;
    return new TemplateSyntaxError(`template: ${this.#source.name}:${line}: ${message}`, {
      line,
      column: positionOf({ source: this.#source, at }).column,
    });
  }
}

const NOTHING: Token = { type: 'end', text: '', at: 0, line: 1 };
const OPERANDS: ReadonlySet<string> = new Set([
  'bool',
  'character constant',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  'left paren',
]);
const NOT_EXECUTABLE: ReadonlySet<string> = new Set(['bool', 'dot', 'nil', 'number', 'string']);

/** A token in a message. */
function shown({ type, text }: Token): string {
  if (type === 'end') return 'EOF';
  if (type === 'keyword' || type === 'nil' || type === 'dot') return `<${text}>`;
  if (new TextEncoder().encode(text).length <= 10) return quote(text);
  return `${quote([...text].slice(0, 10).join(''))}...`;
}
