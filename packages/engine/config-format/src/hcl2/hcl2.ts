import type { ConfigDocument, Members } from '../document.ts';
import { isMembers, memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { Cursor } from './cursor.ts';
import type { Expression, TemplatePart } from './expression.ts';
import { ExpressionParser } from './expression-parser.ts';

/**
 * HCL 2 (Terraform). Blocks are nested objects by type and labels with a list of bodies at the end; expressions that only an
 * evaluation could resolve are `"${…}"` texts of the source. A fault costs its argument or block: the rest is still read.
 */
export function parseHcl2(task: ParseTask): readonly ConfigDocument[] {
  return [task.document(new BodyReader(task).file())];
}

class BodyReader {
  readonly #task: ParseTask;
  readonly #cursor: Cursor;
  readonly #expressions: ExpressionParser;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#cursor = new Cursor(task.text);
    this.#expressions = new ExpressionParser(task, this.#cursor);
  }

  file(): Members {
    const cursor = this.#cursor;
    const body = new Body(this.#task);
    for (;;) {
      this.#guarded(() => cursor.skip(true));
      if (cursor.char === '') return body.finish();
      this.#guarded(() => {
        if (cursor.char === '}') {
          cursor.at++;
          throw new ConfigFault(cursor.at - 1, 'there is no block to close here');
        }
        this.#item(body, 0);
        this.#endOfLine('an argument or block');
      });
    }
  }

  /** An argument or a block. */
  #item(body: Body, depth: number): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const name = cursor.identifier();
    if (name === undefined) throw cursor.unexpected('the name of an argument or block');
    cursor.skip(false);
    if (cursor.char === '=' && !cursor.startsWith('==')) {
      cursor.at++;
      cursor.skip(false);
      const value = this.#convert(this.#expressions.read(false), depth);
      body.argument(name, value, start);
      return;
    }
    const labels = this.#labels();
    this.#task.checkDepth(depth + 1, start);
    body.block(name, labels, this.#block(depth + 1), start);
  }

  #labels(): string[] {
    const cursor = this.#cursor;
    const labels: string[] = [];
    for (;;) {
      cursor.skip(false);
      if (cursor.char === '{') return labels;
      const label = cursor.char === '"' ? this.#quotedLabel() : cursor.identifier();
      if (label === undefined) throw cursor.unexpected(labels.length === 0 ? '"=", a label or "{"' : 'a label or "{"');
      labels.push(label);
    }
  }

  #quotedLabel(): string {
    const start = this.#cursor.at;
    const expression = this.#expressions.read(false);
    const text = expression.kind === 'template' ? expression.parts : undefined;
    if (text === undefined || text.some((part) => part.kind !== 'text'))
      throw new ConfigFault(start, 'a label is a string without interpolation');
    return text.map((part) => (part.kind === 'text' ? part.text : '')).join('');
  }

  #block(depth: number): Members {
    const cursor = this.#cursor;
    const body = new Body(this.#task);
    const open = cursor.at;
    cursor.at++;
    cursor.skip(false);
    if (cursor.take('}')) return body.finish();
    if (!cursor.startsWith('\n')) return this.#singleLine(body, depth);
    for (;;) {
      this.#guarded(() => cursor.skip(true));
      if (cursor.char === '') throw new ConfigFault(open, 'the block is not closed');
      if (cursor.take('}')) return body.finish();
      this.#guarded(() => {
        this.#item(body, depth);
        this.#endOfLine('an argument or block');
      });
    }
  }

  /** `{ name = value }`: one argument and no blocks. */
  #singleLine(body: Body, depth: number): Members {
    const cursor = this.#cursor;
    const start = cursor.at;
    const name = cursor.identifier();
    cursor.skip(false);
    if (name === undefined || cursor.char !== '=')
      throw new ConfigFault(start, 'a block on one line holds one argument and no blocks');
    cursor.at++;
    cursor.skip(false);
    body.argument(name, this.#convert(this.#expressions.read(false), depth), start);
    cursor.skip(false);
    cursor.expect('}', 'after the argument of a block on one line');
    return body.finish();
  }

  #endOfLine(what: string): void {
    const cursor = this.#cursor;
    cursor.skip(false);
    if (!/^\n?$/.test(cursor.char)) throw cursor.unexpected(`the end of the line after ${what}`);
  }

  /** Runs `read`; after a fault goes on at the next line that looks like the beginning of something. */
  #guarded(read: () => void): void {
    const cursor = this.#cursor;
    const before = cursor.at;
    try {
      read();
    } catch (error) {
      if (!(error instanceof ConfigFault) || error.code === 'CONFIG_TOO_DEEP') throw error;
      this.#task.report(error);
      // A read that is under way inside this one has already gone on from its own faults.
      const from = Math.max(error.offset, before, cursor.at - 1);
      const next = /\n(?=[ \t]*(?:[A-Za-z_][\w-]*[ \t]*(?:=|"|\{)|\}))/g;
      next.lastIndex = from;
      const found = next.exec(cursor.text);
      cursor.at = found === null ? cursor.text.length : found.index + 1;
    }
  }

  #convert(expression: Expression, depth: number): unknown {
    const task = this.#task;
    task.checkDepth(depth, expression.start);
    switch (expression.kind) {
      case 'number':
        return this.#number(expression.text, expression.start);
      case 'word':
        return expression.value;
      case 'template':
        return this.#template(expression.parts, depth);
      case 'tuple': {
        const items: unknown[] = [];
        for (const item of expression.items) task.push(items, this.#convert(item, depth + 1), item.start);
        return items;
      }
      case 'object': {
        const members: Members = {};
        for (const { key, value } of expression.items)
          task.set(members, this.#key(key, depth), this.#convert(value, depth + 1), key.start);
        return members;
      }
      case 'unary': {
        const { operator, operand } = expression;
        if (operator === '-' && operand.kind === 'number') return this.#number(`-${operand.text}`, expression.start);
        if (operator === '!' && operand.kind === 'word' && operand.value !== null) return !operand.value;
        return this.#source(expression);
      }
      case 'variable':
      case 'traversal':
      case 'opaque':
        return this.#source(expression);
      default:
        return expression satisfies never;
    }
  }

  #number(text: string, offset: number): unknown {
    if (!Number.isFinite(Number(text))) throw new ConfigFault(offset, `the number ${text} is too large`);
    return this.#task.number(text);
  }

  #key(key: Expression, depth: number): string {
    if (key.kind === 'variable' || key.kind === 'word') return key.name;
    if (key.kind === 'number') return String(Number(key.text));
    if (key.kind === 'traversal') return this.#task.text.slice(key.start, key.end);
    if (key.kind === 'template') return String(this.#template(key.parts, depth));
    return this.#source(key);
  }

  /** A template that is nothing but one interpolation is the value of its expression. */
  #template(parts: readonly TemplatePart[], depth: number): unknown {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only?.kind === 'interpolation') return this.#convert(only.expression, depth + 1);
    return parts.map((part) => this.#partText(part, depth + 1)).join('');
  }

  #partText(part: TemplatePart, depth: number): string {
    if (part.kind !== 'interpolation') return part.text;
    const { expression } = part;
    this.#task.checkDepth(depth, expression.start);
    if (expression.kind === 'template') return String(this.#template(expression.parts, depth + 1));
    if (expression.kind === 'number') return String(Number(expression.text));
    if (expression.kind === 'word' && expression.value !== null) return expression.name;
    return this.#source(expression);
  }

  #source(expression: Expression): string {
    return `\${${this.#task.text.slice(expression.start, expression.end)}}`;
  }
}

