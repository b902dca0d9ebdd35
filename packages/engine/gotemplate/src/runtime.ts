import { type AnyNode, nodeText, type Position, positionOf, type Source } from './node.ts';
import type { OutputPlaces } from './output-places.ts';
import { quote } from './quote.ts';
import type { Value } from './value.ts';

/** A fault while a template runs; the message is Go's, `template: NAME:LINE:COL: executing ...`. */
export class TemplateExecutionError extends Error {
  readonly at: Position | undefined;
  /** Name of the text in which it stands. */
  readonly file: string | undefined;
  /** `cause` is what a function threw. */
  constructor(message: string, at?: Position, file?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.at = at;
    this.file = file;
  }
}

export interface ExecutionLimits {
  /** Characters of the answer. Default 1,048,576. */
  readonly maxOutput?: number;
  /** Actions, calls and turns of loops. Default 1,000,000. */
  readonly maxSteps?: number;
  /** Templates and functions that call templates, in each other. Default 1,000 (Go's is 100,000, with a larger stack). */
  readonly maxDepth?: number;
  /** Called every few thousand steps; what it throws ends the execution and comes out of it: for an AbortSignal or a clock. */
  readonly tick?: () => void;
}

const STEPS_PER_TICK = 4096;

/** What one execution, with all that functions execute within it, may still use. */
export class Budget {
  readonly maxOutput: number;
  readonly maxDepth: number;
  readonly #maxSteps: number;
  readonly #tick: (() => void) | undefined;
  #remaining: number;
  /** Steps up to the next look at the limits. */
  left: number;
  depth = 0;
  /** What ended it: no function may catch this. */
  ended: unknown;

  constructor({ maxOutput = 1024 * 1024, maxSteps = 1_000_000, maxDepth = 1000, tick }: ExecutionLimits) {
    this.maxOutput = maxOutput;
    this.maxDepth = maxDepth;
    this.#maxSteps = maxSteps;
    this.#tick = tick;
    this.left = Math.min(maxSteps, STEPS_PER_TICK);
    this.#remaining = maxSteps - this.left;
  }

  /** When `left` is used up. */
  refill(state: State): void {
    if (this.#remaining <= 0) state.end(`more than ${this.#maxSteps} steps`);
    this.left = Math.min(this.#remaining, STEPS_PER_TICK);
    this.#remaining -= this.left;
    try {
      this.#tick?.();
    } catch (error) {
      this.ended = error;
      throw error;
    }
  }
}

export type MissingKey = 'default' | 'zero' | 'error';

/** A template as it runs. */
export type Program = (state: State, dot: Value) => void;

export interface CompiledTemplate {
  readonly name: string;
  readonly source: Source;
  readonly isEmpty: boolean;
  readonly run: Program;
}

/** Finds the templates that `{{template}}` names. */
export interface Templates {
  find(name: string): CompiledTemplate | undefined;
  readonly missingKey: MissingKey;
}

/** One template while it runs: where it is, its variables, and what it has written. */
export class State {
  readonly templates: Templates;
  readonly budget: Budget;
  out = '';
  template: CompiledTemplate;
  variables: Value[];
  /** Where messages point at; set before anything that may fail. */
  node: AnyNode | undefined = undefined;
  /** The last fault that was found here, and not in a template that a function executes. */
  raised: TemplateExecutionError | undefined = undefined;

  /** Where the text comes from: kept for the template that a render begins with, and not for those that it calls. */
  readonly #places: OutputPlaces | undefined;
  readonly #first: CompiledTemplate;

  constructor(
    templates: Templates,
    budget: Budget,
    template: CompiledTemplate,
    data: Value,
    places: OutputPlaces | undefined,
  ) {
    this.templates = templates;
    this.budget = budget;
    this.template = template;
    this.variables = [data];
    this.#places = places;
    this.#first = template;
  }

  step(): void {
    if (--this.budget.left < 0) this.budget.refill(this);
  }

  /** Before anything that writes: what comes next comes from this node. */
  mark(node: AnyNode): void {
    if (this.#places !== undefined && this.template === this.#first) this.#places.add(this.out.length, node);
  }

  write(text: string): void {
    this.out += text;
    if (this.out.length > this.budget.maxOutput)
      this.end(`the answer is longer than ${this.budget.maxOutput} characters`);
  }

  fail(message: string): never {
    throw this.error(message);
  }

  /** Fails in a way that no function holds up: a limit. */
  end(message: string): never {
    const error = this.error(message);
    this.budget.ended = error;
    throw error;
  }

  error(message: string, cause?: unknown): TemplateExecutionError {
    this.raised = this.#describe(message, cause);
    return this.raised;
  }

  #describe(message: string, cause: unknown): TemplateExecutionError {
    const { name } = this.template;
    if (this.node === undefined)
      return new TemplateExecutionError(`template: ${name}: ${message}`, undefined, undefined, cause);
    const at = positionOf(this.node);
    const file = this.node.source.name;
    return new TemplateExecutionError(
      `template: ${file}:${at.line}:${at.column - 1}: executing ${quote(name)} at <${nodeText(this.node)}>: ${message}`,
      at,
      file,
      cause,
    );
  }
}

/** Templates that call each other through functions fill the stack before they reach the limit of the depth. */
export function isStackFull(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}
