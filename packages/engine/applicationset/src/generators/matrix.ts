import { CombineError, combineTexts, override } from '../params/combine.ts';
import type { Generator, Parameters } from '../spec/application-set.ts';
import { GeneratorError, type GeneratorKind } from './generator.ts';

/** Every parameter set of one generator with every one of another, whose texts may use the parameters of the first. */
export const matrix: GeneratorKind<readonly Generator[]> = {
  fields: ['generators'],

  read(reader, nested) {
    const count = reader.list('generators').length;
    if (count < 2) reader.fault('generators', 'found less than two generators, Matrix support only two');
    if (count > 2)
      reader.fault(
        'generators',
        'found more than two generators, Matrix support only two',
        'Put two of them in a matrix of their own.',
      );
    return nested('generators');
  },

  async generate([first, second], { run, renderer, limits }, { path }) {
    if (first === undefined || second === undefined) return [];
    const made: Parameters[] = [];
    for (const a of await run(first)) {
      const others = await run(second, a);
      if (made.length + others.length > limits.maxParameterSets) {
        throw new GeneratorError(
          path,
          `makes more than ${limits.maxParameterSets} parameter sets`,
          'Give its generators a selector, or name fewer things in them.',
        );
      }
      for (const b of others) made.push(renderer.isGo ? override(b, a) : combine(a, b, path));
    }
    return made;
  },
};

function combine(a: Parameters, b: Parameters, path: string): Parameters {
  try {
    return combineTexts(a, b);
  } catch (error) {
    if (!(error instanceof CombineError)) throw error;
    throw new GeneratorError(
      path,
      `failed to combine string maps with merging params for the matrix generator: ${error.message}`,
      'Give one of the git generators a pathParamPrefix, or name the parameters differently.',
    );
  }
}
