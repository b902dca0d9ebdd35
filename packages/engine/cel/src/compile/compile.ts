import type { CelDiagnostic } from '../diagnostic.ts';
import type { CelFunction, FunctionTable } from '../library/function.ts';
import { TYPES } from '../library/types.ts';
import * as raise from '../runtime/raise.ts';
import * as selection from '../runtime/select.ts';
import { variable } from '../runtime/variable.ts';
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
import { ComputedMap } from '../value/computed-map.ts';
import { JsonMap } from '../value/json.ts';
import { EntryMap } from '../value/map.ts';
import { CelMessage } from '../value/message.ts';
import { emitCall } from './call.ts';
import { boxed, type Code, Emitter, kindOfCode, quoted, type Run } from './emitter.ts';
import { emitBind, emitFold } from './fold.ts';
import { literalCode } from './literal.ts';
import { emitLogical } from './logical.ts';
import { isInherited } from './property.ts';
import type { Scope } from './scope.ts';
import { mayTake, staticKind } from './static-kind.ts';
import type { Writer } from './writer.ts';

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

/** Writes the source of an expression. Faults of names are reported and, in what is written nonetheless, thrown when it comes to them. */
export class Compiler implements Writer {
  readonly emitter = new Emitter();
  readonly #functions: FunctionTable;
  readonly #report: Report;
  readonly #declared: Declarations;

  constructor(functions: FunctionTable, report: Report, declared: Declarations) {
    this.#functions = functions;
    this.#report = report;
    this.#declared = declared;
  }

  /** The expression, ready to be built when it is first evaluated. */
  compile(node: Expression, scope: Scope): () => Run {
    const result = this.value(node, scope);
    return () => this.emitter.build(result);
  }

  value(node: Expression, scope: Scope): string {
    return boxed(this.code(node, scope));
  }

  code(node: Expression, scope: Scope): Code {
    const isApart = this.emitter.isCrowded && node.depth > 1;
    return isApart ? this.emitter.apart(scope.names, () => this.#code(node, scope)) : this.#code(node, scope);
  }

  #code(node: Expression, scope: Scope): Code {
    switch (node.type) {
      case 'literal':
        return literalCode(this.emitter, node.value);
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
        return emitLogical(this, node, scope);
      case 'conditional':
        return this.#conditional(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'message':
        return this.#message(node, scope);
      case 'fold':
        return emitFold(this, node, scope);
      case 'bind':
        return emitBind(this, node, scope);
    }
  }

  invoke(called: unknown, ...args: readonly string[]): string {
    this.emitter.settle();
    return this.emitter.keep(`${this.emitter.constant(called)}(${args.join(', ')})`);
  }

  raiseIf(condition: string, called: unknown, ...args: readonly string[]): void {
    this.emitter.settle();
    this.emitter.line(`if (${condition}) ${this.emitter.constant(called)}(${args.join(', ')});`);
  }

