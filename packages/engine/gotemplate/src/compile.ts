import { type CompileContext, compileCommands, compilePipeline } from './compile-operand.ts';
import { plain, printed } from './format.ts';
import { type Branch, type Call, type Node, nodeText } from './node.ts';
import { type Definition, isEmpty } from './parser.ts';
import type { CompiledTemplate, State } from './runtime.ts';
import { Scope } from './scope.ts';
import { integerOf, isMap, isTrue, sortedKeys, type TemplateFunction, typeName, type Value } from './value.ts';

/** How a list of nodes ended: by its end, or leaving the loop around it. */
type Leave = 'break' | 'continue' | undefined;
type Run = (state: State, dot: Value) => Leave;

/** Makes closures of a definition, so that an execution looks at no node. */
export function compile(
  definition: Definition,
  functionOf: (name: string) => TemplateFunction | undefined,
): CompiledTemplate {
  const run = compileList({ scope: new Scope(), functionOf }, definition.nodes);
  const { name, source, nodes } = definition;
  return { name, source, isEmpty: isEmpty(nodes), run };
}

function compileList(context: CompileContext, nodes: readonly Node[]): Run {
  const runs = nodes.map((node) => compileNode(context, node));
  const [first, second, third] = runs;
  if (first === undefined) return () => undefined;
  if (second === undefined) return first;
  if (third === undefined) return (state, dot) => first(state, dot) ?? second(state, dot);
  return (state, dot) => {
    for (const run of runs) {
      const leave = run(state, dot);
      if (leave !== undefined) return leave;
    }
    return undefined;
  };
}

function compileNode(context: CompileContext, node: Node): Run {
  switch (node.type) {
    case 'text': {
      const { text } = node;
      return (state) => {
        state.mark(node);
        state.write(text);
        return undefined;
      };
    }
    case 'action':
      return compileAction(context, node);
    case 'if':
    case 'with':
      return compileCondition(context, node);
    case 'range':
      return compileRange(context, node);
    case 'template':
      return compileTemplate(context, node);
    default: {
      const { type } = node;
      return () => type;
    }
  }
}

function compileAction(context: CompileContext, node: Node & { readonly type: 'action' }): Run {
  const isSilent = node.pipeline.declares.length > 0;
  const value = compilePipeline(context, node.pipeline);
  return (state, dot) => {
    state.step();
    state.node = node;
    const result = value(state, dot);
    if (isSilent) return undefined;
    state.mark(node);
    if (typeof result === 'string') state.write(result);
    else {
      state.node = node;
      if (typeof result === 'function') state.fail(`can't print ${nodeText(node)} of type ${typeName(result)}`);
      state.write(printed(result));
    }
    return undefined;
  };
}

function compileCondition(context: CompileContext, node: Branch): Run {
  const { scope } = context;
  const isWith = node.type === 'with';
  const before = { mark: scope.mark(), dotOf: scope.dotOf };
  const condition = compilePipeline(context, node.pipeline);
  const mark = scope.mark();
  if (isWith) scope.dotOf = undefined;
  const body = compileList(context, node.body);
  scope.release(mark);
  scope.dotOf = before.dotOf;
  const otherwise = node.otherwise === undefined ? undefined : compileList(context, node.otherwise);
  scope.release(before.mark);
  return (state, dot) => {
    state.step();
    const value = condition(state, dot);
    if (isTrue(value)) return body(state, isWith ? value : dot);
    return otherwise === undefined ? undefined : otherwise(state, dot);
  };
}

function compileTemplate(context: CompileContext, node: Call): Run {
  const data = node.pipeline === undefined ? undefined : compilePipeline(context, node.pipeline);
  return (state, dot) => {
    state.step();
    state.node = node;
    state.mark(node);
    const template = state.templates.find(node.name);
    if (template === undefined) return state.fail(`template "${node.name}" not defined`);
    const { budget, variables, template: caller } = state;
    if (budget.depth >= budget.maxDepth) state.end(`exceeded maximum template depth (${budget.maxDepth})`);
    const value = data?.(state, dot);
    budget.depth++;
    state.variables = [value];
    state.template = template;
    template.run(state, value);
    state.variables = variables;
    state.template = caller;
    budget.depth--;
    return undefined;
  };
}

type SetVariables = (state: State, index: Value, element: Value) => void;

function compileRange(context: CompileContext, node: Branch): Run {
  const { scope } = context;
  const before = { mark: scope.mark(), dotOf: scope.dotOf };
  const { pipeline } = node;
  const subject = compileCommands(context, pipeline);
  const container = scope.declare('');
  const set = compileLoopVariables(context, node, container);
  const takesTwo = pipeline.declares.length > 1;
  const mark = scope.mark();
  scope.dotOf = container;
  const body = compileList(context, node.body);
  scope.release(mark);
  scope.dotOf = before.dotOf;
  const otherwise = node.otherwise === undefined ? undefined : compileList(context, node.otherwise);
  scope.release(before.mark);
  return (state, dot) => {
    state.step();
    state.node = node;
    const value = subject(state, dot);
    state.variables[container] = value;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        state.step();
        const item: Value = value[index] ?? null;
        if (takesTwo) set(state, BigInt(index), item);
        else set(state, undefined, item);
        if (body(state, item) === 'break') break;
      }
      if (value.length > 0) return undefined;
    } else if (isMap(value)) {
      const keys = sortedKeys(value);
      for (const key of keys) {
        state.step();
        const item = value[key] ?? null;
        set(state, key, item);
        if (body(state, item) === 'break') break;
      }
      if (keys.length > 0) return undefined;
    } else if (value !== undefined) {
      const count = integerOf(value);
      if (count === undefined) return state.fail(`range can't iterate over ${plain(value)}`);
      if (takesTwo) return state.fail(`can't use ${plain(value)} to iterate over more than one variable`);
      for (let index = 0n; index < count; index++) {
        state.step();
        set(state, undefined, index);
        if (body(state, index) === 'break') break;
      }
      if (count > 0n) return undefined;
    }
    otherwise?.(state, dot);
    return undefined;
  };
}

/** With one variable it is the element; with two the first is the index or key. */
function compileLoopVariables({ scope }: CompileContext, { pipeline }: Branch, container: number): SetVariables {
  const [first, second] = pipeline.declares;
  if (first === undefined) return () => undefined;
  const placeOf = (name: string) =>
    pipeline.assigns ? scope.find(name) : scope.declare(name, name === (second ?? first) ? container : undefined);
  const one = placeOf(first);
  const two = second === undefined ? undefined : placeOf(second);
  const put = (state: State, place: number | undefined, name: string, value: Value) => {
    if (place === undefined) state.fail(`undefined variable: ${name}`);
    state.variables[place] = value;
  };
  if (second === undefined) return (state, _index, element) => put(state, one, first, element);
  return (state, index, element) => {
    put(state, one, first, index);
    put(state, two, second, element);
  };
}
