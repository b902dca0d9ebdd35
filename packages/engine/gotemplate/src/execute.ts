import { printed } from './format.ts';
import { builtins, type TemplateFunction } from './functions.ts';
import type { Command, Expression, Node, Pipeline, Position } from './node.ts';
import { isMap, isTrue, sortedKeys, typeName, type Value } from './value.ts';

/** A fault while a template runs. */
export class TemplateExecutionError extends Error {
  readonly at: Position | undefined;
  constructor(message: string, at?: Position) {
    super(message);
    this.at = at;
  }
}

export interface ExecutionLimits {
  /** Characters of the answer. Default 1,048,576. */
  readonly maxOutput?: number;
  /** Actions and calls. Default 1,000,000. */
  readonly maxSteps?: number;
}

export interface Execution extends ExecutionLimits {
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** `error`: a key that a map lacks ends the execution. Default: it is nothing, printed as `<no value>`. */
  readonly missingKey?: 'default' | 'zero' | 'error';
}

/** Templates that call templates: Go allows 100,000, and has a larger stack. */
const MAX_DEPTH = 500;
/** Leave a range. */
type Leave = 'break' | 'continue' | undefined;

/** @throws TemplateExecutionError */
export function execute(nodes: readonly Node[], data: Value, execution: Execution): string {
  return new Executor(execution).run(nodes, data);
}

interface Variable {
  readonly name: string;
  value: Value;
}

