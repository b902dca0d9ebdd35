import { RE2JS } from 're2js';
import type { Expr } from './parser.ts';

/** A fault while a condition is computed: a wrong type, a name that nobody knows. */
export class ExpressionError extends Error {}

export interface EvaluationOptions {
  /** Work that one expression may do. Default 100,000. */
  readonly maxSteps?: number;
}

type Names = Readonly<Record<string, unknown>>;

/** @throws ExpressionError */
export function evaluate(expr: Expr, names: Names, { maxSteps = 100_000 }: EvaluationOptions = {}): unknown {
  return new Evaluator(names, maxSteps).value(expr);
}

class Evaluator {
  readonly #names: Names;
  readonly #items: unknown[] = [];
  #left: number;

  constructor(names: Names, maxSteps: number) {
    this.#names = names;
    this.#left = maxSteps;
  }

  value(expr: Expr): unknown {
    this.#step(1);
    switch (expr.type) {
      case 'literal':
        return expr.value;
      case 'item':
        return this.#items.at(-1);
      case 'name':
        if (Object.hasOwn(this.#names, expr.name)) return this.#names[expr.name];
        throw new ExpressionError(`the name ${expr.name} is not known`);
      case 'list':
        return expr.items.map((item) => this.value(item));
      case 'map':
        return Object.fromEntries(expr.entries.map(([key, value]) => [String(this.value(key)), this.value(value)]));
      case 'unary':
        return this.#unary(expr.op, this.value(expr.of));
      case 'binary':
        return this.#binary(expr.op, expr.left, expr.right);
      case 'condition':
        return this.#truth(this.value(expr.when)) ? this.value(expr.then) : this.value(expr.otherwise);
      case 'member':
        return this.#member(this.value(expr.of), this.value(expr.key));
      case 'slice': {
        const of = this.value(expr.of);
        if (typeof of !== 'string' && !Array.isArray(of)) throw new ExpressionError(`${kind(of)} has no parts`);
        const bound = (part: Expr | undefined) => (part === undefined ? undefined : number(this.value(part)));
        return of.slice(bound(expr.from), bound(expr.to));
      }
      case 'call':
        return this.#call(expr.of, expr.args);
      case 'closure':
        throw new ExpressionError('a closure stands where a value must');
    }
  }

  /** What is not there has no members, and saying so is no fault: conditions ask of states that do not exist yet. */
  #member(of: unknown, key: unknown): unknown {
    if (of === null || of === undefined) return null;
    if (Array.isArray(of)) {
      const index = number(key);
      return of[index < 0 ? of.length + index : index] ?? null;
    }
    if (typeof of !== 'object') throw new ExpressionError(`${kind(of)} has no member ${String(key)}`);
    const name = String(key);
    return Object.hasOwn(of, name) ? ((of as Names)[name] ?? null) : null;
  }

  #unary(op: string, of: unknown): unknown {
    if (op === '!') return !this.#truth(of);
    return op === '-' ? -number(of) : number(of);
  }

