import { isSekishoError, messageOf } from '@sekisho/base';
import { override } from '../params/combine.ts';
import { flatten } from '../params/flatten.ts';
import { selects } from '../selector.ts';
import type { Generator, Parameters } from '../spec/application-set.ts';
import { RenderError, type Renderer } from '../template/renderer.ts';
import { type GeneratorContext, GeneratorError } from './generator.ts';
import { generatorKinds } from './kinds.ts';
import { readSettings } from './read-generators.ts';

export type RunContext = Omit<GeneratorContext, 'run' | 'scopeOf'>;

/**
 * The parameter sets of a generator that its selector takes.
 *
 * @param outer parameters that its texts are filled in with: those of the first generator of a matrix
 * @throws GeneratorError
 */
export async function runGenerator(
  generator: Generator,
  context: RunContext,
  outer?: Parameters,
): Promise<readonly Parameters[]> {
  const { limits, options } = context;
  await context.giveWay();
  const { path, selector } = generator;
  try {
    const filled = outer === undefined ? generator : fillIn(generator, outer, context.renderer);
    const { settings, diagnostics } = readSettings(filled, context.set.name);
    const fault = diagnostics[0];
    if (fault !== undefined) throw new GeneratorError(path, withoutPath(fault.message, path), fault.hint);
    const made = await generatorKinds[generator.type].generate(
      settings,
      {
        ...context,
        scopeOf: (params) => within(outer, params, context.renderer),
        run: (inner, params) =>
          runGenerator(inner, context, params === undefined ? outer : within(outer, params, context.renderer)),
      },
      filled,
    );
    if (made.length > limits.maxParameterSets)
      throw new GeneratorError(path, `makes more than ${limits.maxParameterSets} parameter sets`, 'Name fewer things.');
    return selector === undefined ? made : made.filter((params) => selects(selector, flatten(params)));
  } catch (error) {
    throw located(error, path, options.signal);
  }
}

/**
 * The generator with the parameters in its texts. Left for later are `values`, which may use parameters of the generator
 * itself, and generators within it: their turn comes with more parameters. Templates within others mean nothing.
 */
function fillIn(generator: Generator, params: Parameters, renderer: Renderer): Generator {
  const { template: _, values, generators, ...texts } = generator.settings;
  const settings = {
    ...(renderer.deep(texts, params) as Generator['settings']),
    ...(values === undefined ? {} : { values }),
    ...(generators === undefined ? {} : { generators }),
  };
  return { ...generator, settings };
}

/** Parameters from outside with those of the generator itself. */
function within(outer: Parameters | undefined, own: Parameters, { isGo }: Renderer): Parameters {
  if (outer === undefined) return own;
  return isGo ? override(own, outer) : { ...outer, ...own };
}

/** The error with the place of the innermost generator that it comes from. */
function located(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof GeneratorError || signal?.aborted === true) return error;
  if (error instanceof RenderError) {
    return new GeneratorError([path, ...error.path].join('.'), error.message, undefined, error);
  }
  return new GeneratorError(path, messageOf(error), isSekishoError(error) ? error.hint : undefined, error);
}

function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}
