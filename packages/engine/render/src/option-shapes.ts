import { isFields } from './fields.ts';
import type { Tool } from './options.ts';

type Shape = 'string' | 'boolean' | 'number' | 'map' | 'strings' | 'map of strings' | 'map of booleans' | Entries;

/** A list of maps; `!` behind a field's name: it must be there. */
interface Entries {
  readonly each: Readonly<Record<string, Shape>>;
}

const SHAPES: Readonly<Record<Tool, Readonly<Record<string, Shape>>>> = {
  directory: { recurse: 'boolean', include: 'string', exclude: 'string' },
  kustomize: {
    namePrefix: 'string',
    nameSuffix: 'string',
    namespace: 'string',
    images: 'strings',
    replicas: { each: { 'name!': 'string', 'count!': 'number' } },
    commonLabels: 'map of strings',
    forceCommonLabels: 'boolean',
    labelWithoutSelector: 'boolean',
    labelIncludeTemplates: 'boolean',
    commonAnnotations: 'map of strings',
    forceCommonAnnotations: 'boolean',
    commonAnnotationsEnvsubst: 'boolean',
    components: 'strings',
    ignoreMissingComponents: 'boolean',
    patches: { each: { path: 'string', patch: 'string', target: 'map', options: 'map of booleans' } },
    kubeVersion: 'string',
    apiVersions: 'strings',
  },
  helm: {
    valueFiles: 'strings',
    ignoreMissingValueFiles: 'boolean',
    values: 'string',
    valuesObject: 'map',
    parameters: { each: { 'name!': 'string', value: 'string', forceString: 'boolean' } },
    fileParameters: { each: { 'name!': 'string', 'path!': 'string' } },
    releaseName: 'string',
    namespace: 'string',
    skipCrds: 'boolean',
    skipTests: 'boolean',
    skipSchemaValidation: 'boolean',
    kubeVersion: 'string',
    apiVersions: 'strings',
  },
};

/** What is wrong with the options of a tool that a file of the repository gives; undefined: nothing. Fields that are unknown are let be. */
export function optionsFault(tool: Tool, options: unknown): string | undefined {
  return isFields(options) ? fieldsFault(tool, options, SHAPES[tool]) : `${tool} must be a map`;
}

function fieldsFault(path: string, value: unknown, shapes: Readonly<Record<string, Shape>>): string | undefined {
  if (!isFields(value)) return `${path} must be a map`;
  for (const [field, shape] of Object.entries(shapes)) {
    const name = field.replace('!', '');
    const given = value[name];
    if (given === undefined && name === field) continue;
    const fault = shapeFault(`${path}.${name}`, given, shape);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function shapeFault(path: string, value: unknown, shape: Shape): string | undefined {
  if (typeof shape === 'object') {
    if (!Array.isArray(value)) return `${path} must be a list`;
    for (const [index, entry] of value.entries()) {
      const fault = fieldsFault(`${path}[${index}]`, entry, shape.each);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  return fits(value, shape) ? undefined : `${path} must be a ${shape === 'strings' ? 'list of strings' : shape}`;
}

function fits(value: unknown, shape: Exclude<Shape, Entries>): boolean {
  const all = (type: string) => isFields(value) && Object.values(value).every((each) => typeof each === type);
  switch (shape) {
    case 'map':
      return isFields(value);
    case 'strings':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
    case 'map of strings':
      return all('string');
    case 'map of booleans':
      return all('boolean');
    case 'number':
      // A count may be quoted.
      return typeof value === 'number' || typeof value === 'string';
    default:
      return typeof value === shape;
  }
}
