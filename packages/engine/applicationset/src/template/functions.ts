import { parseYamlDocuments } from '@sekisho/base';
import {
  goFunction,
  integerOf,
  isMap,
  type TemplateFunction,
  TemplateFunctionError,
  type Value,
} from '@sekisho/gotemplate';
import { createFunctions, type FunctionContext } from '@sekisho/helm';
import { normalizeName, slug } from './names.ts';

/** What Helm adds to Sprig, and what Argo CD takes out of it. */
const NOT_HERE = new Set([
  'getHostByName',
  'lookup',
  'include',
  'tpl',
  'required',
  'toToml',
  'mustToToml',
  'fromToml',
  'fromJsonArray',
]);

/** The functions of templates: Sprig's, and those of Argo CD: normalize, slugify, toYaml, fromYaml, fromYamlArray. */
export function templateFunctions(context: FunctionContext): Readonly<Record<string, TemplateFunction>> {
  const functions = Object.fromEntries(
    Object.entries(createFunctions(context)).filter(([name]) => !NOT_HERE.has(name)),
  );
  const { mustToYaml } = functions;
  return {
    ...functions,
    ...(mustToYaml === undefined ? {} : { toYaml: mustToYaml }),
    normalize: goFunction(['string'], normalizeName),
    slugify: goFunction(['...interface {}'], slugify),
    fromYaml: goFunction(['string'], (text: string) => {
      const value = decodeYaml(text) ?? {};
      if (!isMap(value)) throw new TemplateFunctionError('error unmarshaling YAML: it is not a map');
      return value;
    }),
    fromYamlArray: goFunction(['string'], (text: string) => {
      const value = decodeYaml(text) ?? [];
      if (!Array.isArray(value)) throw new TemplateFunctionError('error unmarshaling YAML: it is not a list');
      return value;
    }),
    // Sprig's own gives whatever the text holds; Helm's only maps.
    fromJson: goFunction(['string'], (text: string) => {
      try {
        return JSON.parse(text);
      } catch {
        return null;
      }
    }),
  };
}

/** `slugify [MAX_LENGTH [IS_SMART]] TEXT`. */
function slugify(...args: Value[]): string {
  const text = args.at(-1) ?? '';
  if (typeof text !== 'string') throw new TemplateFunctionError('slugify: the last argument must be a string');
  const [first, second] = args.slice(0, -1);
  const maxLength = first === undefined ? undefined : integerOf(first);
  if (first !== undefined && maxLength === undefined)
    throw new TemplateFunctionError('slugify: the length must be an integer');
  if (second !== undefined && typeof second !== 'boolean')
    throw new TemplateFunctionError('slugify: the second argument must be true or false');
  return slug(normalizeName(text), {
    ...(maxLength === undefined ? {} : { maxLength: Number(maxLength) }),
    ...(second === undefined ? {} : { isSmart: second }),
  });
}

function decodeYaml(text: string): unknown {
  const { documents, diagnostics } = parseYamlDocuments(text, { file: '', duplicateKeys: 'warning' });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line } = fault.origin ?? {};
    throw new TemplateFunctionError(`yaml: ${line === undefined ? '' : `line ${line}: `}${fault.message}`);
  }
  return documents[0]?.value;
}
