import { type Members, setMember } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { formatText, numberText } from './format.ts';
import { JsonnetParser } from './parser.ts';
import { standardLibrary } from './standard-library.ts';
import type { Comprehension, Expression, ObjectField } from './syntax.ts';
import {
  InfiniteRecursion,
  JsonnetFunction,
  type JsonnetMachine,
  JsonnetObject,
  type JsonnetValue,
  type LayerField,
  type Scope,
  Thunk,
  typeOf,
} from './value.ts';

/** Expressions within expressions that may be under way at once; about 300 calls. */
const MAX_STACK = 1000;
const MAX_ITEMS = 1_000_000;

/** Evaluates Jsonnet lazily by its specification, without external variables and native functions. */
export class JsonnetEvaluator implements JsonnetMachine {
  readonly task: ParseTask;
  readonly file: string;
  readonly #imports = new Map<string, Thunk>();
  readonly #library: Thunk;
  /** What is being evaluated, for faults of functions without a place of their own. */
  offset = 0;
  #depth = 0;

  constructor(task: ParseTask) {
    this.task = task;
    this.file = task.options.file;
    this.#library = new Thunk(() => standardLibrary(this));
  }

  /** The JSON value of the file. */
  run(): unknown {
    const value = this.#file(this.task.text, this.file);
    return this.manifest(value, true);
  }

  #file(text: string, file: string): JsonnetValue {
    return this.#evaluate(new JsonnetParser(text).file(), {
      names: new Map([['std', this.#library]]),
      parent: undefined,
      file,
    });
  }