class Executor {
  readonly #execution: Execution;
  readonly #maxOutput: number;
  readonly #maxSteps: number;
  readonly #parts: string[] = [];
  #variables: Variable[] = [];
  #length = 0;
  #steps = 0;
  #depth = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#maxOutput = execution.maxOutput ?? 1024 * 1024;
    this.#maxSteps = execution.maxSteps ?? 1_000_000;
  }

  run(nodes: readonly Node[], data: Value): string {
    this.#template(nodes, data);
    return this.#parts.join('');
  }

  #template(nodes: readonly Node[], data: Value, at?: Position): void {
    if (++this.#depth > MAX_DEPTH) throw new TemplateExecutionError('templates call each other too deeply', at);
    const variables = this.#variables;
    this.#variables = [{ name: '$', value: data }];
    this.#list(nodes, data);
    this.#variables = variables;
    this.#depth--;
  }

  #list(nodes: readonly Node[], dot: Value): Leave {
    for (const node of nodes) {
      const leave = this.#node(node, dot);
      if (leave !== undefined) return leave;
    }
    return undefined;
  }

  #node(node: Node, dot: Value): Leave {
    switch (node.type) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.declares.length === 0) this.#write(printed(value));
        return undefined;
      }
      case 'if':
      case 'with': {
        const mark = this.#variables.length;
        const value = this.#pipeline(node.pipeline, dot);
        const leave = isTrue(value)
          ? this.#list(node.body, node.type === 'with' ? value : dot)
          : this.#list(node.otherwise, dot);
        this.#variables.length = mark;
        return leave;
      }
      case 'range':
        this.#range(node, dot);
        return undefined;
      case 'template': {
        const nodes = this.#execution.definitions.get(node.name);
        if (nodes === undefined) throw new TemplateExecutionError(`template "${node.name}" not defined`, node.at);
        this.#template(nodes, node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot), node.at);
        return undefined;
      }
      default:
        return node.type;
    }
  }

  #range(node: Node & { type: 'range' }, dot: Value): void {
    const { pipeline, body, otherwise } = node;
    const outside = this.#variables.length;
    const value = this.#pipeline({ ...pipeline, declares: [] }, dot);
    const pairs = this.#pairs(value, pipeline.at);
    let any = false;
    for (const [key, item] of pairs) {
      any = true;
      this.#step(pipeline.at);
      const mark = this.#variables.length;
      const [first, second] = pipeline.declares;
      // With one variable it is the element; with two the first is the index or key.
      if (first !== undefined && second === undefined) this.#set(pipeline, first, item);
      if (first !== undefined && second !== undefined) {
        this.#set(pipeline, first, key);
        this.#set(pipeline, second, item);
      }
      const leave = this.#list(body, item);
      this.#variables.length = mark;
      if (leave === 'break') break;
    }
    if (!any) this.#list(otherwise, dot);
    this.#variables.length = outside;
  }

  *#pairs(value: Value, at: Position): Generator<readonly [Value, Value]> {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) for (const [index, item] of value.entries()) yield [BigInt(index), item];
    else if (isMap(value)) for (const key of sortedKeys(value)) yield [key, value[key]];
    else if (typeof value === 'bigint') for (let index = 0n; index < value; index++) yield [index, index];
    else throw new TemplateExecutionError(`range can't iterate over ${printed(value)}`, at);
  }

  #pipeline(pipeline: Pipeline, dot: Value): Value {
    let value: Value;
    for (const [index, command] of pipeline.commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    for (const name of pipeline.declares) this.#set(pipeline, name, value);
    return value;
  }

  #set({ assigns, at }: Pipeline, name: string, value: Value): void {
    if (!assigns) {
      this.#variables.push({ name, value });
      return;
    }
    const known = this.#variable(name);
    if (known === undefined) throw new TemplateExecutionError(`undefined variable: ${name}`, at);
    known.value = value;
  }

  #command({ words, at }: Command, dot: Value, piped: readonly Value[]): Value {
    this.#step(at);
    const [first, ...rest] = words;
    if (first === undefined) return undefined;
    if (first.type === 'function') return this.#call(first.name, rest, dot, piped, at);
    if (first.type === 'literal' && first.value === null) throw new TemplateExecutionError('nil is not a command', at);
    if (rest.length > 0 || piped.length > 0) {
      throw new TemplateExecutionError(`can't give argument to non-function ${describe(first)}`, at);
    }
    return this.#value(first, dot);
  }

  #call(name: string, args: readonly Expression[], dot: Value, piped: readonly Value[], at: Position): Value {
    // These stop at the first argument that decides, and look at no other.
    if (name === 'and' || name === 'or') {
      let value: Value;
      for (const arg of args) {
        value = this.#value(arg, dot);
        if (isTrue(value) === (name === 'or')) return value;
      }
      if (args.length + piped.length === 0) throw new TemplateExecutionError(`wrong number of args for ${name}`, at);
      return piped.length > 0 ? piped[0] : value;
    }
    const { functions } = this.#execution;
    const known = Object.hasOwn(functions, name) ? functions[name] : builtins[name];
    if (known === undefined) throw new TemplateExecutionError(`"${name}" is not a defined function`, at);
    const values = [...args.map((arg) => this.#value(arg, dot)), ...piped];
    try {
      return known(...values);
    } catch (error) {
      if (error instanceof TemplateExecutionError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new TemplateExecutionError(`error calling ${name}: ${message}`, at);
    }
  }

  #value(expression: Expression, dot: Value): Value {
    switch (expression.type) {
      case 'literal':
        return expression.value;
      case 'dot':
        return dot;
      case 'field':
        return this.#fields(dot, expression.path, expression.at);
      case 'variable':
        return this.#fields(this.#variable(expression.name)?.value, expression.path, expression.at);
      case 'chain':
        return this.#fields(this.#value(expression.of, dot), expression.path, expression.at);
      case 'function':
        return this.#call(expression.name, [], dot, [], expression.at);
      case 'pipeline':
        return this.#pipeline(expression.pipeline, dot);
    }
  }

  #fields(from: Value, path: readonly string[], at: Position): Value {
    let value = from;
    for (const name of path) {
      // As in Go: what is under something that is not there is not there either.
      if (value === null || value === undefined) return undefined;
      if (!isMap(value))
        throw new TemplateExecutionError(`can't evaluate field ${name} in type ${typeName(value)}`, at);
      if (Object.hasOwn(value, name)) value = value[name];
      else if (this.#execution.missingKey === 'error') {
        throw new TemplateExecutionError(`map has no entry for key "${name}"`, at);
      } else value = undefined;
    }
    return value;
  }

  #variable(name: string): Variable | undefined {
    for (let index = this.#variables.length - 1; index >= 0; index--) {
      if (this.#variables[index]?.name === name) return this.#variables[index];
    }
    return undefined;
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#maxOutput)
      throw new TemplateExecutionError(`the answer is longer than ${this.#maxOutput} characters`);
    this.#parts.push(text);
  }

  #step(at: Position): void {
    if (++this.#steps > this.#maxSteps) throw new TemplateExecutionError(`more than ${this.#maxSteps} steps`, at);
  }
}

function describe(expression: Expression): string {
  switch (expression.type) {
    case 'field':
      return `.${expression.path.join('.')}`;
    case 'variable':
      return [expression.name, ...expression.path].join('.');
    case 'literal':
      return typeof expression.value === 'string'
        ? JSON.stringify(expression.value)
        : String(expression.value ?? 'nil');
    default:
      return expression.type;
  }
}
