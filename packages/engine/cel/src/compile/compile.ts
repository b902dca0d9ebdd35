import type { CelDiagnostic } from '../diagnostic.ts';
import type { CelFunction, FunctionTable } from '../library/function.ts';
import { TYPES } from '../library/types.ts';
import type { Evaluation, Step } from '../runtime/evaluation.ts';
import { CelFault } from '../runtime/fault.ts';
import type {
  Call,
  Conditional,
  Expression,
  Has,
  Identifier,
  Index,
  ListLiteral,
  MapLiteral,
  MessageLiteral,
  Select,
} from '../syntax/ast.ts';
import { qualifiedName } from '../syntax/qualified-name.ts';
import { kindOf } from '../value/kind.ts';
import { EntryMap } from '../value/map.ts';
import { CelMessage } from '../value/message.ts';
import { type CelValue, Optional } from '../value/value.ts';
import { compileBind, compileFold } from './fold.ts';
import { compileLogical } from './logical.ts';
import type { Scope } from './scope.ts';
import { hasField, index, optionalIndex, optionalSelect, select } from './select.ts';
import { mayTake, staticKind } from './static-kind.ts';

/** What a list, a map and a message cost when they are made, a name and a field when they are looked up. */
const LIST_COST = 10;
const MAP_COST = 30;
const MESSAGE_COST = 40;
const LOOKUP_COST = 1;

/** Of variables whose fields are known: which they have. */
export type Fields = ReadonlyMap<string, ReadonlySet<string>>;

/** Fields of a type of messages, `any` for one that takes all; undefined when there is no such type. */
export type MessageTypes = (name: string) => ReadonlySet<string> | 'any' | undefined;

export interface Declarations {
  readonly fields?: Fields | undefined;
  readonly messages?: MessageTypes | undefined;
}

type Report = (code: CelDiagnostic['code'], message: string, at: number) => void;

/** Expressions to closures. Faults of names are reported and, in what is made nonetheless, thrown when it comes to them. */
export class Compiler {
  readonly #functions: FunctionTable;
  readonly #report: Report;
  readonly #declared: Declarations;

  constructor(functions: FunctionTable, report: Report, declared: Declarations) {
    this.#functions = functions;
    this.#report = report;
    this.#declared = declared;
  }

