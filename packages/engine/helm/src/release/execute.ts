import { createTemplateSet, type TemplateFunction, type TemplateSet, type Value } from '@sekisho/gotemplate';
import { ChartFault } from '../fault.ts';
import type { HelmLimits } from '../limits.ts';
import { errorText, parseErrorText, type TemplateFault } from './error-text.ts';
import { isPartial, type ScopedTemplate } from './scope.ts';

/** What a template gave. */
export interface RenderedTemplate {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

export interface ExecutionContext {
  readonly limits: HelmLimits;
  readonly signal?: AbortSignal | undefined;
  /** Functions besides `include` and `tpl`. */
  readonly functions: Readonly<Record<string, TemplateFunction>>;
}

/**
 * Executes all templates that are no partials; the result is ordered by name.
 *
 * @throws ChartFault TEMPLATE_INVALID | TEMPLATE_FAILED, with Helm's text
 */
export function executeTemplates(templates: readonly ScopedTemplate[], context: ExecutionContext): RenderedTemplate[] {
  const ordered = [...templates].sort(compareDepth);
  const execution = new Execution(ordered, context);
  const rendered: RenderedTemplate[] = [];
  let length = 0;
  for (const template of ordered) {
    if (isPartial(template.name)) continue;
    const text = execution.run(template);
    length += text.length;
    if (length > context.limits.maxOutput) {
      throw new ChartFault('RENDER_TOO_LARGE', `the templates give more than ${context.limits.maxOutput} characters`, {
        file: template.file,
      });
    }
    rendered.push({ name: template.name, file: template.file, text });
  }
  return rendered.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Deeper ones first, so that a chart's definitions replace those of its subcharts; then by name, backwards. */
function compareDepth(a: ScopedTemplate, b: ScopedTemplate): number {
  const difference = depthOf(b.name) - depthOf(a.name);
  return difference !== 0 ? difference : a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

function depthOf(path: string): number {
  let count = 0;
  for (const char of path) if (char === '/') count++;
  return count;
}

class Execution {
  readonly #set: TemplateSet;
  readonly #limits: HelmLimits;
  readonly #files = new Map<string, string>();
  /** The set that `tpl` and `include` use now: `tpl` may define templates of its own. */
  #current: TemplateSet;
  #depth = 0;
  #failure: string | undefined;
  #cause: TemplateFault | undefined;

  constructor(templates: readonly ScopedTemplate[], { limits, signal, functions }: ExecutionContext) {
    this.#limits = limits;
    this.#set = createTemplateSet({
      functions: {
        ...functions,
        include: (name, data) => this.#include(name, data),
        tpl: (text, data) => this.#tpl(text, data),
        fail: this.#watched(functions.fail),
        required: this.#watched(functions.required),
      },
      missingKey: 'zero',
      maxOutput: limits.maxOutput,
      maxSteps: limits.maxSteps,
      tick: () => signal?.throwIfAborted(),
    });
    this.#current = this.#set;
    for (const { name, text, file } of templates) {
      this.#files.set(name, file);
      const [fault] = this.#set.add(name, text);
      if (fault === undefined) continue;
      const { line, column } = fault.origin ?? {};
      throw new ChartFault('TEMPLATE_INVALID', parseErrorText(fault.message), where(file, line, column));
    }
  }

  run({ name, scope, file }: ScopedTemplate): string {
    this.#current = this.#set;
    this.#depth = 0;
    this.#failure = undefined;
    this.#cause = undefined;
    const result = this.#set.render(name, scope);
    if ('text' in result) return result.text.replaceAll('<no value>', '');
    const [fault] = result.diagnostics;
    const message = fault?.message ?? 'template failed';
    // Where the fault is: in the innermost template of the chart that is known.
    let origin = where(file, fault?.origin?.line, fault?.origin?.column);
    for (
      let current: TemplateFault | undefined = { message, cause: this.#causeOf(message) };
      current !== undefined;
      current = current.cause
    ) {
      const place = /^template: (\S+?):(\d+):(\d+): executing/.exec(current.message);
      const known = place?.[1] === undefined ? undefined : this.#files.get(place[1]);
      if (known !== undefined) origin = where(known, Number(place?.[2]), Number(place?.[3]) + 1);
    }
    throw new ChartFault(
      'TEMPLATE_FAILED',
      errorText({ message, cause: this.#causeOf(message) }, this.#failure),
      origin,
    );
  }

  /** What was remembered of an inner template, if the message tells of that one. */
  #causeOf(message: string): TemplateFault | undefined {
    return this.#cause !== undefined && message.endsWith(this.#cause.message) && message !== this.#cause.message
      ? this.#cause
      : undefined;
  }

  /** `fail` and `required` end everything with their own text. */
  #watched(run: TemplateFunction | undefined): TemplateFunction {
    const watched: TemplateFunction = (...args) => {
      if (run === undefined) throw new Error('there is no such function');
      try {
        return run(...args);
      } catch (error) {
        this.#failure = error instanceof Error ? error.message : String(error);
        throw error;
      }
    };
    return run?.signature === undefined ? watched : Object.assign(watched, { signature: run.signature });
  }

  #include(name: Value, data: Value): string {
    if (typeof name !== 'string') throw new Error(`wrong type for value; expected string; got ${typeof name}`);
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

  #tpl(text: Value, data: Value): string {
    if (typeof text !== 'string') throw new Error(`wrong type for value; expected string; got ${typeof text}`);
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
      return inner.execute('gotpl', data).replaceAll('<no value>', '');
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

function where(
  file: string,
  line: number | undefined,
  column: number | undefined,
): { file: string; line?: number; column?: number } {
  return { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
