import type { FieldSpec } from '../kustomization/types.ts';
import { applyFieldSpec, setEntries } from './field-spec.ts';
import { entriesOf, type Transformer } from './transformer.ts';

type Pairs = Readonly<Record<string, string>> | undefined;

/** Sets labels in all fields of the specs. */
export function labelTransformer(labels: Pairs, specs: readonly FieldSpec[]): Transformer {
  return entryTransformer('LabelTransformer', labels, specs);
}

export function annotationsTransformer(annotations: Pairs, specs: readonly FieldSpec[]): Transformer {
  return entryTransformer('AnnotationsTransformer', annotations, specs);
}

function entryTransformer(kind: string, pairs: Pairs, specs: readonly FieldSpec[]): Transformer {
  const entries = entriesOf(pairs);
  const set = setEntries(entries);
  return {
    kind,
    transform({ resources }) {
      if (entries.length === 0) return;
      for (const resource of resources) {
        for (const spec of specs) applyFieldSpec(resource, spec, set, 'map');
      }
    },
  };
}
