import { type Argument, checkArgument, compileCall, type Evaluate, type EvaluateCommand } from './compile-call.ts';
import { type Arguments, fieldOf, isExported, MISSING } from './fields.ts';
import { assignable, checkCount, parameterOf } from './function.ts';
import { type AnyNode, type Command, type Constant, nodeText, type Operand, type Pipeline } from './node.ts';
import type { State } from './runtime.ts';
import type { Scope } from './scope.ts';
import type { TemplateFunction, Value } from './value.ts';

/** What stays the same in a text. */
export interface CompileContext {
  readonly scope: Scope;
  readonly functionOf: (name: string) => TemplateFunction | undefined;
}

/** The value of a pipeline; a nil interface becomes no value at all. Declared variables are set. */
export function compilePipeline(context: CompileContext, pipeline: Pipeline): Evaluate {
  const value = compileCommands(context, pipeline);
  const [name] = pipeline.declares;
  if (name === undefined) return value;
  // A range declares its own.
  const place = pipeline.assigns ? context.scope.find(name) : context.scope.declare(name);
  if (place === undefined) {
    return (state, dot) => {
      value(state, dot);
      return state.fail(`undefined variable: ${name}`);
    };
  }
  return (state, dot) => {
    const result = value(state, dot);
    state.variables[place] = result;
    return result;
  };
}

/** A pipeline without its variables. */
export function compileCommands(context: CompileContext, pipeline: Pipeline): Evaluate {
  const commands = pipeline.commands.map((command) => compileCommand(context, command));
  const [first, second] = commands;
  if (first === undefined) return () => undefined;
  if (second === undefined) {
    return (state, dot) => {
      state.node = pipeline;
      return first(state, dot, MISSING) ?? undefined;
    };
  }
  const rest = commands.slice(1);
  return (state, dot) => {
    state.node = pipeline;
    let value = first(state, dot, MISSING) ?? undefined;
    for (const command of rest) value = command(state, dot, value) ?? undefined;
    return value;
  };
}

function compileCommand(context: CompileContext, command: Command): EvaluateCommand {
  const [first, ...rest] = command.words;
  if (first === undefined) return () => undefined;
  switch (first.type) {
    case 'function':
      return compileCall(
        context.functionOf(first.name),
        first,
        command,
        rest.map((word) => compileArgument(context, word)),
      );
    case 'field':
    case 'chain':
      return compileFields(context, first, rest);
    case 'variable':
      if (first.path.length > 0) return compileFields(context, first, rest);
      break;
    case 'nil':
      return refuseArguments(first, rest, (state) => pointed(state, first).fail('nil is not a command'));
  }
  return refuseArguments(first, rest, compileOperand(context, first));
}

/** Values that are no function take no arguments. */
function refuseArguments(first: Operand, rest: readonly Operand[], value: Evaluate): EvaluateCommand {
  const message = `can't give argument to non-function ${first.type === 'pipeline' ? `${nodeText(first)}` : nodeText(first)}`;
  const hasArguments = rest.length > 0;
  return (state, dot, piped) => {
    if (hasArguments || piped !== MISSING) {
      if (first.type !== 'pipeline') state.node = first;
      state.fail(message);
    }
    return value(state, dot);
  };
}

/** A field whose last name may be a method with arguments. */
function compileFields(
  context: CompileContext,
  node: Operand & { readonly type: 'field' | 'chain' | 'variable' },
  rest: readonly Operand[],
): EvaluateCommand {
  const evaluate = compilePath(context, node);
  const plain = compileOperand(context, node);
  const args = rest.map((word) => compileArgument(context, word));
  const hasArguments = args.length > 0;
  return (state, dot, piped) => {
    if (!hasArguments && piped === MISSING) return plain(state, dot);
    return evaluate(state, dot, (signature) => {
      const count = args.length + (piped === MISSING ? 0 : 1);
      if (signature !== undefined) checkCount(state, node.path.at(-1) ?? '', signature, count);
      const typeOf = (index: number) => (signature === undefined ? undefined : parameterOf(signature, index));
      const values = args.map((arg, index) => checkArgument(arg, typeOf(index))(state, dot));
      if (piped !== MISSING) values.push(assignable(state, piped, typeOf(args.length) ?? 'interface {}'));
      return values;
    });
  };
}

