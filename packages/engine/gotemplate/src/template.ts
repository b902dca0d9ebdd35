import { createLru, type Diagnostic } from '@sekisho/base';
import { compile } from './compile.ts';
import { builtins } from './functions.ts';
import type { Position } from './node.ts';
import type { OutputPlaces } from './output-places.ts';
import { type Definition, isEmpty, parse, TemplateSyntaxError } from './parser.ts';
import {
  Budget,
  type CompiledTemplate,
  type ExecutionLimits,
  isStackFull,
  type MissingKey,
  State,
  TemplateExecutionError,
  type Templates,
} from './runtime.ts';
import type { TemplateFunction, Value } from './value.ts';
import { withWholeNumbers } from './whole-numbers.ts';

export interface TemplateOptions extends ExecutionLimits {
  /** Functions besides Go's own; theirs win over Go's. */
  readonly functions?: Readonly<Record<string, TemplateFunction>>;
  /**
   * What a key that a map lacks gives. `default`: no value, and so does everything below it; `zero` (Helm): a nil, of which
   * nothing may be asked; `error`: the end. Both of the first print as `<no value>`.
   */
  readonly missingKey?: MissingKey;
  /** What whole numbers of a render's data are. `int64`: as in objects that come from Kubernetes. Default float64, as in JSON. */
  readonly wholeNumbers?: 'float64' | 'int64';
}

export type Rendering = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/** Of one render. */
export interface RenderOptions {
  /** Default: those of the set. */
  readonly limits?: ExecutionLimits;
  /** Gets to know where the output comes from. */
  readonly places?: OutputPlaces;
}

/** A set of templates that may use each other. */
export interface TemplateSet {
  /** Parses `text` and everything that it defines; a name that is there already is replaced. Code TEMPLATE_INVALID. */
  add(name: string, text: string): readonly Diagnostic[];
  has(name: string): boolean;
  /** Code TEMPLATE_FAILED, also for what takes too many steps or gives too much. What `tick` throws is thrown. */
  render(name: string, data: Value, options?: RenderOptions): Rendering;
  /**
   * For functions that execute templates, as `include` does: within a `render` it shares its limits.
   *
   * @throws TemplateExecutionError
   */
  execute(name: string, data: Value): string;
  /** A set that begins with these templates; what is added to it is not added here. Both share limits and memory of texts. */
  fork(): TemplateSet;
}

/** Characters of the texts that are kept parsed: `tpl` has the same ones again and again, and so have charts. */
const MAX_KEPT_LENGTH = 8 * 1024 * 1024;
/** What a text costs besides its characters. */
const TEXT_OVERHEAD = 500;

/**
 * Go's text/template.
 *
 * Texts are parsed when they are added and compiled to closures when they are first used; rendering again costs neither. Of
 * functions that need what differs from render to render (`include`, `lookup`), make closures that read it from a variable
 * of yours: a render is synchronous.
 *
 * @see the documentation of Go's package text/template
 */
export function createTemplateSet(options: TemplateOptions = {}): TemplateSet {
  return new ForkableSet(new Shared(options), new Map());
}

/** What a set has in common with its forks. */
class Shared {
  readonly options: TemplateOptions;
  readonly missingKey: MissingKey;
  readonly #kept = createLru<string, ParsedText>({ maxWeight: MAX_KEPT_LENGTH, weigh: ({ weight }) => weight });
  /** Of the render that runs. */
  budget: Budget | undefined;

  constructor(options: TemplateOptions) {
    this.options = options;
    this.missingKey = options.missingKey ?? 'default';
  }

  functionOf = (name: string): TemplateFunction | undefined => {
    const { functions = {} } = this.options;
    if (Object.hasOwn(functions, name)) return functions[name];
    return Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  };

  /** @throws TemplateSyntaxError */
  parse(name: string, text: string): readonly Entry[] {
    const key = `${name}\0${text}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known.entries;
    const isFunction = (word: string) => this.functionOf(word) !== undefined;
    const entries = parse(name, text, isFunction).map((definition) => new Entry(definition, this.functionOf));
    this.#kept.set(key, { entries, weight: key.length + TEXT_OVERHEAD });
    return entries;
  }
}

interface ParsedText {
  readonly entries: readonly Entry[];
  readonly weight: number;
}

/** A definition, compiled when it is used. */
class Entry {
  readonly name: string;
  readonly isEmpty: boolean;
  readonly #definition: Definition;
  readonly #functionOf: (name: string) => TemplateFunction | undefined;
  #compiled: CompiledTemplate | undefined;

  constructor(definition: Definition, functionOf: (name: string) => TemplateFunction | undefined) {
    this.name = definition.name;
    this.isEmpty = isEmpty(definition.nodes);
    this.#definition = definition;
    this.#functionOf = functionOf;
  }

  get compiled(): CompiledTemplate {
    this.#compiled ??= compile(this.#definition, this.#functionOf);
    return this.#compiled;
  }
}

class ForkableSet implements TemplateSet, Templates {
  readonly missingKey: MissingKey;
  readonly #shared: Shared;
  readonly #entries: Map<string, Entry>;

  constructor(shared: Shared, entries: Map<string, Entry>) {
    this.#shared = shared;
    this.missingKey = shared.missingKey;
    this.#entries = entries;
  }

  add(name: string, text: string): readonly Diagnostic[] {
    try {
      for (const entry of this.#shared.parse(name, text)) {
        // Nothing but space does not replace what is there.
        if (!entry.isEmpty || !this.#entries.has(entry.name)) this.#entries.set(entry.name, entry);
      }
      return [];
    } catch (error) {
      if (!(error instanceof TemplateSyntaxError)) throw error;
      const { message, position } = error;
      return [fault('TEMPLATE_INVALID', name, message, position)];
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  find(name: string): CompiledTemplate | undefined {
    return this.#entries.get(name)?.compiled;
  }

  fork(): TemplateSet {
    return new ForkableSet(this.#shared, new Map(this.#entries));
  }

  render(name: string, data: Value, { limits = this.#shared.options, places }: RenderOptions = {}): Rendering {
    try {
      const { wholeNumbers } = this.#shared.options;
      return { text: this.#run(name, wholeNumbers === 'int64' ? withWholeNumbers(data) : data, limits, places) };
    } catch (error) {
      if (!(error instanceof TemplateExecutionError)) throw error;
      return { diagnostics: [fault('TEMPLATE_FAILED', error.file ?? name, error.message, error.at)] };
    }
  }

  execute(name: string, data: Value): string {
    return this.#run(name, data, this.#shared.options);
  }

  #run(name: string, data: Value, limits: ExecutionLimits, places?: OutputPlaces): string {
    const template = this.find(name);
    if (template === undefined)
      throw new TemplateExecutionError(`template: no template "${name}" associated with template "${name}"`);
    const outer = this.#shared.budget;
    const budget = outer ?? new Budget(limits);
    const { depth } = budget;
    this.#shared.budget = budget;
    const state = new State(this, budget, template, data ?? undefined, places);
    try {
      if (depth >= budget.maxDepth) state.end(`exceeded maximum template depth (${budget.maxDepth})`);
      budget.depth = depth + 1;
      template.run(state, data ?? undefined);
      return state.out;
    } catch (error) {
      if (outer === undefined && isStackFull(error)) state.end(`exceeded maximum template depth (${budget.maxDepth})`);
      throw error;
    } finally {
      budget.depth = depth;
      this.#shared.budget = outer;
    }
  }
}

function fault(code: string, name: string, message: string, at?: Position): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    origin: { file: `template ${name}`, ...(at === undefined ? {} : { line: at.line, column: at.column }) },
  };
}