  #binary(op: string, leftExpr: Expr, rightExpr: Expr): unknown {
    const left = this.value(leftExpr);
    switch (op) {
      case '&&':
      case 'and':
        return this.#truth(left) && this.#truth(this.value(rightExpr));
      case '||':
      case 'or':
        return this.#truth(left) || this.#truth(this.value(rightExpr));
      case '??':
        return left ?? this.value(rightExpr);
    }
    const right = this.value(rightExpr);
    switch (op) {
      case '==':
        return this.#equal(left, right);
      case '!=':
        return !this.#equal(left, right);
      case '<':
        return order(left, right) < 0;
      case '>':
        return order(left, right) > 0;
      case '<=':
        return order(left, right) <= 0;
      case '>=':
        return order(left, right) >= 0;
      case 'in':
        return this.#in(left, right);
      case 'not in':
        return !this.#in(left, right);
      case 'matches':
        return this.#matches(text(left), text(right));
      case 'contains':
        return text(left).includes(text(right));
      case 'startsWith':
        return text(left).startsWith(text(right));
      case 'endsWith':
        return text(left).endsWith(text(right));
      case '..':
        return this.#span(number(left), number(right));
      case '+':
        return typeof left === 'string' || typeof right === 'string'
          ? this.#joined(left, right)
          : number(left) + number(right);
      case '-':
        return number(left) - number(right);
      case '*':
        return number(left) * number(right);
      case '/':
        return number(left) / number(right);
      case '%':
        return number(left) % number(right);
      default:
        return number(left) ** number(right);
    }
  }

  #joined(left: unknown, right: unknown): string {
    const joined = text(left) + text(right);
    this.#step(joined.length / 16);
    return joined;
  }

  #span(from: number, to: number): number[] {
    this.#step(Math.max(0, to - from));
    return Array.from({ length: Math.max(0, Math.floor(to - from) + 1) }, (_, index) => from + index);
  }

  #in(item: unknown, of: unknown): boolean {
    if (of === null || of === undefined) return false;
    if (Array.isArray(of)) {
      this.#step(of.length);
      return of.some((candidate) => this.#equal(item, candidate));
    }
    if (typeof of === 'object') return typeof item === 'string' && Object.hasOwn(of, item);
    throw new ExpressionError(`in wants a list or a map, not ${kind(of)}`);
  }

  #equal(a: unknown, b: unknown): boolean {
    if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
    if (typeof a !== 'object' || typeof b !== 'object') return a === b;
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
    this.#step((x.length + y.length) / 16);
    return x === y;
  }

  #matches(of: string, pattern: string): boolean {
    this.#step(of.length / 8);
    try {
      // Linear in the text, whatever the pattern: both are strangers'.
      return RE2JS.compile(pattern).matcher(of).find();
    } catch {
      throw new ExpressionError(`${JSON.stringify(pattern)} is no regular expression`);
    }
  }

  #call(of: Expr, args: readonly Expr[]): unknown {
    if (of.type === 'name' && !Object.hasOwn(this.#names, of.name)) return this.#builtin(of.name, args);
    const called = this.value(of);
    if (typeof called !== 'function') throw new ExpressionError(`${kind(called)} is no function`);
    try {
      return (called as (...values: unknown[]) => unknown)(...args.map((arg) => this.value(arg)));
    } catch (error) {
      throw error instanceof ExpressionError
        ? error
        : new ExpressionError(error instanceof Error ? error.message : String(error));
    }
  }

  #builtin(name: string, args: readonly Expr[]): unknown {
    const [first, second] = args;
    const value = (arg: Expr | undefined) => (arg === undefined ? null : this.value(arg));
    const asks = (item: unknown): unknown => {
      if (second === undefined) return item;
      this.#items.push(item);
      const answer = this.value(second.type === 'closure' ? second.body : second);
      this.#items.pop();
      return answer;
    };
    const items = (): unknown[] => {
      const of = value(first);
      if (of === null || of === undefined) return [];
      if (!Array.isArray(of)) throw new ExpressionError(`${name} wants a list, not ${kind(of)}`);
      return of;
    };
    const holds = (item: unknown) => this.#truth(asks(item));
    switch (name) {
      case 'all':
        return items().every(holds);
      case 'any':
        return items().some(holds);
      case 'none':
        return !items().some(holds);
      case 'one':
        return items().filter(holds).length === 1;
      case 'filter':
        return items().filter(holds);
      case 'map':
        return items().map(asks);
      case 'count':
        return items().filter(holds).length;
      case 'find':
        return items().find(holds) ?? null;
      case 'findIndex':
        return items().findIndex(holds);
      case 'sum':
        return items().reduce<number>((sum, item) => sum + number(asks(item)), 0);
      case 'len': {
        const of = value(first);
        if (typeof of === 'string') return [...of].length;
        if (Array.isArray(of)) return of.length;
        if (typeof of === 'object' && of !== null) return Object.keys(of).length;
        throw new ExpressionError(`${kind(of)} has no length`);
      }
      case 'get':
        return this.#member(value(first), value(second));
      case 'keys':
        return Object.keys((value(first) ?? {}) as object);
      case 'values':
        return Object.values((value(first) ?? {}) as object);
      case 'lower':
        return text(value(first)).toLowerCase();
      case 'upper':
        return text(value(first)).toUpperCase();
      case 'trim':
        return text(value(first)).trim();
      case 'split':
        return text(value(first)).split(text(value(second)));
      case 'join':
        return items()
          .map(text)
          .join(second === undefined ? '' : text(value(second)));
      case 'hasPrefix':
        return text(value(first)).startsWith(text(value(second)));
      case 'hasSuffix':
        return text(value(first)).endsWith(text(value(second)));
      case 'int':
        return Math.trunc(number(value(first)));
      case 'float':
        return number(value(first));
      case 'string':
        return text(value(first) ?? '');
      case 'first':
        return items()[0] ?? null;
      case 'last':
        return items().at(-1) ?? null;
      default:
        throw new ExpressionError(`the function ${name} is not known`);
    }
  }

  #truth(value: unknown): boolean {
    if (typeof value === 'boolean') return value;
    if (value === null || value === undefined) return false;
    throw new ExpressionError(`${kind(value)} stands where true or false must`);
  }

  #step(cost: number): void {
    this.#left -= cost;
    if (!(this.#left >= 0)) throw new ExpressionError('it does too much work');
  }
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  throw new ExpressionError(`${kind(value)} is no number`);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ExpressionError(`${kind(value)} is no text`);
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return number(a) - number(b);
}

function kind(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
