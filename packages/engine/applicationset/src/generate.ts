import type { Diagnostic } from '@sekisho/base';
import { renderApplication } from './application.ts';
import type { Generated, GeneratedEntry, GenerateFailure, GenerateLimits, GenerateOptions } from './generate-types.ts';
import { GeneratorError } from './generators/generator.ts';
import { createRepositories } from './generators/repositories.ts';
import { type RunContext, runGenerator } from './generators/run-generator.ts';
import { fillEmpty } from './params/combine.ts';
import type { GeneratorSources } from './sources.ts';
import type { ApplicationSet, Generator, Parameters } from './spec/application-set.ts';
import { createRenderer, RenderError } from './template/renderer.ts';

const DEFAULT_LIMITS: GenerateLimits = {
  maxParameterSets: 10_000,
  maxApplications: 10_000,
  maxPaths: 200_000,
  maxFileBytes: 1024 * 1024,
  maxBytes: 64 * 1024 * 1024,
  maxTemplateSteps: 50_000_000,
};

/** Applications and runs of generators between two looks at the other work of the process. */
const PER_TURN = 50;
/** One broken template breaks all Applications: more of the same helps nobody. */
const MAX_DIAGNOSTICS = 20;

/**
 * The Applications that a set means now. Codes: APPLICATIONSET_GENERATOR_FAILED, APPLICATIONSET_TEMPLATE_FAILED,
 * APPLICATIONSET_TOO_LARGE; messages name the place in the set, and the parameters' generator.
 *
 * A generator that fails does not keep the others from running; still, nothing may be applied then.
 *
 * @param options signal: what it aborts with is thrown
 */
export async function generateApplications(
  set: ApplicationSet,
  sources: GeneratorSources,
  options: GenerateOptions,
): Promise<Generated> {
  return new Generation(set, sources, options).run();
}

class Generation {
  readonly #set: ApplicationSet;
  readonly #options: GenerateOptions;
  readonly #context: RunContext;
  readonly #applications: GeneratedEntry[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  #failure: GenerateFailure | undefined;
  #turns = 0;

  constructor(set: ApplicationSet, sources: GeneratorSources, options: GenerateOptions) {
    const { signal, now, seed = '' } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const sourceOptions = signal === undefined ? {} : { signal };
    const { goTemplate, goTemplateOptions } = set.spec;
    this.#set = set;
    this.#options = options;
    this.#context = {
      set,
      sources,
      options: sourceOptions,
      giveWay: () => this.#giveWay(),
      limits,
      repositories: createRepositories(sources, sourceOptions, limits.maxPaths),
      renderer: createRenderer({
        goTemplate,
        goTemplateOptions,
        seed: JSON.stringify([seed, set.namespace, set.name]),
        now,
        signal,
        maxSteps: limits.maxTemplateSteps,
      }),
    };
  }

  async run(): Promise<Generated> {
    for (const generator of this.#set.spec.generators) await this.#generate(generator);
    const requeueAfterSeconds = requeueAfter(this.#set.spec.generators);
    return {
      applications: this.#applications,
      diagnostics: this.#diagnostics.slice(0, MAX_DIAGNOSTICS),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      repositories: this.#context.repositories.opened(),
      ...(requeueAfterSeconds === undefined ? {} : { requeueAfterSeconds }),
    };
  }

  async #generate(generator: Generator): Promise<void> {
    const template = fillEmpty(generator.template ?? {}, this.#set.spec.template);
    for (const params of await this.#paramsOf(generator)) {
      if (this.#applications.length >= this.#context.limits.maxApplications) {
        const message = `makes more than ${this.#context.limits.maxApplications} Applications`;
        this.#fail('ApplicationParamsGenerationError', 'APPLICATIONSET_TOO_LARGE', message, 'Split the set.');
        return;
      }
      await this.#giveWay();
      this.#render(generator, template, params);
    }
  }

  async #giveWay(): Promise<void> {
    if (++this.#turns % PER_TURN === 0) await this.#options.yield?.();
    this.#options.signal?.throwIfAborted();
  }

  async #paramsOf(generator: Generator): Promise<readonly Parameters[]> {
    try {
      return await runGenerator(generator, this.#context);
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      const message = `${error.path}: ${error.message}`;
      this.#fail('ApplicationParamsGenerationError', 'APPLICATIONSET_GENERATOR_FAILED', message, error.hint);
      return [];
    }
  }

  #render(generator: Generator, template: Parameters, params: Parameters): void {
    try {
      const application = renderApplication(this.#set, template, params, this.#context.renderer);
      this.#applications.push({ application, params, generator: generator.path });
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      const message = `${error.path.join('.')}: ${error.message} (with the parameters of ${generator.path})`;
      this.#fail('RenderTemplateParamsError', 'APPLICATIONSET_TEMPLATE_FAILED', message);
    }
  }

  #fail(failure: GenerateFailure, code: string, message: string, hint?: string): void {
    this.#failure ??= failure;
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) return;
    const { namespace, name } = this.#set;
    this.#diagnostics.push({
      code,
      severity: 'error',
      message,
      origin: { file: `applicationset ${namespace === '' ? name : `${namespace}/${name}`}` },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The shortest wait that a generator asks for, or one within it. */
function requeueAfter(generators: readonly Generator[]): number | undefined {
  const waits = generators
    .flatMap(({ requeueAfterSeconds, nested }) => [requeueAfterSeconds, requeueAfter(nested)])
    .filter((seconds): seconds is number => seconds !== undefined && seconds > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