  #fail(code: CelDiagnostic['code'], message: string, at: number): Code {
    this.#report(code, message, at);
    return { js: this.invoke(raise.raise, quoted(message)) };
  }

  #identifier(node: Identifier, scope: Scope): Code {
    return this.#named(node, scope) ?? this.#fail('CEL_UNDECLARED', `undeclared reference to '${node.name}'`, node.at);
  }

  /** A local, variable or type by its whole name; undefined when there is none. */
  #named(node: Expression, scope: Scope): Code | undefined {
    const qualified = qualifiedName(node);
    if (qualified === undefined) return undefined;
    const { name, root, isAbsolute } = qualified;
    const local = isAbsolute ? undefined : scope.local(root);
    if (local !== undefined) {
      if (name !== root) return undefined;
      this.emitter.charge(LOOKUP_COST);
      return local;
    }
    const declared = scope.variable(name, isAbsolute);
    if (declared !== undefined) return this.#variable(declared);
    const type = scope.candidates(name, isAbsolute).find((candidate) => TYPES.has(candidate));
    const value = type === undefined ? undefined : TYPES.get(type);
    return value === undefined ? undefined : { js: this.emitter.constant(value), kind: 'type' };
  }

  #variable(name: string): Code {
    const { emitter } = this;
    emitter.charge(LOOKUP_COST);
    return { js: emitter.binding(name, () => this.#binding(name)) };
  }

  #binding(name: string): string {
    if (isInherited(name)) return this.invoke(variable, 'B', quoted(name));
    this.emitter.settle();
    const js = this.emitter.keep(`B[${quoted(name)}]`);
    this.raiseIf(`${js} === undefined`, raise.raiseUnbound, quoted(name));
    return js;
  }

  #select(node: Select, scope: Scope): Code {
    const named = this.#named(node, scope);
    if (named !== undefined) return named;
    this.#checkField(node, scope);
    const operand = this.value(node.operand, scope);
    this.emitter.charge(LOOKUP_COST);
    if (node.isOptional) return { js: this.invoke(selection.optionalSelect, operand, quoted(node.field)) };
    const isVariable = node.operand.type === 'identifier' && scope.local(node.operand.name) === undefined;
    return { js: this.#field(operand, node.field, selection.select, isVariable) };
  }

  /**
   * Of objects from JSON the field is read right here, where V8 learns what they look like.
   *
   * @param mayBeComputed  variables are computed more often than what is in them
   */
  #field(operand: string, name: string, select: unknown, mayBeComputed = false): string {
    const { emitter } = this;
    const key = quoted(name);
    emitter.settle();
    const otherwise = `${emitter.constant(select)}(${operand}, ${key})`;
    if (isInherited(name)) return emitter.keep(otherwise);
    const found = emitter.name();
    emitter.line(`let ${found};`);
    emitter.line(`if (${operand} instanceof ${emitter.constant(JsonMap)}) {`);
    emitter.line(`${found} = ${operand}.object[${key}];`);
    const isOther = `typeof ${found} !== 'string' && typeof ${found} !== 'boolean'`;
    emitter.line(`if (${isOther} && (${found} = ${operand}.convert(${key}, ${found})) === undefined) ${otherwise};`);
    if (mayBeComputed) {
      emitter.line(`} else if (${operand} instanceof ${emitter.constant(ComputedMap)}) {`);
      emitter.line(`${found} = ${operand}.known[${key}];`);
      emitter.line(`if (${found} === undefined) ${found} = ${operand}.known[${key}] = ${operand}.compute(${key});`);
    }
    emitter.line(`} else ${found} = ${otherwise};`);
    return found;
  }

  #index(node: Index, scope: Scope): Code {
    const operand = this.value(node.operand, scope);
    const key = this.code(node.key, scope);
    this.emitter.charge(LOOKUP_COST);
    if (node.isOptional) return { js: this.invoke(selection.optionalIndex, operand, boxed(key)) };
    if (key.text !== undefined) return { js: this.#field(operand, key.text, selection.index) };
    return { js: this.invoke(selection.index, operand, boxed(key)) };
  }

  #checkField({ operand, field, at }: Select, scope: Scope): void {
    if (operand.type !== 'identifier' || scope.local(operand.name) !== undefined) return;
    const variable = scope.variable(operand.name, operand.isAbsolute);
    const fields = variable === undefined ? undefined : this.#declared.fields?.get(variable);
    if (fields?.has(field) === false) this.#report('CEL_UNDECLARED', `undefined field '${field}'`, at);
  }

  #has({ select: node }: Has, scope: Scope): Code {
    this.#checkField(node, scope);
    const operand = this.value(node.operand, scope);
    const { emitter } = this;
    emitter.settle();
    const key = quoted(node.field);
    const otherwise = `${emitter.constant(selection.hasField)}(${operand}, ${key})`;
    const own = `${operand} instanceof ${emitter.constant(JsonMap)} ? ${operand}.object[${key}] !== undefined : `;
    return { js: emitter.keep(isInherited(node.field) ? otherwise : own + otherwise), kind: 'bool' };
  }

  #conditional(node: Conditional, scope: Scope): Code {
    const condition = this.code(node.condition, scope);
    const { emitter } = this;
    const decided = boxed(condition);
    if (condition.kind !== 'bool') this.raiseIf(`typeof ${decided} !== 'boolean'`, raise.raiseNoCondition, decided);
    emitter.settle();
    const result = emitter.name();
    emitter.line(`let ${result};`);
    const branch = (open: string, part: Expression): string | undefined => {
      let kind: string | undefined;
      emitter.block(open, () => {
        const code = this.code(part, scope);
        kind = kindOfCode(code);
        emitter.line(`${result} = ${boxed(code)};`);
      });
      return kind;
    };
    const kind = branch(`if (${decided}) {`, node.then);
    return { js: result, kind: branch('else {', node.otherwise) === kind ? kind : undefined };
  }

  #list(node: ListLiteral, scope: Scope): Code {
    const { emitter } = this;
    const constants = node.elements.flatMap(({ value, isOptional }) =>
      value.type === 'literal' && !isOptional ? [value.value] : [],
    );
    // Values never change: one list is enough.
    if (constants.length === node.elements.length) {
      emitter.charge(LIST_COST);
      return { js: emitter.constant(constants), kind: 'list' };
    }
    const list = emitter.keep('[]');
    for (const { value, isOptional } of node.elements)
      this.#entry(value, isOptional, scope, (js) => `${list}.push(${js});`);
    emitter.charge(LIST_COST);
    return { js: list, kind: 'list' };
  }

  /** Writes what is done with an element or entry that is there. */
  #entry(value: Expression, isOptional: boolean, scope: Scope, add: (js: string) => string): void {
    const { emitter } = this;
    const js = this.value(value, scope);
    if (!isOptional) {
      emitter.line(add(js));
      return;
    }
    const present = this.invoke(raise.optionalOf, js);
    emitter.line(`if (${present} !== undefined) ${add(present)}`);
  }

  #map(node: MapLiteral, scope: Scope): Code {
    const { emitter } = this;
    const entries = emitter.keep('[]');
    for (const { key, value, isOptional } of node.entries) {
      const name = this.value(key, scope);
      this.#entry(value, isOptional, scope, (js) => `${entries}.push([${name}, ${js}]);`);
    }
    emitter.charge(MAP_COST);
    emitter.settle();
    return { js: emitter.keep(`new ${emitter.constant(EntryMap)}(${entries})`), kind: 'map' };
  }

  #message(node: MessageLiteral, scope: Scope): Code {
    const { emitter } = this;
    const { messages } = this.#declared;
    const name = scope.candidates(node.name, node.isAbsolute).find((candidate) => messages?.(candidate) !== undefined);
    const known = name === undefined ? undefined : messages?.(name);
    const write = (): string => {
      const entries = emitter.keep('[]');
      for (const field of node.fields) {
        if (known !== undefined && known !== 'any' && !known.has(field.name))
          this.#report('CEL_UNDECLARED', `undefined field '${field.name}'`, field.at);
        this.#entry(field.value, field.isOptional, scope, (js) => `${entries}.push([${quoted(field.name)}, ${js}]);`);
      }
      return entries;
    };
    if (name === undefined) {
      // Faults of the fields are told, too.
      emitter.discard(write);
      return this.#fail('CEL_UNDECLARED', `undeclared reference to '${node.name}'`, node.at);
    }
    const entries = write();
    emitter.charge(MESSAGE_COST);
    emitter.settle();
    return { js: emitter.keep(`new ${emitter.constant(CelMessage)}(${quoted(name)}, ${entries})`) };
  }

  #call(node: Call, scope: Scope): Code {
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

  #invocation(node: Call, found: CelFunction | undefined, args: readonly Expression[], scope: Scope): Code {
    const write = (): readonly Code[] => args.map((arg) => this.code(arg, scope));
    const kinds = args.map(staticKind);
    const fault = faultOfCall(node, found, kinds);
    if (found !== undefined && fault === undefined) return emitCall(this, found, write());
    // Faults of the arguments are told, too.
    this.emitter.discard(write);
    return this.#fail(found === undefined ? 'CEL_UNKNOWN_FUNCTION' : 'CEL_ARGUMENTS', fault ?? '', node.at);
  }
}

function faultOfCall(
  { name, args: { length } }: Call,
  found: CelFunction | undefined,
  kinds: readonly (string | undefined)[],
): string | undefined {
  if (found === undefined) return `unbound function: undeclared reference to '${name}'`;
  if (!found.takes(kinds.length)) return `no such overload: '${name}' with ${length} arguments`;
  if (mayTake(found, kinds)) return undefined;
  return `no such overload: '${name}' applied to (${kinds.map((kind) => kind ?? 'dyn').join(', ')})`;
}