  compile(node: Expression, scope: Scope): Step {
    switch (node.type) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'identifier':
        return this.#identifier(node, scope);
      case 'select':
        return this.#select(node, scope);
      case 'index':
        return this.#index(node, scope);
      case 'has':
        return this.#has(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'logical':
        return compileLogical(
          node.operator,
          node.operands.map((operand) => this.compile(operand, scope)),
        );
      case 'conditional':
        return this.#conditional(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'message':
        return this.#message(node, scope);
      case 'fold':
        return compileFold(node, scope, (inner, innerScope) => this.compile(inner, innerScope));
      case 'bind':
        return compileBind(node, scope, (inner, innerScope) => this.compile(inner, innerScope));
    }
  }

  #fail(code: CelDiagnostic['code'], message: string, at: number): Step {
    this.#report(code, message, at);
    return () => {
      throw new CelFault(message);
    };
  }

  #identifier(node: Identifier, scope: Scope): Step {
    return this.#named(node, scope) ?? this.#fail('CEL_UNDECLARED', `undeclared reference to '${node.name}'`, node.at);
  }

  /** A local, variable or type by its whole name; undefined when there is none. */
  #named(node: Expression, scope: Scope): Step | undefined {
    const qualified = qualifiedName(node);
    if (qualified === undefined) return undefined;
    const { name, root, isAbsolute } = qualified;
    const slot = isAbsolute ? undefined : scope.local(root);
    if (slot !== undefined) return name === root ? localStep(slot) : undefined;
    const variable = scope.variable(name, isAbsolute);
    if (variable !== undefined) return variableStep(variable);
    const type = scope.candidates(name, isAbsolute).find((candidate) => TYPES.has(candidate));
    const value = type === undefined ? undefined : TYPES.get(type);
    return value === undefined ? undefined : () => value;
  }

  #select(node: Select, scope: Scope): Step {
    const named = this.#named(node, scope);
    if (named !== undefined) return named;
    this.#checkField(node, scope);
    const operand = this.compile(node.operand, scope);
    const { field } = node;
    const find = node.isOptional ? optionalSelect : select;
    return (evaluation) => {
      const value = operand(evaluation);
      evaluation.charge(LOOKUP_COST);
      return find(value, field);
    };
  }

  #index(node: Index, scope: Scope): Step {
    const operand = this.compile(node.operand, scope);
    const key = this.compile(node.key, scope);
    const find = node.isOptional ? optionalIndex : index;
    return (evaluation) => {
      const value = operand(evaluation);
      const at = key(evaluation);
      evaluation.charge(LOOKUP_COST);
      return find(value, at);
    };
  }

  #checkField({ operand, field, at }: Select, scope: Scope): void {
    if (operand.type !== 'identifier' || scope.local(operand.name) !== undefined) return;
    const variable = scope.variable(operand.name, operand.isAbsolute);
    const fields = variable === undefined ? undefined : this.#declared.fields?.get(variable);
    if (fields?.has(field) === false) this.#report('CEL_UNDECLARED', `undefined field '${field}'`, at);
  }

  #has({ select: node }: Has, scope: Scope): Step {
    this.#checkField(node, scope);
    const operand = this.compile(node.operand, scope);
    return (evaluation) => hasField(operand(evaluation), node.field);
  }

  #conditional(node: Conditional, scope: Scope): Step {
    const condition = this.compile(node.condition, scope);
    const then = this.compile(node.then, scope);
    const otherwise = this.compile(node.otherwise, scope);
    return (evaluation) => {
      const decided = condition(evaluation);
      if (typeof decided !== 'boolean') throw new CelFault(`no such overload: ${kindOf(decided)} ? _ : _`);
      return decided ? then(evaluation) : otherwise(evaluation);
    };
  }

  #list(node: ListLiteral, scope: Scope): Step {
    const elements = node.elements.map(({ value, isOptional }) => ({ step: this.compile(value, scope), isOptional }));
    return (evaluation) => {
      const list: CelValue[] = [];
      for (const { step, isOptional } of elements) {
        const value = step(evaluation);
        if (!isOptional) list.push(value);
        else {
          const present = optionalOf(value);
          if (present !== undefined) list.push(present);
        }
      }
      evaluation.charge(LIST_COST);
      return list;
    };
  }

  #map(node: MapLiteral, scope: Scope): Step {
    const entries = node.entries.map(({ key, value, isOptional }) => ({
      key: this.compile(key, scope),
      step: this.compile(value, scope),
      isOptional,
    }));
    return (evaluation) => {
      const made: [CelValue, CelValue][] = [];
      for (const { key, step, isOptional } of entries) {
        const name = key(evaluation);
        const value = step(evaluation);
        const present = isOptional ? optionalOf(value) : value;
        if (present !== undefined) made.push([name, present]);
      }
      evaluation.charge(MAP_COST);
      return new EntryMap(made);
    };
  }

  #message(node: MessageLiteral, scope: Scope): Step {
    const { messages } = this.#declared;
    const name = scope.candidates(node.name, node.isAbsolute).find((candidate) => messages?.(candidate) !== undefined);
    const known = name === undefined ? undefined : messages?.(name);
    // Faults of the fields are told, too.
    const fields = node.fields.map((field) => {
      if (known !== undefined && known !== 'any' && !known.has(field.name))
        this.#report('CEL_UNDECLARED', `undefined field '${field.name}'`, field.at);
      return { name: field.name, step: this.compile(field.value, scope), isOptional: field.isOptional };
    });
    if (name === undefined) return this.#fail('CEL_UNDECLARED', `undeclared reference to '${node.name}'`, node.at);
    return (evaluation) => {
      const made: [string, CelValue][] = [];
      for (const field of fields) {
        const value = field.step(evaluation);
        const present = field.isOptional ? optionalOf(value) : value;
        if (present !== undefined) made.push([field.name, present]);
      }
      evaluation.charge(MESSAGE_COST);
      return new CelMessage(name, made);
    };
  }

  #call(node: Call, scope: Scope): Step {
    const { target } = node;
    if (target === undefined) {
      const found = this.#global(node.name, node.isAbsolute, scope);
      return this.#invocation(node, found, node.args, scope);
    }
    const qualified = qualifiedName(target);
    if (qualified !== undefined && (qualified.isAbsolute || scope.local(qualified.root) === undefined)) {
      const found = this.#global(`${qualified.name}.${node.name}`, qualified.isAbsolute, scope);
      if (found !== undefined) return this.#invocation(node, found, node.args, scope);
    }
    return this.#invocation(node, this.#functions.method(node.name), [target, ...node.args], scope);
  }

  #global(name: string, isAbsolute: boolean, scope: Scope): CelFunction | undefined {
    for (const candidate of scope.candidates(name, isAbsolute)) {
      const found = this.#functions.global(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #invocation(node: Call, found: CelFunction | undefined, args: readonly Expression[], scope: Scope): Step {
    // Faults of the arguments are told, too.
    const steps = args.map((arg) => this.compile(arg, scope));
    if (found === undefined)
      return this.#fail('CEL_UNKNOWN_FUNCTION', `unbound function: undeclared reference to '${node.name}'`, node.at);
    if (!found.takes(steps.length)) {
      const count = node.args.length;
      return this.#fail('CEL_ARGUMENTS', `no such overload: '${node.name}' with ${count} arguments`, node.at);
    }
    const kinds = args.map(staticKind);
    if (!mayTake(found, kinds)) {
      const given = kinds.map((kind) => kind ?? 'dyn').join(', ');
      return this.#fail('CEL_ARGUMENTS', `no such overload: '${node.name}' applied to (${given})`, node.at);
    }
    return callStep(found, steps);
  }
}