/** Any operand, as an argument or alone. */
export function compileOperand(context: CompileContext, node: Operand): Evaluate {
  switch (node.type) {
    case 'string':
    case 'bool': {
      const { value } = node;
      return (state) => {
        state.node = node;
        return value;
      };
    }
    case 'number':
      return compileNumber(node, node.number);
    case 'nil':
      return (state) => {
        state.node = node;
        return null;
      };
    case 'dot':
      return (state, dot) => {
        state.node = node;
        return dot;
      };
    case 'variable':
    case 'field':
    case 'chain': {
      if (node.type === 'field' && node.path.length === 1) return compileOneField(context, node, node.path[0] ?? '');
      const path = compilePath(context, node);
      return (state, dot) => path(state, dot, undefined);
    }
    case 'function': {
      const call = compileCall(context.functionOf(node.name), node, node, []);
      return (state, dot) => call(state, dot, MISSING);
    }
    case 'pipeline':
      return compilePipeline(context, node);
  }
}

/** An argument, with what of it is known before it runs. */
export function compileArgument(context: CompileContext, node: Operand): Argument {
  return { node, evaluate: compileOperand(context, node) };
}

function compileNumber(node: AnyNode, { integer, float, isComplex, prefersFloat }: Constant): Evaluate {
  if (isComplex) return (state) => pointed(state, node).fail('complex numbers are not supported');
  if (prefersFloat || integer === undefined) {
    return (state) => {
      state.node = node;
      return float;
    };
  }
  if (BigInt.asIntN(64, integer) !== integer) {
    return (state) => pointed(state, node).fail(`${nodeText(node)} overflows int`);
  }
  return (state) => {
    state.node = node;
    return integer;
  };
}

function pointed(state: State, node: AnyNode): State {
  state.node = node;
  return state;
}

/** `.name`: what charts are full of. */
function compileOneField(context: CompileContext, node: Operand, name: string): Evaluate {
  const { dotOf } = context.scope;
  const exported = isExported(name);
  return (state, dot) => {
    state.node = node;
    return fieldOf(state, dot, name, exported, undefined, dotOf !== undefined, containerOf(state, dotOf));
  };
}

type EvaluatePath = (state: State, dot: Value, args: Arguments | undefined) => Value;

function compilePath(
  context: CompileContext,
  node: Operand & { readonly type: 'field' | 'chain' | 'variable' },
): EvaluatePath {
  const [base, of] = compileBase(context, node);
  const { path } = node;
  const last = path.length - 1;
  const exported = path.map(isExported);
  return (state, dot, args) => {
    let value = base(state, dot);
    let receiver: Value;
    if (node.type !== 'chain') state.node = node;
    for (let index = 0; index <= last; index++) {
      const container: Value = index === 0 ? containerOf(state, of) : receiver;
      receiver = value;
      value = fieldOf(
        state,
        value,
        path[index] as string,
        exported[index] === true,
        index === last ? args : undefined,
        index > 0 || of !== undefined,
        container,
      );
    }
    return value;
  };
}

/** The list or map in that place. */
function containerOf(state: State, place: number | undefined): Value {
  return place === undefined ? undefined : state.variables[place];
}

/** What the first field is a field of, and the place of the list or map that it comes from, if it is an element. */
function compileBase(
  context: CompileContext,
  node: Operand & { readonly type: 'field' | 'chain' | 'variable' },
): [Evaluate, number | undefined] {
  if (node.type === 'field') return [(_state, dot) => dot, context.scope.dotOf];
  if (node.type === 'variable') {
    const place = context.scope.find(node.name);
    if (place === undefined)
      return [(state) => pointed(state, node).fail(`undefined variable: ${node.name}`), undefined];
    return [(state) => state.variables[place], context.scope.containerOf(place)];
  }
  if (node.of.type === 'nil') {
    return [(state) => pointed(state, node).fail(`indirection through explicit nil in ${nodeText(node)}`), undefined];
  }
  const of = compileOperand(context, node.of);
  return [
    (state, dot) => {
      state.node = node;
      return of(state, dot);
    },
    undefined,
  ];
}