/** The arguments and blocks of one body, put together as Conftest does. */
class Body {
  readonly #task: ParseTask;
  readonly #blocks: Members = {};
  readonly #arguments = new Map<string, { value: unknown; offset: number }>();

  constructor(task: ParseTask) {
    this.#task = task;
  }

  argument(name: string, value: unknown, offset: number): void {
    const known = this.#arguments.get(name);
    if (known !== undefined) {
      const { line } = this.#task.positionAt(known.offset);
      throw new ConfigFault(offset, `the argument "${name}" is set on line ${line} already`, 'CONFIG_DUPLICATE_KEY');
    }
    this.#arguments.set(name, { value, offset });
  }

  block(type: string, labels: readonly string[], body: Members, offset: number): void {
    const task = this.#task;
    let target = this.#blocks;
    const keys = [type, ...labels];
    const last = keys.pop() ?? type;
    for (const key of keys) {
      const known = memberOf(target, key);
      if (known !== undefined && !isMembers(known)) throw mixed(type, offset);
      const next: Members = known ?? {};
      if (known === undefined) task.set(target, key, next, offset);
      target = next;
    }
    const known = memberOf(target, last);
    if (known !== undefined && !Array.isArray(known)) throw mixed(type, offset);
    const bodies: unknown[] = known ?? [];
    if (known === undefined) task.set(target, last, bodies, offset);
    task.push(bodies, body, offset);
  }

  finish(): Members {
    const body = this.#blocks;
    for (const [name, { value, offset }] of this.#arguments) this.#task.set(body, name, value, offset);
    return body;
  }
}

function mixed(type: string, offset: number): ConfigFault {
  return new ConfigFault(offset, `blocks of type "${type}" have different numbers of labels`);
}