function localStep(slot: number): Step {
  return (evaluation) => {
    evaluation.charge(LOOKUP_COST);
    return evaluation.locals[slot] as CelValue;
  };
}

function variableStep(name: string): Step {
  return (evaluation) => {
    evaluation.charge(LOOKUP_COST);
    const { bindings } = evaluation;
    const value = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    if (value === undefined) throw new CelFault(`no value for variable '${name}'`);
    return value;
  };
}

type Call1 = (value: CelValue) => CelValue;
type Call2 = (left: CelValue, right: CelValue) => CelValue;
type CallAny = (...args: readonly CelValue[]) => CelValue;

/** Most calls have one or two arguments: those are made without passing a list on. */
function callStep(found: CelFunction, steps: readonly Step[]): Step {
  const [first, second] = steps;
  if (first !== undefined && steps.length === 1)
    return (evaluation: Evaluation) => {
      const value = first(evaluation);
      const overload = found.choose([value]);
      evaluation.charge(overload.cost === undefined ? 1 : (overload.cost as (value: CelValue) => number)(value));
      return (overload.call as Call1)(value);
    };
  if (first !== undefined && second !== undefined && steps.length === 2)
    return (evaluation: Evaluation) => {
      const left = first(evaluation);
      const right = second(evaluation);
      const overload = found.choose([left, right]);
      const cost = overload.cost as ((left: CelValue, right: CelValue) => number) | undefined;
      evaluation.charge(cost === undefined ? 1 : cost(left, right));
      return (overload.call as Call2)(left, right);
    };
  return (evaluation: Evaluation) => {
    const args = steps.map((step) => step(evaluation));
    const overload = found.choose(args);
    const cost = overload.cost as ((...args: readonly CelValue[]) => number) | undefined;
    evaluation.charge(cost === undefined ? 1 : cost(...args));
    return (overload.call as CallAny)(...args);
  };
}

function optionalOf(value: CelValue): CelValue | undefined {
  if (value instanceof Optional) return value.value;
  throw new CelFault(`no such overload: ?${kindOf(value)}`);
}
