import {
  createTemplateSet,
  goFunction,
  OutputPlaces,
  type TemplateFunction,
  type TemplateSet,
  typed,
  type Value,
} from '@sekisho/gotemplate';
import { ChartFault } from '../fault.ts';
import { createFunctions } from '../functions/index.ts';
import type { HelmLimits } from '../limits.ts';
import { errorText, type TemplateFault } from './error-text.ts';
import type { Scope } from './scope.ts';
import type { ChartTemplate, TemplateTree } from './template-tree.ts';

/** What a template gave. */
export interface RenderedTemplate {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** Line and column in the template that a place of the text comes from, both from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number } | undefined;
}

export interface ExecutionContext {
  readonly limits: HelmLimits;
  readonly signal?: AbortSignal | undefined;
  /** Scopes of the charts, by path among the templates. */
  readonly scopes: ReadonlyMap<string, Scope>;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  readonly random: (count: number) => Uint8Array;
  readonly lookup: TemplateFunction;
}

/** The execution that runs, which the functions of all sets ask: renders are synchronous. */
let running: Execution | undefined;

function current(): Execution {
  if (running === undefined) throw new Error('templates of charts run within a render only');
  return running;
}

let shared: TemplateSet | undefined;

/** The set that those of all charts stand on: functions and parsed texts are there once. */
export function emptySet(): TemplateSet {
  shared ??= createTemplateSet({ functions: chartFunctions(), missingKey: 'zero' });
  return shared;
}

function chartFunctions(): Record<string, TemplateFunction> {
  const functions = createFunctions({
    now: () => current().context.now,
    random: (count) => current().context.random(count),
    beforeKey: () => current().beforeKey(),
    lookup: (...args) => current().context.lookup(...args),
    include: goFunction(['string', 'interface {}'], (name: string, data: Value) => current().include(name, data)),
    tpl: goFunction(['string', 'interface {}'], (text: string, data: Value) => current().tpl(text, data)),
  });
  for (const name of ['fail', 'required']) functions[name] = watched(functions[name]);
  return functions;
}

