import { MISSING } from './fields.ts';
import { ANYTHING, assignable, checkCount, goFunction, mayBeNil, parameterOf } from './function.ts';
import { builtins } from './functions.ts';
import { type AnyNode, nodeText, type Operand } from './node.ts';
import { isStackFull, type State } from './runtime.ts';
import { isTrue, type Signature, type TemplateFunction, typeName, type Value } from './value.ts';

export type Evaluate = (state: State, dot: Value) => Value;
/** With what was piped to it, or MISSING. */
export type EvaluateCommand = (state: State, dot: Value, piped: Value) => Value;

export interface Argument {
  readonly node: Operand;
  readonly evaluate: Evaluate;
}

/** `name args`, with what is piped as the last argument. */
export function compileCall(
  found: TemplateFunction | undefined,
  node: Operand & { readonly type: 'function' },
  command: AnyNode,
  args: readonly Argument[],
): EvaluateCommand {
  const { name } = node;
  const known = found === builtins.call ? callOf(args[0]) : found;
  if (known === undefined) {
    return (state) => {
      state.node = node;
      return state.fail(`"${name}" is not a defined function`);
    };
  }
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
    state.node = node;
    checkCount(state, name, signature, args.length + (piped === MISSING ? 0 : 1));
    return run(state, dot, piped);
  };
}

/** `call`, with the text of what is called, for messages. */
function callOf(called: Argument | undefined): TemplateFunction {
  const run = (value: Value, ...args: Value[]) => {
    if (typeof value === 'function') return (value as TemplateFunction)(...args);
    if (value === undefined || value === null) throw new Error('call of nil');
    const type = typeName(value);
    const text = called !== undefined ? nodeText(called.node) : typeof value === 'string' ? value : `<${type} Value>`;
    throw new Error(`non-function ${text} of type ${type}`);
  };
  return goFunction(['reflect.Value', '...reflect.Value'], run);
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
  const fit = (state: State, piped: Value) => (finalType === undefined ? piped : assignable(state, piped, finalType));
  // The counts that occur most go without an array.
  const call = (state: State, dot: Value, piped: Value): Value => {
    if (piped === MISSING) {
      if (args.length === 1 && a !== undefined) return run(a(state, dot));
      if (args.length === 2 && a !== undefined && b !== undefined) return run(a(state, dot), b(state, dot));
    } else if (args.length === 0) return run(fit(state, piped));
    else if (args.length === 1 && a !== undefined) return run(a(state, dot), fit(state, piped));
    const values: Value[] = [];
    for (const arg of args) values.push(arg(state, dot));
    if (piped !== MISSING) values.push(fit(state, piped));
    return run(...values);
  };
  return (state, dot, piped) => {
    state.step();
    state.node = node;
    try {
      const result = call(state, dot, piped);
      // `print $x $x` in a loop doubles a text that is never written.
      if (typeof result === 'string' && result.length > state.budget.maxOutput) state.write(result);
      return result;
    } catch (error) {
      // What this template found wrong with an argument is no fault of the function; neither are limits.
      if (error === state.raised || error === state.budget.ended || isStackFull(error)) throw error;
      state.node = command;
      throw state.error(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  };
}

const INTEGERS = new Set(['int', 'int8', 'int16', 'int32', 'int64']);
const UNSIGNED = new Set(['uint', 'uint8', 'uint16', 'uint32', 'uint64']);
const FLOATS = new Set(['float32', 'float64']);

/** An argument as its parameter's type; literals are converted, everything else must be of that type. */
export function checkArgument({ node, evaluate }: Argument, type: string | undefined): Evaluate {
  // To the functions that look at values themselves a nil that is written is no value.
  if (type === 'reflect.Value' && node.type === 'nil') return constant(node, undefined);
  if (type === undefined || ANYTHING.has(type)) return evaluate;
  switch (node.type) {
    case 'nil':
      if (mayBeNil(type)) return () => null;
      return refuse(node, `cannot assign nil to ${type}`);
    case 'string':
      return type === 'string' ? evaluate : refuse(node, mismatch(type, node));
    case 'bool':
      return type === 'bool' ? evaluate : refuse(node, mismatch(type, node));
    case 'number': {
      const { integer, float, isComplex } = node.number;
      if (INTEGERS.has(type) && integer !== undefined && !isComplex) return constant(node, integer);
      if (UNSIGNED.has(type) && integer !== undefined && integer >= 0n) return constant(node, integer);
      if (FLOATS.has(type) && float !== undefined) return constant(node, float);
      return refuse(node, mismatch(type, node));
    }
    default:
      return (state, dot) => {
        state.node = node;
        return assignable(state, evaluate(state, dot), type);
      };
  }
}

function constant(node: AnyNode, value: Value): Evaluate {
  return (state) => {
    state.node = node;
    return value;
  };
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
