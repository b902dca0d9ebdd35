import { BuildFault } from '../fault.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { Scalar } from '../node/node.ts';
import { formatGvk, isSelected } from '../resource/gvk.ts';
import { applyFieldSpec } from './field-spec.ts';
import type { Transformer } from './transformer.ts';

/** Sets how many replicas the workloads of one name have. */
export function replicaTransformer(name: string, count: number, specs: readonly FieldSpec[]): Transformer {
  return {
    kind: 'ReplicaCountTransformer',
    transform({ resources }) {
      let found = false;
      for (const spec of specs) {
        for (const resource of resources) {
          const ids = [resource.curId(), ...resource.previousIds];
          if (!ids.some((id) => id.name === name && isSelected(id, spec))) continue;
          found = true;
          applyFieldSpec(resource, spec, () => new Scalar(String(count), 'int'), 'scalar');
        }
      }
      if (!found) {
        const kinds = specs.map(formatGvk).join(' ');
        throw new BuildFault(`resource with name ${name} does not match a config with the following GVK [${kinds}]`);
      }
    },
  };
}
