import type { Evaluation } from '../runtime/evaluation.ts';
import type { CelValue } from '../value/value.ts';

/** A compiled expression. */
export type Run = (evaluation: Evaluation, bindings: Readonly<Record<string, CelValue>>) => CelValue;

/** What was written for an expression: its value, as JavaScript that may stand more than once. */
export interface Code {
  readonly js: string;
  /** The kind of the value where it is known. `count`: an int that the source has as a number, see {@link boxed}. */
  readonly kind?: string | undefined;
  /** Of a string that is known. */
  readonly text?: string;
}

/** V8's parser goes down with the blocks of a source. */
const MAX_NESTING = 16;
/** Of one function: V8 optimizes no very long ones. */
const MAX_LINES = 1_000;
/** V8 takes long to set up very many locals. */
const MAX_LOCALS = 2_000;

/**
 * Writes the source of one expression, front to back. Nothing of the user's text gets into it but as JSON; all else that it needs are
 * constants that it reads by position.
 *
 * In the source `E` is the evaluation, `B` are the bindings, `K` the constants.
 */
export class Emitter {
  readonly #constants = new Map<unknown, string>();
  readonly #functions: string[] = [];
  #lines: string[] = [];
  /** What bindings were read in this block and those around it, by name: they stay what they are. */
  #bindings = new Map<string, string>();
  #nesting = 0;
  #names = 0;
  #cost = 0;

  /** What comes next had better be in a function of its own. */
  get isCrowded(): boolean {
    return this.#nesting >= MAX_NESTING || this.#lines.length >= MAX_LINES;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new name: never the user's. */
  name(kind = 't'): string {
    return `${kind}${this.#names++}`;
  }

  /** `const` with the value of an expression. */
  keep(expression: string): string {
    const name = this.name();
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** The binding of a name, as `read` writes it where it was not read before. */
  binding(name: string, read: () => string): string {
    const js = this.#bindings.get(name) ?? read();
    this.#bindings.set(name, js);
    return js;
  }

  /** Costs that are known beforehand are added up until something may end the evaluation, see {@link settle}. */
  charge(cost: number): void {
    this.#cost += cost;
  }

  /** Before whatever may throw or branch. */
  settle(): void {
    if (this.#cost > 0) this.line(`E.cost += ${this.#cost};`);
    this.#cost = 0;
  }

  /** Expression that reads `item`. */
  constant(item: unknown): string {
    let name = this.#constants.get(item);
    if (name === undefined) {
      const position = this.#constants.size;
      name = position < MAX_LOCALS ? `K${position}` : `K[${position}]`;
      this.#constants.set(item, name);
    }
    return name;
  }

  /** `open` ends with a brace; what `write` writes stands inside. */
  block(open: string, write: () => void): void {
    this.settle();
    const bindings = this.#bindings;
    this.#bindings = new Map(bindings);
    this.line(open);
    this.#nesting++;
    write();
    this.settle();
    this.#nesting--;
    this.line('}');
    this.#bindings = bindings;
  }

  /** What `write` writes becomes a function that is given the locals. */
  apart(locals: readonly string[], write: () => Code): Code {
    this.settle();
    const [lines, nesting, bindings] = [this.#lines, this.#nesting, this.#bindings];
    [this.#lines, this.#nesting, this.#bindings] = [[], 0, new Map()];
    const { js, kind } = write();
    this.settle();
    const name = this.name('f');
    const params = ['E', 'B', ...locals].join(', ');
    this.#functions.push(`function ${name}(${params}) {\n${this.#body(js)}}`);
    [this.#lines, this.#nesting, this.#bindings] = [lines, nesting, bindings];
    return { js: this.keep(`${name}(${params})`), kind };
  }

  /** Nothing of what `write` writes counts. */
  discard(write: () => void): void {
    const [lines, bindings, cost] = [this.#lines, this.#bindings, this.#cost];
    [this.#lines, this.#bindings] = [[], new Map()];
    write();
    [this.#lines, this.#bindings, this.#cost] = [lines, bindings, cost];
  }

  /** The compiled expression, with `result` as its value. */
  build(result: string): Run {
    this.settle();
    const constants = [...this.#constants.keys()];
    const locals = constants.slice(0, MAX_LOCALS).map((_, position) => `const K${position} = K[${position}];\n`);
    // Parentheses: V8 compiles what stands in them at once.
    const source = `'use strict';\n${locals.join('')}${this.#functions.join('\n')}
return (function (E, B) {\n${this.#body(result)}});`;
    return new Function('K', source)(constants) as Run;
  }

  #body(result: string): string {
    return `${this.#lines.join('\n')}\nreturn ${result};\n`;
  }
}

/** The value as the rest of the world has it: an int is a bigint. */
export function boxed({ js, kind }: Code): string {
  if (kind !== 'count') return js;
  return /^-?\d+$/.test(js) ? `${js}n` : `BigInt(${js})`;
}

/** The kind of the boxed value. */
export function kindOfCode({ kind }: Code): string | undefined {
  return kind === 'count' ? 'int' : kind;
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}
