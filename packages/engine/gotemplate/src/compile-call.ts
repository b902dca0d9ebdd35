import { type CompileContext, compileArgument, type Evaluate, type EvaluateCommand } from './compile-operand.ts';
import { MISSING } from './fields.ts';
import type { Signature, TemplateFunction } from './function.ts';
import { builtins } from './functions.ts';
import { type AnyNode, nodeText, type Operand } from './node.ts';
import type { State } from './runtime.ts';
import { elementType, isTrue, typeName, type Value } from './value.ts';

export interface Argument {
  readonly node: Operand;
  readonly evaluate: Evaluate;
}

/** `name args`, with what is piped as the last argument. */
export function compileCall(
  context: CompileContext,
  node: Operand & { readonly type: 'function' },
  command: AnyNode,
  words: readonly Operand[],
): EvaluateCommand {
  const { name } = node;
  const known = context.functionOf(name);
  if (known === undefined) {
    return (state) => {
      state.node = node;
      return state.fail(`"${name}" is not a defined function`);
    };
  }
  const args = words.map((word) => compileArgument(context, word));
  if (known === builtins[name] && (name === 'and' || name === 'or')) return compileLogic(node, name === 'or', args);
  const { signature } = known;
  if (signature === undefined)
    return invoke(
      known,
      name,
      node,
      command,
      args.map(({ evaluate }) => evaluate),
    );
  const checked = args.map((arg, index) => checkArgument(arg, parameterOf(signature, index)));
  const run = invoke(known, name, node, command, checked, signature);
  return (state, dot, piped) => {
    const count = args.length + (piped === MISSING ? 0 : 1);
    const wants = signature.parameters.length;
    if (signature.isVariadic ? count < wants - 1 : count !== wants) {
      state.node = node;
      const least = signature.isVariadic ? `at least ${wants - 1}` : `${wants}`;
      state.fail(`wrong number of args for ${name}: want ${least} got ${count}`);
    }
    return run(state, dot, piped);
  };
}

/** These stop at the first argument that decides, and look at no other. */
function compileLogic(node: AnyNode, decides: boolean, args: readonly Argument[]): EvaluateCommand {
  const values = args.map(({ evaluate }) => evaluate);
  const name = decides ? 'or' : 'and';
  return (state, dot, piped) => {
    state.node = node;
    if (values.length === 0 && piped === MISSING) state.fail(`wrong number of args for ${name}: want at least 1 got 0`);
    let value: Value;
    for (const evaluate of values) {
      value = evaluate(state, dot);
      if (isTrue(value) === decides) return value;
    }
    return piped === MISSING ? value : piped;
  };
}

function invoke(
  run: TemplateFunction,
  name: string,
  node: AnyNode,
  command: AnyNode,
  args: readonly Evaluate[],
  signature?: Signature,
): EvaluateCommand {
  const [a, b] = args;
  const finalType = signature === undefined ? undefined : parameterOf(signature, args.length);
  const evaluate = (state: State, dot: Value, piped: Value): Value[] => {
    const values: Value[] = [];
    for (const arg of args) values.push(arg(state, dot));
    if (piped !== MISSING) values.push(finalType === undefined ? piped : assignable(state, piped, finalType));
    return values;
  };
  return (state, dot, piped) => {
    state.step();
    state.node = node;
    // The counts that occur most go without an array.
    if (piped === MISSING && args.length === 1 && a !== undefined) {
      const first = a(state, dot);
      try {
        return run(first);
      } catch (error) {
        throw failure(state, error, name, command);
      }
    }
    if (piped === MISSING && args.length === 2 && a !== undefined && b !== undefined) {
      const first = a(state, dot);
      const second = b(state, dot);
      try {
        return run(first, second);
      } catch (error) {
        throw failure(state, error, name, command);
      }
    }
    const values = evaluate(state, dot, piped);
    try {
      return run(...values);
    } catch (error) {
      throw failure(state, error, name, command);
    }
  };
}

function failure(state: State, error: unknown, name: string, command: AnyNode): unknown {
  // Limits, and a stack that is full, are no fault of the function.
  if (state.budget.ended === error || error instanceof RangeError) return error;
  state.node = command;
  return state.error(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
}

function parameterOf({ parameters, isVariadic }: Signature, index: number): string | undefined {
  if (isVariadic && index >= parameters.length - 1) return parameters.at(-1);
  return parameters[index];
}

const ANYTHING = new Set(['interface {}', 'reflect.Value', 'any']);
const INTEGERS = new Set(['int', 'int8', 'int16', 'int32', 'int64']);
const UNSIGNED = new Set(['uint', 'uint8', 'uint16', 'uint32', 'uint64']);
const FLOATS = new Set(['float32', 'float64']);

/** An argument as its parameter's type; literals are converted, everything else must be of that type. */
function checkArgument({ node, evaluate }: Argument, type: string | undefined): Evaluate {
  if (type === undefined || ANYTHING.has(type)) return evaluate;
  switch (node.type) {
    case 'nil':
      if (/^(\[\]|map|\*|func|interface)/.test(type)) return () => null;
      return refuse(node, `cannot assign nil to ${type}`);
    case 'string':
      return type === 'string' ? evaluate : refuse(node, mismatch(type, node));
    case 'bool':
      return type === 'bool' ? evaluate : refuse(node, mismatch(type, node));
    case 'number': {
      const { integer, float, isComplex } = node.number;
      if (INTEGERS.has(type) && integer !== undefined && !isComplex) return () => integer;
      if (UNSIGNED.has(type) && integer !== undefined && integer >= 0n) return () => integer;
      if (FLOATS.has(type) && float !== undefined) return () => float;
      return refuse(node, mismatch(type, node));
    }
    default:
      return (state, dot) => {
        state.node = node;
        return assignable(state, evaluate(state, dot), type);
      };
  }
}

function refuse(node: AnyNode, message: string): Evaluate {
  return (state) => {
    state.node = node;
    return state.fail(message);
  };
}

function mismatch(type: string, node: AnyNode): string {
  const found = nodeText(node);
  if (INTEGERS.has(type)) return `expected integer; found ${found}`;
  if (UNSIGNED.has(type)) return `expected unsigned integer; found ${found}`;
  if (FLOATS.has(type)) return `expected float; found ${found}`;
  if (type === 'string' || type === 'bool') return `expected ${type}; found ${found}`;
  return `can't handle ${found} for arg of type ${type}`;
}

function assignable(state: State, value: Value, type: string): Value {
  if (value === undefined) {
    if (ANYTHING.has(type) || /^(\[\]|map|\*|func|interface)/.test(type)) return null;
    return state.fail(`invalid value; expected ${type}`);
  }
  if (ANYTHING.has(type)) return value;
  if (value === null) return state.fail(`wrong type for value; expected ${type}; got interface {}`);
  const got = typeName(value);
  // A named map is as good as its form; a list of strings is none of interfaces.
  if (got === type || (underlying(value) === type && !got.startsWith('['))) return value;
  return state.fail(`wrong type for value; expected ${type}; got ${got}`);
}

function underlying(value: Value): string {
  const name = typeName(value);
  if (name.startsWith('map[') || typeof value !== 'object' || value === null) return name;
  return Object.getPrototypeOf(value) === Object.prototype ? `map[string]${elementType(value)}` : name;
}