  /** JSON of a value; `mark` takes down where its fields stand. */
  manifest(value: JsonnetValue, mark: boolean): unknown {
    return this.#nest(() => {
      if (value instanceof JsonnetFunction) throw this.fault('a function has no JSON form');
      if (Array.isArray(value)) return value.map((item) => this.manifest(this.force(item), mark));
      if (!(value instanceof JsonnetObject)) return value;
      this.#check(value);
      const members: Members = {};
      for (const name of value.names(false)) {
        const member = this.manifest(this.field(value, name), mark);
        if (mark) this.task.set(members, name, member, value.offsetOf(name));
        else setMember(members, name, member);
      }
      return members;
    });
  }

  fault(message: string, offset = this.offset): ConfigFault {
    return new ConfigFault(offset, message, 'CONFIG_EVALUATION');
  }

  force(thunk: Thunk): JsonnetValue {
    try {
      return thunk.force();
    } catch (error) {
      if (error instanceof InfiniteRecursion) throw this.fault('the value needs itself: infinite recursion');
      throw error;
    }
  }

  spend(amount: number): void {
    this.task.spend(amount, Math.min(this.offset, this.task.text.length));
  }

  #nest<T>(run: () => T): T {
    this.spend(1);
    if (++this.#depth > MAX_STACK) throw this.fault('the stack is full: too many calls within calls');
    const result = run();
    this.#depth--;
    return result;
  }

  #thunk(expression: Expression, scope: Scope): Thunk {
    return new Thunk(() => this.#evaluate(expression, scope));
  }

  #evaluate(expression: Expression, scope: Scope): JsonnetValue {
    this.offset = expression.offset;
    return this.#nest(() => this.#dispatch(expression, scope));
  }

  #dispatch(expression: Expression, scope: Scope): JsonnetValue {
    const { offset } = expression;
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'name':
        return this.#name(expression.name, scope, offset);
      case 'self':
        return this.#object(scope, offset).self;
      case 'dollar':
        return this.#dollar(scope, offset);
      case 'super': {
        const { self, layer } = this.#object(scope, offset);
        const name = this.#text(expression.index, scope);
        return this.#layerField(self, name, layer - 1) ?? this.#missing(name, offset);
      }
      case 'inSuper': {
        const { self, layer } = this.#object(scope, offset);
        const name = this.#text(expression.index, scope);
        return self.layers.slice(0, layer).some(({ fields }) => fields.has(name));
      }
      case 'array':
        return expression.items.map((item) => this.#thunk(item, scope));
      case 'arrayFor': {
        const items: Thunk[] = [];
        this.#clauses(expression.clauses, scope, (inner) => items.push(this.#thunk(expression.body, inner)));
        return items;
      }
      case 'object':
        return this.#newObject(expression, scope);
      case 'index':
        return this.#index(this.#evaluate(expression.operand, scope), this.#evaluate(expression.index, scope), offset);
      case 'slice': {
        const operand = this.#evaluate(expression.operand, scope);
        const bounds = expression.bounds.map((bound) => (bound === undefined ? null : this.#evaluate(bound, scope)));
        return this.slice(operand, bounds);
      }
      case 'call':
        return this.#callExpression(expression, scope);
      case 'function': {
        const { parameters, body } = expression;
        return new JsonnetFunction(parameters, (values) => {
          const names = new Map<string, Thunk>();
          const inner: Scope = { names, parent: scope, file: scope.file };
          parameters.forEach(({ name, fallback }, index) => {
            const value = values[index] ?? (fallback === undefined ? undefined : this.#thunk(fallback, inner));
            if (value !== undefined) names.set(name, value);
          });
          return this.#evaluate(body, inner);
        });
      }
      case 'local':
        return this.#evaluate(expression.body, this.#bind(expression.binds, scope));
      case 'if':
        return this.#boolean(expression.condition, scope)
          ? this.#evaluate(expression.whenTrue, scope)
          : this.#evaluate(expression.whenFalse, scope);
      case 'binary':
        return this.#binary(expression, scope);
      case 'unary':
        return this.#unary(expression.operator, this.#evaluate(expression.operand, scope), offset);
      case 'error':
        throw this.fault(this.toText(this.#evaluate(expression.message, scope)), offset);
      case 'assert':
        this.#assert(expression.assertion.condition, expression.assertion.message, scope);
        return this.#evaluate(expression.body, scope);
      case 'import':
      case 'importstr':
        return this.#import(expression.path, expression.kind === 'importstr', scope.file, offset);
      default:
        return expression satisfies never;
    }
  }

  #bind(binds: readonly { name: string; value: Expression }[], parent: Scope): Scope {
    const names = new Map<string, Thunk>();
    const scope: Scope = { names, parent, file: parent.file };
    for (const { name, value } of binds) names.set(name, this.#thunk(value, scope));
    return scope;
  }

  #name(name: string, scope: Scope, offset: number): JsonnetValue {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      const thunk = at.names.get(name);
      if (thunk !== undefined) return this.force(thunk);
    }
    throw new ConfigFault(offset, `"${name}" is not defined`, 'CONFIG_REFERENCE');
  }

  #object(scope: Scope, offset: number): { self: JsonnetObject; layer: number } {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
      if (at.object !== undefined) return at.object;
    throw this.fault('there is no object here', offset);
  }

  #dollar(scope: Scope, offset: number): JsonnetObject {
    let outer: JsonnetObject | undefined;
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) outer = at.object?.self ?? outer;
    if (outer === undefined) throw this.fault('there is no object here', offset);
    return outer;
  }

  #newObject(expression: Extract<Expression, { kind: 'object' }>, scope: Scope): JsonnetObject {
    const fields = new Map<string, LayerField>();
    const add = ({ name, visibility, isPlus, value, offset }: ObjectField, inner: Scope) => {
      const key = this.#evaluate(name, inner);
      if (key === null) return;
      if (typeof key !== 'string') throw this.fault(`the name of a field is no ${typeOf(key)}`, offset);
      if (fields.has(key)) throw new ConfigFault(offset, `the field "${key}" is there twice`, 'CONFIG_DUPLICATE_KEY');
      fields.set(key, { visibility, isPlus, value, scope: inner, offset });
    };
    if (expression.clauses.length > 0) {
      this.#clauses(expression.clauses, scope, (inner) => {
        for (const field of expression.fields) add(field, inner);
      });
    } else for (const field of expression.fields) add(field, scope);
    const { locals, assertions } = expression;
    return new JsonnetObject([{ fields, locals, assertions, scope }]);
  }

  #clauses(clauses: readonly Comprehension[], scope: Scope, visit: (scope: Scope) => void): void {
    const [clause, ...rest] = clauses;
    if (clause === undefined) {
      visit(scope);
      return;
    }
    if (clause.kind === 'if') {
      if (this.#boolean(clause.source, scope)) this.#clauses(rest, scope, visit);
      return;
    }
    const source = this.#evaluate(clause.source, scope);
    if (!Array.isArray(source))
      throw this.fault(`"for" goes through arrays, not ${typeOf(source)}`, clause.source.offset);
    for (const item of source) {
      this.spend(1);
      this.#clauses(rest, { names: new Map([[clause.name, item]]), parent: scope, file: scope.file }, visit);
    }
  }

  field(object: JsonnetObject, name: string): JsonnetValue {
    let thunk = object.values.get(name);
    if (thunk === undefined) {
      thunk = new Thunk(() => this.#layerField(object, name, object.layers.length - 1) ?? null);
      object.values.set(name, thunk);
    }
    return this.force(thunk);
  }

  /** The value of a field as the layers up to `top` have it; undefined when none has. */
  #layerField(object: JsonnetObject, name: string, top: number): JsonnetValue | undefined {
    for (let index = top; index >= 0; index--) {
      const field = object.layers[index]?.fields.get(name);
      if (field === undefined) continue;
      const value = this.#evaluate(field.value, this.#fieldScope(object, index, field));
      const base = field.isPlus ? this.#layerField(object, name, index - 1) : undefined;
      return base === undefined ? value : this.add(base, value, field.offset);
    }
    return undefined;
  }

  #fieldScope(object: JsonnetObject, index: number, field: LayerField): Scope {
    const layer = object.layers[index];
    if (layer === undefined) return field.scope;
    const known = object.scopes[index];
    if (known !== undefined && field.scope === layer.scope) return known;
    const base: Scope = {
      names: new Map(),
      parent: field.scope,
      object: { self: object, layer: index },
      file: field.scope.file,
    };
    const scope = layer.locals.length === 0 ? base : this.#bind(layer.locals, base);
    if (field.scope === layer.scope) object.scopes[index] = scope;
    return scope;
  }

  #check(object: JsonnetObject): void {
    if (object.isChecked) return;
    object.isChecked = true;
    object.layers.forEach(({ assertions, scope, locals }, index) => {
      for (const { condition, message } of assertions) {
        const base: Scope = {
          names: new Map(),
          parent: scope,
          object: { self: object, layer: index },
          file: scope.file,
        };
        this.#assert(condition, message, this.#bind(locals, base));
      }
    });
  }

  #assert(condition: Expression, message: Expression | undefined, scope: Scope): void {
    if (this.#boolean(condition, scope)) return;
    throw this.fault(
      message === undefined ? 'the assertion fails' : this.toText(this.#evaluate(message, scope)),
      condition.offset,
    );
  }

  #boolean(expression: Expression, scope: Scope): boolean {
    const value = this.#evaluate(expression, scope);
    if (typeof value !== 'boolean') throw this.fault(`a condition is no ${typeOf(value)}`, expression.offset);
    return value;
  }

  #text(expression: Expression, scope: Scope): string {
    const value = this.#evaluate(expression, scope);
    if (typeof value !== 'string') throw this.fault(`the name of a field is no ${typeOf(value)}`, expression.offset);
    return value;
  }

  #missing(name: string, offset: number): never {
    throw this.fault(`there is no field "${name}"`, offset);
  }

  #index(operand: JsonnetValue, index: JsonnetValue, offset: number): JsonnetValue {
    if (operand instanceof JsonnetObject && typeof index === 'string') {
      if (!operand.has(index)) return this.#missing(index, offset);
      this.#check(operand);
      return this.field(operand, index);
    }
    if (Array.isArray(operand) && typeof index === 'number') {
      const item = operand[index];
      if (item === undefined) throw this.fault(`the index ${index} is outside of the array`, offset);
      return this.force(item);
    }
    if (typeof operand === 'string' && typeof index === 'number') {
      const char = [...operand][index];
      if (char === undefined) throw this.fault(`the index ${index} is outside of the string`, offset);
      return char;
    }
    throw this.fault(`a value of type ${typeOf(operand)} has no [${typeOf(index)}]`, offset);
  }

  slice(operand: JsonnetValue, bounds: readonly (JsonnetValue | undefined)[]): JsonnetValue {
    const list = typeof operand === 'string' ? [...operand] : operand;
    if (!Array.isArray(list)) throw this.fault(`a value of type ${typeOf(operand)} can't be sliced`);
    const number = (value: JsonnetValue | undefined, fallback: number) =>
      typeof value === 'number' ? value : fallback;
    const clamp = (value: number) => Math.min(list.length, value < 0 ? Math.max(0, value + list.length) : value);
    const [start, end, step] = [
      clamp(number(bounds[0], 0)),
      clamp(number(bounds[1], list.length)),
      number(bounds[2], 1),
    ];
    if (step < 1) throw this.fault('the step of a slice is at least 1');
    const chosen = (list as unknown[]).filter(
      (_, index) => index >= start && index < end && (index - start) % step === 0,
    );
    return typeof operand === 'string' ? chosen.join('') : (chosen as Thunk[]);
  }

  #callExpression(
    { callee, positional, named, offset }: Extract<Expression, { kind: 'call' }>,
    scope: Scope,
  ): JsonnetValue {
    const target = this.#evaluate(callee, scope);
    if (!(target instanceof JsonnetFunction))
      throw this.fault(`a value of type ${typeOf(target)} can't be called`, offset);
    const { parameters } = target;
    if (positional.length > parameters.length)
      throw this.fault('the function is called with too many arguments', offset);
    const values: (Thunk | undefined)[] = positional.map((each) => this.#thunk(each, scope));
    for (const { name, value } of named) {
      const index = parameters.findIndex((parameter) => parameter.name === name);
      if (index < 0) throw this.fault(`the function has no parameter "${name}"`, offset);
      if (values[index] !== undefined) throw this.fault(`the parameter "${name}" is given twice`, offset);
      values[index] = this.#thunk(value, scope);
    }
    this.offset = offset;
    return this.call(target, values);
  }

  /** Calls a function with what it has parameters for. */
  call(target: JsonnetValue, values: readonly (Thunk | undefined)[]): JsonnetValue {
    if (!(target instanceof JsonnetFunction)) throw this.fault(`a value of type ${typeOf(target)} can't be called`);
    target.parameters.forEach(({ name, fallback }, index) => {
      if (values[index] === undefined && fallback === undefined)
        throw this.fault(`the parameter "${name}" is not given`);
    });
    return this.#nest(() => target.call(values));
  }

  #unary(operator: string, value: JsonnetValue, offset: number): JsonnetValue {
    if (operator === '!' && typeof value === 'boolean') return !value;
    if (typeof value === 'number') {
      if (operator === '-') return -value;
      if (operator === '+') return value;
      if (operator === '~') return ~value;
    }
    throw this.fault(`"${operator}" has no operand of type ${typeOf(value)}`, offset);
  }

  #binary({ operator, left, right, offset }: Extract<Expression, { kind: 'binary' }>, scope: Scope): JsonnetValue {
    if (operator === '&&') return this.#boolean(left, scope) && this.#boolean(right, scope);
    if (operator === '||') return this.#boolean(left, scope) || this.#boolean(right, scope);
    const a = this.#evaluate(left, scope);
    const b = this.#evaluate(right, scope);
    this.offset = offset;
    switch (operator) {
      case '==':
        return this.equals(a, b);
      case '!=':
        return !this.equals(a, b);
      case '+':
        return this.add(a, b, offset);
      case 'in':
        if (typeof a === 'string' && b instanceof JsonnetObject) return b.has(a);
        break;
      case '%':
        if (typeof a === 'string') return this.#checkedText(formatText(this, a, b));
        break;
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const order = this.compare(a, b);
        return operator === '<'
          ? order < 0
          : operator === '<='
            ? order <= 0
            : operator === '>'
              ? order > 0
              : order >= 0;
      }
    }
    if (typeof a === 'number' && typeof b === 'number') return this.#arithmetic(operator, a, b, offset);
    throw this.fault(`"${operator}" has no operands of types ${typeOf(a)} and ${typeOf(b)}`, offset);
  }

  #arithmetic(operator: string, a: number, b: number, offset: number): number {
    if ((operator === '/' || operator === '%') && b === 0) throw this.fault('division by zero', offset);
    const results: Readonly<Record<string, () => number>> = {
      '-': () => a - b,
      '*': () => a * b,
      '/': () => a / b,
      '%': () => a % b,
      '&': () => Number(BigInt.asIntN(64, BigInt(Math.trunc(a)) & BigInt(Math.trunc(b)))),
      '|': () => Number(BigInt.asIntN(64, BigInt(Math.trunc(a)) | BigInt(Math.trunc(b)))),
      '^': () => Number(BigInt.asIntN(64, BigInt(Math.trunc(a)) ^ BigInt(Math.trunc(b)))),
      '<<': () => a * 2 ** Math.trunc(b % 64),
      '>>': () => Math.floor(a / 2 ** Math.trunc(b % 64)),
    };
    const result = results[operator]?.() ?? Number.NaN;
    if (!Number.isFinite(result)) throw this.fault('the result is no number', offset);
    return result;
  }

  add(a: JsonnetValue, b: JsonnetValue, offset = this.offset): JsonnetValue {
    if (typeof a === 'string' || typeof b === 'string') return this.#checkedText(this.toText(a) + this.toText(b));
    if (typeof a === 'number' && typeof b === 'number') {
      if (!Number.isFinite(a + b)) throw this.fault('the result is no number', offset);
      return a + b;
    }
    if (Array.isArray(a) && Array.isArray(b)) {
      this.spend(a.length + b.length);
      return [...a, ...b];
    }
    if (a instanceof JsonnetObject && b instanceof JsonnetObject) {
      this.spend(a.layers.length + b.layers.length);
      return new JsonnetObject([...a.layers, ...b.layers]);
    }
    throw this.fault(`"+" has no operands of types ${typeOf(a)} and ${typeOf(b)}`, offset);
  }

  #checkedText(text: string): string {
    this.spend(text.length);
    return text;
  }

  equals(a: JsonnetValue, b: JsonnetValue): boolean {
    return this.#nest(() => {
      if (a instanceof JsonnetFunction || b instanceof JsonnetFunction) throw this.fault("functions can't be compared");
      if (Array.isArray(a) && Array.isArray(b))
        return (
          a.length === b.length && a.every((item, index) => this.equals(this.force(item), this.force(b[index] ?? item)))
        );
      if (a instanceof JsonnetObject && b instanceof JsonnetObject) {
        const names = a.names(false);
        const others = b.names(false);
        return (
          names.length === others.length &&
          names.every((name, index) => name === others[index] && this.equals(this.field(a, name), this.field(b, name)))
        );
      }
      return a === b;
    });
  }

  /** Below 0, 0 or above 0; for numbers, strings and arrays of them. */
  compare(a: JsonnetValue, b: JsonnetValue): number {
    return this.#nest(() => {
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
      if (!Array.isArray(a) || !Array.isArray(b)) throw this.fault(`${typeOf(a)} and ${typeOf(b)} have no order`);
      for (const [index, item] of a.entries()) {
        const other = b[index];
        if (other === undefined) return 1;
        const order = this.compare(this.force(item), this.force(other));
        if (order !== 0) return order;
      }
      return a.length - b.length;
    });
  }

  /** As `std.toString`. */
  toText(value: JsonnetValue): string {
    if (typeof value === 'string') return value;
    return spaced(this.manifest(value, false));
  }

  checkLength(length: number): void {
    this.spend(length);
    if (length > MAX_ITEMS) throw this.fault(`an array of ${length} items is too long`);
  }

  #import(path: string, isText: boolean, from: string, offset: number): JsonnetValue {
    const found = this.task.options.readImport?.(path, from);
    if (found === undefined) throw new ConfigFault(offset, `there is no file "${path}" to import`, 'CONFIG_REFERENCE');
    this.spend(found.text.length);
    if (isText) return found.text;
    let thunk = this.#imports.get(found.path);
    if (thunk === undefined) {
      thunk = new Thunk(() => this.#imported(found.text, found.path, offset));
      this.#imports.set(found.path, thunk);
    }
    return this.force(thunk);
  }

  #imported(text: string, path: string, offset: number): JsonnetValue {
    try {
      return this.#file(text, path);
    } catch (error) {
      if (!(error instanceof ConfigFault)) throw error;
      // Offsets of another file mean nothing in this one.
      throw new ConfigFault(offset, `in ${path}: ${error.message}`, error.code, error.hint);
    }
  }
}

/** JSON on one line as Jsonnet writes it in texts. */
function spaced(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return value.length === 0 ? '[ ]' : `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`);
  return members.length === 0 ? '{ }' : `{${members.join(', ')}}`;
}
