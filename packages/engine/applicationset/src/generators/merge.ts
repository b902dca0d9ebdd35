import { isMap } from '@sekisho/gotemplate';
import { canonicalJson } from '@sekisho/kube';
import { override } from '../params/combine.ts';
import type { Generator, Parameters } from '../spec/application-set.ts';
import { GeneratorError, type GeneratorKind } from './generator.ts';

interface MergeSettings {
  readonly generators: readonly Generator[];
  readonly mergeKeys: readonly string[];
}

/** The parameter sets of the first generator, each with what others say of the same keys. */
export const merge: GeneratorKind<MergeSettings> = {
  fields: ['generators', 'mergeKeys'],

  read(reader, nested) {
    if (reader.list('generators').length < 2)
      reader.fault('generators', 'found less than two generators, Merge requires two or more');
    const mergeKeys = reader.texts('mergeKeys');
    if (mergeKeys.length === 0) reader.fault('mergeKeys', 'no merge keys were specified, Merge requires at least one');
    return { generators: nested('generators'), mergeKeys };
  },

  async generate({ generators, mergeKeys }, { run, renderer }) {
    const keys = [...new Set(mergeKeys)].sort();
    const [base, ...others] = generators;
    if (base === undefined) return [];
    let merged = byKey(await run(base), keys, base.path);
    for (const other of others) {
      const overrides = byKey(await run(other), keys, other.path);
      merged = new Map(
        [...merged].map(([key, params]) => {
          const top = overrides.get(key);
          if (top === undefined) return [key, params];
          return [key, renderer.isGo ? override(params, top) : { ...params, ...top }];
        }),
      );
    }
    return [...merged.values()];
  },
};

function byKey(sets: readonly Parameters[], keys: readonly string[], path: string): Map<string, Parameters> {
  const found = new Map<string, Parameters>();
  for (const params of sets) {
    const key = canonicalJson(Object.fromEntries(keys.map((name) => [name, valueAt(params, name)])));
    if (found.has(key)) {
      throw new GeneratorError(
        path,
        `the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was ${key}`,
        'Add a merge key that tells them apart.',
      );
    }
    found.set(key, params);
  }
  return found;
}

/** `values.region` is a parameter of that name, or one in a map (with Go templates); null when there is none. */
function valueAt(params: Parameters, name: string): unknown {
  if (Object.hasOwn(params, name)) return params[name] ?? null;
  let value: unknown = params;
  for (const part of name.split('.')) {
    if (!isMap(value) || !Object.hasOwn(value, part)) return null;
    value = value[part];
  }
  return value ?? null;
}
