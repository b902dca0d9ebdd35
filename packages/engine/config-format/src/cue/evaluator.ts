import { isMembers, type Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { bound, type Constraint, concrete, isConstraint, TYPES, unifyScalars } from './constraint.ts';
import type { CueClause, CueComprehension, CueDeclaration, CueExpression } from './syntax.ts';

/** Names in sight: the struct they stand in, or what a comprehension or `let` binds. */
interface Environment {
  readonly struct?: StructNode;
  readonly bound?: ReadonlyMap<string, readonly Part[]>;
  readonly parent: Environment | undefined;
}

interface Conjunct {
  readonly expression: CueExpression;
  readonly environment: Environment;
}

interface Field {
  readonly conjuncts: Conjunct[];
  isRequired: boolean;
  readonly offset: number;
}

/** What one expression contributes to a value; the parts of a value are unified. */
type Part =
  | {
      readonly kind: 'struct';
      readonly declarations: readonly CueDeclaration[];
      readonly environment: Environment;
      readonly offset: number;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly (readonly Part[])[];
      readonly isOpen: boolean;
      readonly offset: number;
    }
  | { readonly kind: 'scalar'; readonly value: unknown; readonly offset: number }
  | {
      readonly kind: 'choice';
      readonly options: readonly { parts: readonly Part[]; isDefault: boolean }[];
      readonly offset: number;
    };

interface StructNode {
  readonly fields: Map<string, Field>;
  readonly lets: Map<string, Conjunct>;
  readonly patterns: { readonly pattern: CueExpression; readonly conjunct: Conjunct }[];
  /** An embedded scalar or list: the struct then is that value. */
  readonly embedded: Part[];
}

/** Evaluates CUE without packages: unification, defaults, references, comprehensions. */
export class CueEvaluator {
  readonly #task: ParseTask;
  readonly #open = new Set<Field | Conjunct>();
  #depth = 0;

  constructor(task: ParseTask) {
    this.#task = task;
  }

  file(root: CueExpression): unknown {
    return this.#export(this.#parts(root, { parent: undefined }), root.offset);
  }

  /** The JSON value of unified parts. */
  #export(parts: readonly Part[], offset: number): unknown {
    return this.#nest(offset, () => {
      const value = this.#build(parts, offset);
      if (isStruct(value)) return this.#exportStruct(value);
      if (Array.isArray(value)) return this.#exportList(value as (readonly Part[])[], offset);
      return concrete(value, offset);
    });
  }

  #exportList(list: readonly (readonly Part[])[], offset: number): unknown[] {
    const items: unknown[] = [];
    for (const parts of list)
      this.#task.push(items, this.#export(parts, parts[0]?.offset ?? offset), parts[0]?.offset ?? offset);
    return items;
  }

  #exportStruct(node: StructNode): Members {
    const members: Members = {};
    for (const [name, field] of node.fields) {
      const parts = this.#fieldParts(node, name, field);
      if (!field.isRequired) continue;
      // A struct that is wrong below a definition is wrong, too; definitions themselves are not shown.
      if (name.startsWith('#') || name.startsWith('_')) continue;
      const value = this.#guard(field, () => this.#export(parts, field.offset));
      this.#task.set(members, plainName(name), value, field.offset);
    }
    return members;
  }

  #fieldParts(node: StructNode, name: string, field: Field): readonly Part[] {
    return this.#guard(field, () => {
      const parts = field.conjuncts.flatMap(({ expression, environment }) => this.#parts(expression, environment));
      for (const { pattern, conjunct } of node.patterns) {
        if (name.startsWith('#') || name.startsWith('_')) continue;
        const wanted: Part[] = [
          ...this.#parts(pattern, conjunct.environment),
          { kind: 'scalar', value: plainName(name), offset: field.offset },
        ];
        if (this.#try(() => this.#build(wanted, field.offset)))
          parts.push(...this.#parts(conjunct.expression, conjunct.environment));
      }
      return parts;
    });
  }

  #guard<T>(key: Field | Conjunct, read: () => T): T {
    const offset = 'offset' in key ? key.offset : key.expression.offset;
    if (this.#open.has(key)) throw new ConfigFault(offset, 'the value refers to itself', 'CONFIG_EVALUATION');
    this.#open.add(key);
    try {
      return read();
    } finally {
      this.#open.delete(key);
    }
  }

  /** A struct node, a list of parts, a JSON scalar or a constraint. */
  #build(parts: readonly Part[], offset: number): unknown {
    this.#task.spend(1 + parts.length, offset);
    const choice = parts.findIndex((part) => part.kind === 'choice');
    if (choice >= 0) return this.#choose(parts, choice, offset);
    const structs = parts.filter((part) => part.kind === 'struct');
    const others = parts.filter((part) => part.kind !== 'struct' && !isTop(part));
    if (structs.length > 0) {
      const node: StructNode = { fields: new Map(), lets: new Map(), patterns: [], embedded: [] };
      for (const part of structs) this.#declare(node, part.declarations, { struct: node, parent: part.environment });
      if (node.embedded.length > 0) return this.#build([...node.embedded, ...others], offset);
      if (others.length > 0) throw conflict(offset);
      return node;
    }
    const lists = others.filter((part) => part.kind === 'list');
    if (lists.length > 0) {
      if (lists.length < others.length) throw conflict(offset);
      return this.#unifyLists(lists, offset);
    }
    const values = others.map((part) => (part.kind === 'scalar' ? part.value : undefined));
    if (values.length === 0) return TYPES.get('_');
    return values.reduce((left, right) => unifyScalars(left, right, offset));
  }

  #unifyLists(lists: readonly Extract<Part, { kind: 'list' }>[], offset: number): readonly (readonly Part[])[] {
    const length = Math.max(...lists.map(({ items }) => items.length));
    if (lists.some(({ items, isOpen }) => !isOpen && items.length < length)) throw conflict(offset);
    return Array.from({ length }, (_, index) => lists.flatMap(({ items }) => items[index] ?? []));
  }

  /** The default among the alternatives that fit, or the only one that does. */
  #choose(parts: readonly Part[], index: number, offset: number): unknown {
    const choice = parts[index];
    if (choice?.kind !== 'choice') throw conflict(offset);
    const rest = parts.filter((_, at) => at !== index);
    const fitting: { value: unknown; isDefault: boolean; text: string }[] = [];
    for (const { parts: option, isDefault } of choice.options) {
      this.#nest(offset, () => {
        this.#try(() => {
          const value = this.#build([...option, ...rest], offset);
          const text =
            isStruct(value) || Array.isArray(value) ? JSON.stringify(this.#export([...option, ...rest], offset)) : '';
          fitting.push({ value, isDefault, text: text === '' ? String(JSON.stringify(value)) : text });
        });
      });
    }
    const defaults = fitting.filter(({ isDefault }) => isDefault);
    const wanted = defaults.length > 0 ? defaults : fitting;
    const [first] = wanted;
    if (first === undefined) throw conflict(offset);
    if (wanted.some(({ text }) => text !== first.text)) {
      const isOpen = wanted.every(({ value }) => isConstraint(value) || typeof value !== 'object');
      const texts = wanted.map(({ text }) => text).join(', ');
      if (isOpen) return { constraint: 'choice', values: wanted.map(({ value }) => value) } satisfies Constraint;
      throw new ConfigFault(offset, `several alternatives fit: ${texts.slice(0, 100)}`, 'CONFIG_EVALUATION');
    }
    return first.value;
  }

  #try(run: () => unknown): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (error instanceof ConfigFault && error.code === 'CONFIG_EVALUATION') return false;
      throw error;
    }
  }

  #declare(node: StructNode, declarations: readonly CueDeclaration[], environment: Environment): void {
    for (const declaration of declarations) {
      const { kind, offset } = declaration;
      if (kind === 'let') node.lets.set(declaration.name, { expression: declaration.value, environment });
      else if (kind === 'pattern')
        node.patterns.push({ pattern: declaration.pattern, conjunct: { expression: declaration.value, environment } });
      else if (kind === 'embedding') this.#embed(node, this.#parts(declaration.value, environment));
      else if (kind === 'comprehension') this.#embed(node, this.#comprehension(declaration, environment));
      else {
        const { label, value, isOptional } = declaration;
        const name = typeof label === 'string' ? label : shown(String(this.#scalar(label, environment)));
        const field: Field = node.fields.get(name) ?? { conjuncts: [], isRequired: false, offset };
        field.conjuncts.push({ expression: value, environment });
        field.isRequired ||= !isOptional;
        node.fields.set(name, field);
      }
    }
  }

  #embed(node: StructNode, parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.kind !== 'struct') node.embedded.push(part);
      else
        this.#nest(part.offset, () =>
          this.#declare(node, part.declarations, { struct: node, parent: part.environment }),
        );
    }
  }

  #comprehension({ clauses, body }: CueComprehension, environment: Environment): Part[] {
    const parts: Part[] = [];
    this.#clauses(clauses, environment, (inner) => parts.push(...this.#parts(body, inner)));
    return parts;
  }

  #clauses(clauses: readonly CueClause[], environment: Environment, visit: (environment: Environment) => void): void {
    const [clause, ...rest] = clauses;
    if (clause === undefined) {
      visit(environment);
      return;
    }
    const bind = (names: readonly (readonly [string, readonly Part[]])[]) =>
      this.#clauses(rest, { bound: new Map(names), parent: environment }, visit);
    if (clause.kind === 'if') {
      if (this.#scalar(clause.condition, environment) === true) this.#clauses(rest, environment, visit);
      return;
    }
    if (clause.kind === 'let') {
      bind([[clause.name, this.#parts(clause.value, environment)]]);
      return;
    }
    const { offset } = clause.source;
    const source = this.#build(this.#parts(clause.source, environment), offset);
    const [first = '_', second] = clause.names;
    const each = (key: unknown, parts: readonly Part[]) => {
      this.#task.spend(1, offset);
      const keyPart: Part = { kind: 'scalar', value: key, offset };
      bind(
        second === undefined
          ? [[first, parts]]
          : [
              [first, [keyPart]],
              [second, parts],
            ],
      );
    };
    if (Array.isArray(source)) {
      for (const [index, parts] of (source as (readonly Part[])[]).entries()) each(index, parts);
    } else if (isStruct(source)) {
      for (const [name, field] of source.fields)
        if (field.isRequired && !/^[#_]/.test(name)) each(plainName(name), this.#fieldParts(source, name, field));
    } else throw new ConfigFault(offset, 'only lists and structs can be gone through', 'CONFIG_EVALUATION');
  }

  #parts(expression: CueExpression, environment: Environment): Part[] {
    const { offset } = expression;
    return this.#nest(offset, (): Part[] => {
      switch (expression.kind) {
        case 'value':
          return [{ kind: 'scalar', value: expression.value, offset }];
        case 'number':
          return [{ kind: 'scalar', value: Number(expression.text), offset }];
        case 'bytes':
          return [{ kind: 'scalar', value: Buffer.from(expression.text).toString('base64'), offset }];
        case 'interpolation':
          return [{ kind: 'scalar', value: this.#interpolate(expression.parts, environment), offset }];
        case 'struct':
          return [{ kind: 'struct', declarations: expression.declarations, environment, offset }];
        case 'list': {
          const items: (readonly Part[])[] = [];
          for (const item of expression.items) {
            if (item.kind !== 'comprehension') items.push(this.#parts(item, environment));
            else this.#clauses(item.clauses, environment, (inner) => items.push(this.#parts(item.body, inner)));
          }
          return [{ kind: 'list', items, isOpen: expression.isOpen, offset }];
        }
        case 'name':
          return this.#name(expression.name, environment, offset);
        case 'selector':
          return this.#member(expression.operand, expression.name, environment, offset);
        case 'index':
          return this.#member(expression.operand, this.#scalar(expression.index, environment), environment, offset);
        case 'unary':
          return this.#unary(expression.operator, expression.operand, environment, offset);
        case 'binary':
          return this.#binary(expression, environment);
        default:
          return expression satisfies never;
      }
    });
  }

  #name(name: string, environment: Environment, offset: number): Part[] {
    for (let scope: Environment | undefined = environment; scope !== undefined; scope = scope.parent) {
      const bound = scope.bound?.get(name);
      if (bound !== undefined) return [...bound];
      const field = scope.struct?.fields.get(name);
      if (field !== undefined && scope.struct !== undefined) return [...this.#fieldParts(scope.struct, name, field)];
      const defined = scope.struct?.lets.get(name);
      if (defined !== undefined)
        return this.#guard(defined, () => this.#parts(defined.expression, defined.environment));
    }
    const type = TYPES.get(name);
    if (type !== undefined) return [{ kind: 'scalar', value: type, offset }];
    throw new ConfigFault(offset, `"${name}" is not defined in this file`, 'CONFIG_REFERENCE');
  }

  #member(operand: CueExpression, key: unknown, environment: Environment, offset: number): Part[] {
    const value = this.#build(this.#parts(operand, environment), offset);
    if (Array.isArray(value)) {
      const parts = typeof key === 'number' ? (value[key] as readonly Part[] | undefined) : undefined;
      if (parts !== undefined) return [...parts];
    } else if (isStruct(value)) {
      const field = value.fields.get(String(key));
      if (field !== undefined) return [...this.#fieldParts(value, String(key), field)];
    }
    throw new ConfigFault(offset, `there is no ${JSON.stringify(key)} here`, 'CONFIG_EVALUATION');
  }

  #unary(operator: string, operand: CueExpression, environment: Environment, offset: number): Part[] {
    if (operator === '*') return this.#parts(operand, environment);
    const value = this.#scalar(operand, environment);
    const scalar = (result: unknown): Part[] => [{ kind: 'scalar', value: result, offset }];
    if (operator === '-' && typeof value === 'number') return scalar(-value);
    if (operator === '+' && typeof value === 'number') return scalar(value);
    if (operator === '!' && typeof value === 'boolean') return scalar(!value);
    if (/^(?:[<>]=?|!=|=~|!~)$/.test(operator)) return scalar(bound(operator, value, offset));
    throw new ConfigFault(offset, `"${operator}" has no such operand`, 'CONFIG_EVALUATION');
  }

  #binary(expression: Extract<CueExpression, { kind: 'binary' }>, environment: Environment): Part[] {
    const { operator, left, right, offset } = expression;
    if (operator === '&') return [...this.#parts(left, environment), ...this.#parts(right, environment)];
    if (operator === '|') {
      const option = (each: CueExpression) => ({
        parts: this.#parts(each, environment),
        isDefault: each.kind === 'unary' && each.operator === '*',
      });
      const first = left.kind === 'binary' && left.operator === '|' ? this.#parts(left, environment) : undefined;
      const options = first?.[0]?.kind === 'choice' ? first[0].options : [option(left)];
      return [{ kind: 'choice', options: [...options, option(right)], offset }];
    }
    const first = this.#scalar(left, environment);
    if (operator === '&&' && first === false) return [{ kind: 'scalar', value: false, offset }];
    if (operator === '||' && first === true) return [{ kind: 'scalar', value: true, offset }];
    const value = operate(operator, first, this.#scalar(right, environment), offset);
    if (typeof value === 'string') this.#task.spend(value.length, offset);
    return [{ kind: 'scalar', value, offset }];
  }

  #scalar(expression: CueExpression, environment: Environment): unknown {
    const value = this.#build(this.#parts(expression, environment), expression.offset);
    if (isStruct(value) || Array.isArray(value))
      throw new ConfigFault(expression.offset, 'a number, string or boolean is wanted here', 'CONFIG_EVALUATION');
    return concrete(value, expression.offset);
  }

  #interpolate(parts: readonly (string | CueExpression)[], environment: Environment): string {
    const texts = parts.map((part) => (typeof part === 'string' ? part : String(this.#scalar(part, environment))));
    const text = texts.join('');
    this.#task.spend(text.length, 0);
    return text;
  }

  #nest<T>(offset: number, read: () => T): T {
    this.#task.spend(1, offset);
    this.#task.checkDepth(++this.#depth, offset);
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }
}

function isStruct(value: unknown): value is StructNode {
  return isMembers(value) && value['fields'] instanceof Map;
}

/** The name of a field as it is kept: only a bare name that begins with `#` or `_` is hidden, a quoted one gets a mark. */
function shown(name: string): string {
  return /^[#_\0]/.test(name) ? `\0${name}` : name;
}

function plainName(name: string): string {
  return name.startsWith('\0') ? name.slice(1) : name;
}

function isTop(part: Part): boolean {
  return part.kind === 'scalar' && part.value === TYPES.get('_');
}

function conflict(offset: number): ConfigFault {
  return new ConfigFault(offset, 'the values given here contradict each other', 'CONFIG_EVALUATION');
}

function operate(operator: string, left: unknown, right: unknown, offset: number): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    switch (operator) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '/':
        if (right === 0) throw new ConfigFault(offset, 'division by zero', 'CONFIG_EVALUATION');
        return left / right;
    }
  }
  if (typeof left === 'string' && typeof right === 'string' && operator === '+') return left + right;
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    if (operator === '&&') return left && right;
    if (operator === '||') return left || right;
  }
  if (typeof left === typeof right && (typeof left === 'number' || typeof left === 'string')) {
    const [a, b] = [left, right as number | string];
    if (operator === '<') return a < b;
    if (operator === '<=') return a <= b;
    if (operator === '>') return a > b;
    if (operator === '>=') return a >= b;
  }
  throw new ConfigFault(offset, `"${operator}" has no such operands here`, 'CONFIG_UNSUPPORTED');
}
