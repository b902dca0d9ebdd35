import type { FieldSpec } from '../kustomization/types.ts';
import { scalarText } from '../node/node.ts';
import { isSelected } from '../resource/gvk.ts';
import type { ResMap } from '../resource/res-map.ts';
import { applyFieldSpec } from './field-spec.ts';
import type { Transformer } from './transformer.ts';

/** Kinds whose names mean something to others. */
const KEPT = [
  { kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { kind: 'Namespace' },
];

export function prefixTransformer(prefix: string, specs: readonly FieldSpec[]): Transformer {
  return affixTransformer('PrefixTransformer', prefix, '', specs);
}

export function suffixTransformer(suffix: string, specs: readonly FieldSpec[]): Transformer {
  return affixTransformer('SuffixTransformer', '', suffix, specs);
}

function affixTransformer(kind: string, prefix: string, suffix: string, specs: readonly FieldSpec[]): Transformer {
  return {
    kind,
    transform(resources: ResMap) {
      if (prefix === '' && suffix === '') return;
      for (const resource of resources.resources) {
        const id = resource.orgId();
        if (KEPT.some((selector) => isSelected(id, selector))) continue;
        for (const spec of specs) {
          if (!isSelected(id, spec)) continue;
          if (spec.path === 'metadata/name') {
            if (prefix !== '') resource.prefixes.push(prefix);
            if (suffix !== '') resource.suffixes.push(suffix);
            resource.storePreviousId();
          }
          applyFieldSpec(resource, spec, (value) => `${prefix}${scalarText(value) ?? ''}${suffix}`, 'scalar');
        }
      }
    },
  };
}
