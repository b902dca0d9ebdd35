import { parseYamlDocuments } from '@sekisho/base';
import { isMap } from '@sekisho/gotemplate';
import type { Parameters } from '../spec/application-set.ts';
import { GeneratorError, type GeneratorKind } from './generator.ts';

interface ListSettings {
  readonly elements: readonly unknown[];
  readonly elementsYaml: string;
}

/** Parameter sets that the set itself holds. */
export const list: GeneratorKind<ListSettings> = {
  fields: ['elements', 'elementsYaml'],

  read(reader) {
    const elements = reader.list('elements');
    elements.forEach((element, index) => {
      if (!isMap(element)) reader.fault(`elements[${index}]`, 'must be an object');
    });
    return { elements, elementsYaml: reader.text('elementsYaml') ?? '' };
  },

  async generate({ elements, elementsYaml }, { renderer }, { path }) {
    const own = elements.filter(isMap).map((element, index) => {
      return renderer.isGo ? element : textsOf(element, `${path}.elements[${index}]`);
    });
    return [...own, ...readElements(elementsYaml, `${path}.elementsYaml`)];
  },
};

/** Without Go templates there are only texts, and `values` in one level. */
function textsOf(element: Parameters, path: string): Parameters {
  const texts: Record<string, string> = {};
  const add = (key: string, value: unknown, at: string): void => {
    if (typeof value !== 'string') {
      throw new GeneratorError(
        `${path}.${at}`,
        'error parsing value as string: it is none',
        'Put it in quotes, or set spec.goTemplate: true, where parameters may be of any type.',
      );
    }
    texts[key] = value;
  };
  for (const [key, value] of Object.entries(element)) {
    if (key !== 'values') add(key, value, key);
    else if (!isMap(value)) throw new GeneratorError(`${path}.values`, 'error parsing values map: it is none');
    else for (const [name, item] of Object.entries(value)) add(`values.${name}`, item, `values.${name}`);
  }
  return texts;
}

function readElements(text: string, path: string): readonly Parameters[] {
  if (text === '') return [];
  const { documents, diagnostics } = parseYamlDocuments(text, { file: path, duplicateKeys: 'warning' });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line = 1, column = 1 } = fault.origin ?? {};
    throw new GeneratorError(path, `error unmarshling decoded ElementsYaml: ${line}:${column}: ${fault.message}`);
  }
  const value = documents[0]?.value ?? [];
  if (!Array.isArray(value) || !value.every(isMap))
    throw new GeneratorError(path, 'error unmarshling decoded ElementsYaml: it is no list of objects');
  return value;
}
