import type { ParseTask } from '../parse-task.ts';
import { ConfigFault } from '../parse-task.ts';
import type { Cursor } from './cursor.ts';
import type { Expression, ObjectItem } from './expression.ts';
import { readHeredoc, readQuoted, type TemplateHost } from './template.ts';

const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BINARY = /\|\||&&|==|!=|<=|>=|[<>+\-*/%]/y;
const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Reads expressions of the HCL native syntax (spec.md, "Expressions"); what only evaluation could tell stays opaque. */
export class ExpressionParser implements TemplateHost {
  readonly cursor: Cursor;
  readonly #task: ParseTask;
  #depth = 0;

  constructor(task: ParseTask, cursor: Cursor) {
    this.#task = task;
    this.cursor = cursor;
  }

  /**
   * Reads one expression; the cursor ends right after it.
   * @param newlines  whether line ends are blanks here, as between parentheses
   */
  read(newlines: boolean): Expression {
    this.#task.checkDepth(++this.#depth, this.cursor.at);
    const { cursor } = this;
    const condition = this.#operation(newlines);
    const end = cursor.at;
    cursor.skip(newlines);
    if (!cursor.take('?')) {
      cursor.at = end;
      this.#depth--;
      return condition;
    }
    cursor.skip(newlines);
    this.read(newlines);
    cursor.skip(newlines);
    cursor.expect(':', 'between the two results of a condition');
    cursor.skip(newlines);
    const last = this.read(newlines);
    this.#depth--;
    return { kind: 'opaque', start: condition.start, end: last.end };
  }