/** `fail` and `required` end everything with their own text. */
function watched(run: TemplateFunction | undefined): TemplateFunction {
  const watching: TemplateFunction = (...args) => {
    if (run === undefined) throw new Error('there is no such function');
    try {
      return run(...args);
    } catch (error) {
      current().failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  };
  return run?.signature === undefined ? watching : Object.assign(watching, { signature: run.signature });
}

/**
 * Executes all templates that are no partials; the result is ordered by name.
 *
 * @throws ChartFault TEMPLATE_FAILED | RENDER_TOO_LARGE, with Helm's text
 */
export function executeTemplates(tree: TemplateTree, context: ExecutionContext): RenderedTemplate[] {
  const rendered: RenderedTemplate[] = [];
  let length = 0;
  const outer = running;
  try {
    running = new Execution(tree, context);
    for (const template of tree.templates) {
      if (template.isPartial) continue;
      const output = running.run(template);
      length += output.text.length;
      if (length > context.limits.maxOutput) {
        throw new ChartFault(
          'RENDER_TOO_LARGE',
          `the templates give more than ${context.limits.maxOutput} characters`,
          {
            file: template.file,
          },
        );
      }
      rendered.push(output);
    }
  } finally {
    running = outer;
  }
  return rendered.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** What Go prints for a nil, which Helm takes out. */
const NO_VALUE = '<no value>';

/** Private keys of one render. */
const MAX_KEYS = 20;

class Execution {
  readonly context: ExecutionContext;
  /** What `fail` or `required` said. */
  failure: string | undefined;
  readonly #tree: TemplateTree;
  readonly #limits: HelmLimits;
  /** The set that `tpl` and `include` use now: `tpl` may define templates of its own. */
  #current: TemplateSet;
  #depth = 0;
  #keys = 0;
  #cause: TemplateFault | undefined;

  constructor(tree: TemplateTree, context: ExecutionContext) {
    this.#tree = tree;
    this.context = context;
    this.#limits = context.limits;
    this.#current = tree.set;
  }

  run({ name, file, chart }: ChartTemplate): RenderedTemplate {
    const { scopes, signal } = this.context;
    const { maxOutput, maxSteps } = this.#limits;
    this.#current = this.#tree.set;
    this.#depth = 0;
    this.failure = undefined;
    this.#cause = undefined;
    const scope = scopes.get(chart) ?? {};
    scope.Template = typed({ Name: name, BasePath: `${chart}/templates` }, 'common.Values');
    const places = new OutputPlaces();
    const limits = { maxOutput, maxSteps, tick: () => signal?.throwIfAborted() };
    const result = this.#tree.set.render(name, scope, { limits, places });
    if ('text' in result) return outputOf({ name, file, text: result.text, places });
    const [fault] = result.diagnostics;
    const message = fault?.message ?? 'template failed';
    // Where the fault is: in the innermost template of the chart that is known.
    let origin = where(file, fault?.origin?.line, fault?.origin?.column);
    for (
      let inner: TemplateFault | undefined = { message, cause: this.#causeOf(message) };
      inner !== undefined;
      inner = inner.cause
    ) {
      const place = /^template: (\S+?):(\d+):(\d+): executing/.exec(inner.message);
      const known = place?.[1] === undefined ? undefined : this.#tree.fileOf.get(place[1]);
      if (known !== undefined) origin = where(known, Number(place?.[2]), Number(place?.[3]) + 1);
    }
    throw new ChartFault(
      'TEMPLATE_FAILED',
      errorText({ message, cause: this.#causeOf(message) }, this.failure),
      origin,
    );
  }

  /** Keys take so long that they are counted: a loop of them would never end. */
  beforeKey(): void {
    if (++this.#keys > MAX_KEYS) throw new Error(`more than ${MAX_KEYS} private keys in a render`);
  }

  /** What was remembered of an inner template, if the message tells of that one. */
  #causeOf(message: string): TemplateFault | undefined {
    return this.#cause !== undefined && message.endsWith(this.#cause.message) && message !== this.#cause.message
      ? this.#cause
      : undefined;
  }

  include(name: string, data: Value): string {
    if (this.#depth >= this.#limits.maxIncludeDepth) {
      throw new Error(`rendering template has a nested reference name: ${name}: unable to execute template`);
    }
    if (!this.#current.has(name))
      throw this.#caused(`template: no template ${JSON.stringify(name)} associated with template "gotpl"`);
    this.#depth++;
    try {
      return this.#current.execute(name, data);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('template: ')) throw this.#caused(error.message, error);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  tpl(text: string, data: Value): string {
    if (!text.includes('{{')) return text;
    if (this.#depth >= this.#limits.maxIncludeDepth) {
      throw new Error(`rendering template has a nested reference name: gotpl: unable to execute template`);
    }
    const outer = this.#current;
    const inner = outer.fork();
    const [fault] = inner.add('gotpl', text);
    if (fault !== undefined) throw new Error(`cannot parse template ${JSON.stringify(text)}: ${fault.message}`);
    this.#current = inner;
    this.#depth++;
    try {
      return inner.execute('gotpl', data).replaceAll(NO_VALUE, '');
    } catch (error) {
      // Helm shows what happened inside of `tpl` as one text, without frames.
      this.#cause = undefined;
      if (!(error instanceof Error) || !error.message.startsWith('template: ')) throw error;
      throw new Error(`error during tpl function execution for ${JSON.stringify(text)}: ${error.message}`, {
        cause: error,
      });
    } finally {
      this.#current = outer;
      this.#depth--;
    }
  }

  #caused(message: string, error?: Error): Error {
    this.#cause = { message, cause: this.#causeOf(message) };
    return error ?? new Error(message);
  }
}

function outputOf(output: { name: string; file: string; text: string; places: OutputPlaces }): RenderedTemplate {
  const { name, file, text, places } = output;
  if (!text.includes(NO_VALUE)) return { name, file, text, placeOf: (offset) => places.at(offset) };
  const placeOf = (offset: number) => {
    let at = offset;
    for (
      let cut = text.indexOf(NO_VALUE);
      cut !== -1 && cut <= at;
      cut = text.indexOf(NO_VALUE, cut + NO_VALUE.length)
    ) {
      at += NO_VALUE.length;
    }
    return places.at(at);
  };
  return { name, file, text: text.replaceAll(NO_VALUE, ''), placeOf };
}

function where(
  file: string,
  line: number | undefined,
  column: number | undefined,
): { file: string; line?: number; column?: number } {
  return { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
