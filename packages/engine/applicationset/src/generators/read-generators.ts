import { createFieldReader, type Diagnostic, type FieldReader } from '@sekisho/base';
import { type Generator, generatorTypes } from '../spec/application-set.ts';
import { readSelector } from '../spec/read-selector.ts';
import { generatorKinds } from './kinds.ts';

/** Argo CD reads two levels. More than this are a mistake, or meant to be one. */
const MAX_NESTING = 5;

export const SET_FAULT = { code: 'APPLICATIONSET_INVALID', unknownCode: 'APPLICATIONSET_FIELD_UNKNOWN' } as const;

/** The generators in a field: all that is wrong in them, and in those within them, is noted in the reader. */
export function readGenerators(reader: FieldReader, field: string, depth = 0): readonly Generator[] {
  const isNested = depth > 0;
  if (depth > MAX_NESTING) {
    reader.fault(
      field,
      `generators within generators, more than ${MAX_NESTING} deep`,
      'Make a set of its own of some.',
    );
    return [];
  }
  return reader.objects(field).flatMap((entry) => {
    entry.onlyFields([...generatorTypes, 'selector', 'clusterProfiles', 'oci']);
    const types = generatorTypes.filter((type) => entry.has(type));
    if (types.length === 0 && !entry.hasFaults()) {
      entry.fault('', 'names no generator that is known here', `Give one of ${generatorTypes.join(', ')}.`);
    }
    if (types.length > 1 && isNested) {
      entry.fault('', `found more than one generator: ${types.join(', ')}`, 'Give each an entry of its own.');
    }
    const selector = readSelector(entry, 'selector');
    return types.flatMap((type): Generator[] => {
      const settings = entry.object(type);
      if (settings === undefined) return [];
      const kind = generatorKinds[type];
      settings.onlyFields([...kind.fields, 'template']);
      const template = settings.object('template')?.fields;
      const nested: Generator[] = [];
      kind.read(settings, (name) => {
        nested.push(...readGenerators(settings, name, depth + 1));
        return nested;
      });
      const requeueAfterSeconds = settings.whole('requeueAfterSeconds') ?? kind.requeueAfterSeconds;
      return [
        {
          type,
          path: settings.path,
          settings: settings.fields,
          nested,
          ...(requeueAfterSeconds === undefined ? {} : { requeueAfterSeconds }),
          ...(selector === undefined ? {} : { selector }),
          ...(template === undefined ? {} : { template }),
        },
      ];
    });
  });
}

/** What a kind reads from settings whose texts were filled in. */
export function readSettings(generator: Generator, file: string): { settings: unknown; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const { path, type } = generator;
  const reader = createFieldReader(generator.settings, {
    ...SET_FAULT,
    path,
    file,
    owner: 'this generator',
    diagnostics,
  });
  const settings = generatorKinds[type].read(reader, (field) => readGenerators(reader, field, 1));
  return { settings, diagnostics: diagnostics.filter(({ severity }) => severity === 'error') };
}