  #operation(newlines: boolean): Expression {
    const { cursor } = this;
    const first = this.#unary(newlines);
    let result = first;
    for (;;) {
      const end = cursor.at;
      cursor.skip(newlines);
      if (cursor.startsWith('=>') || cursor.match(BINARY) === undefined) {
        cursor.at = end;
        return result;
      }
      cursor.skip(newlines);
      const right = this.#unary(newlines);
      result = { kind: 'opaque', start: first.start, end: right.end };
    }
  }

  #unary(newlines: boolean): Expression {
    const { cursor } = this;
    const start = cursor.at;
    const operator = cursor.char;
    if (operator !== '-' && operator !== '!') return this.#postfix(this.#primary(newlines), newlines);
    this.#task.checkDepth(++this.#depth, start);
    cursor.at++;
    cursor.skip(newlines);
    const operand = this.#unary(newlines);
    this.#depth--;
    return { kind: 'unary', operator, operand, start, end: operand.end };
  }

  #primary(newlines: boolean): Expression {
    const { cursor } = this;
    const start = cursor.at;
    const { char } = cursor;
    if (char === '"') return { kind: 'template', parts: readQuoted(this), start, end: cursor.at };
    if (char === '(') {
      this.#enclosed('(', ')');
      return { kind: 'opaque', start, end: cursor.at };
    }
    if (char === '[') return this.#tuple(start);
    if (char === '{') return this.#object(start);
    if (cursor.startsWith('<<')) return { kind: 'template', parts: readHeredoc(this), start, end: cursor.at };
    const number = cursor.match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, start, end: cursor.at };
    const name = cursor.identifier();
    if (name === undefined) throw cursor.unexpected('an expression');
    return this.#named(name, start, newlines);
  }

  #named(name: string, start: number, newlines: boolean): Expression {
    const { cursor } = this;
    const value = WORDS.get(name);
    if (value !== undefined) return { kind: 'word', value, name, start, end: cursor.at };
    let isFunction = false;
    while (cursor.take('::')) {
      isFunction = true;
      if (cursor.identifier() === undefined) throw cursor.unexpected('the name of a function');
    }
    const end = cursor.at;
    cursor.skip(newlines);
    if (cursor.char !== '(') {
      if (isFunction) throw cursor.unexpected('"(" after the name of a function');
      cursor.at = end;
      return { kind: 'variable', name, start, end };
    }
    this.#arguments();
    return { kind: 'opaque', start, end: cursor.at };
  }

  #arguments(): void {
    const { cursor } = this;
    cursor.at++;
    for (;;) {
      cursor.skip(true);
      if (cursor.take(')')) return;
      this.read(true);
      cursor.skip(true);
      if (cursor.take('...')) cursor.skip(true);
      else if (cursor.take(',')) continue;
      cursor.expect(')', 'after the arguments');
      return;
    }
  }

  #enclosed(open: string, close: string): void {
    const { cursor } = this;
    cursor.expect(open, 'here');
    cursor.skip(true);
    this.read(true);
    cursor.skip(true);
    cursor.expect(close, 'after the expression');
  }

  #postfix(operand: Expression, newlines: boolean): Expression {
    const { cursor } = this;
    let result = operand;
    for (;;) {
      const end = cursor.at;
      cursor.skip(newlines);
      if (cursor.char === '.' && !cursor.startsWith('...')) {
        cursor.at++;
        cursor.skip(newlines);
        if (!cursor.take('*') && cursor.match(/\d+/y) === undefined && cursor.identifier() === undefined)
          throw cursor.unexpected('a name, an index or "*" after "."');
      } else if (cursor.char === '[') {
        cursor.at++;
        cursor.skip(true);
        if (!cursor.take('*')) this.read(true);
        cursor.skip(true);
        cursor.expect(']', 'after the index');
      } else {
        cursor.at = end;
        return result;
      }
      const kind = operand.kind === 'variable' ? 'traversal' : 'opaque';
      result = { kind, start: operand.start, end: cursor.at };
    }
  }

  #tuple(start: number): Expression {
    const { cursor } = this;
    cursor.at++;
    cursor.skip(true);
    if (cursor.isWord('for')) {
      this.#for(']');
      return { kind: 'opaque', start, end: cursor.at };
    }
    const items: Expression[] = [];
    for (;;) {
      cursor.skip(true);
      if (cursor.take(']')) break;
      items.push(this.read(true));
      cursor.skip(true);
      if (cursor.take(']')) break;
      cursor.expect(',', 'or "]" after an item');
    }
    return { kind: 'tuple', items, start, end: cursor.at };
  }

  #object(start: number): Expression {
    const { cursor } = this;
    cursor.at++;
    cursor.skip(true);
    if (cursor.isWord('for')) {
      this.#for('}');
      return { kind: 'opaque', start, end: cursor.at };
    }
    const items: ObjectItem[] = [];
    for (;;) {
      cursor.skip(true);
      if (cursor.take('}')) break;
      const key = this.read(false);
      cursor.skip(false);
      if (cursor.startsWith('==') || (!cursor.take('=') && !cursor.take(':')))
        throw cursor.unexpected('"=" or ":" after the key of an object');
      cursor.skip(false);
      items.push({ key, value: this.read(false) });
      cursor.skip(false);
      if (cursor.take('}')) break;
      if (!cursor.take(',') && cursor.char !== '\n') throw cursor.unexpected('a comma or line end after a member');
    }
    return { kind: 'object', items, start, end: cursor.at };
  }

  /** `for k, v in xs : key => value... if condition` up to its bracket. */
  #for(close: ']' | '}'): void {
    const { cursor } = this;
    this.forHead();
    cursor.skip(true);
    cursor.expect(':', 'after the collection of a for expression');
    cursor.skip(true);
    this.read(true);
    cursor.skip(true);
    if (cursor.take('=>')) {
      if (close === ']') throw new ConfigFault(cursor.at, 'a for expression in brackets has no key');
      cursor.skip(true);
      this.read(true);
      cursor.skip(true);
      cursor.take('...');
      cursor.skip(true);
    } else if (close === '}') throw cursor.unexpected('"=>" in a for expression in braces');
    if (cursor.isWord('if')) {
      cursor.at += 2;
      cursor.skip(true);
      this.read(true);
      cursor.skip(true);
    }
    cursor.expect(close, 'after a for expression');
  }

  /** `for k, v in xs`; returns names and collection as text, as directives print them. */
  forHead(): string {
    const { cursor } = this;
    cursor.identifier();
    const names: string[] = [];
    do {
      cursor.skip(true);
      const name = cursor.identifier();
      if (name === undefined) throw cursor.unexpected('a name after "for"');
      names.push(name);
      cursor.skip(true);
    } while (names.length < 2 && cursor.take(','));
    if (!cursor.isWord('in')) throw cursor.unexpected('"in" of a for expression');
    cursor.at += 2;
    cursor.skip(true);
    const collection = this.read(true);
    return `for ${names.join(', ')} in ${cursor.text.slice(collection.start, collection.end)}`;
  }

  /** Depth of templates in templates counts too. */
  nest<T>(read: () => T): T {
    this.#task.checkDepth(++this.#depth, this.cursor.at);
    const result = read();
    this.#depth--;
    return result;
  }
}
