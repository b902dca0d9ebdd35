import type { KubeObject } from '@sekisho/kube';
import { Field } from '../../best-practice/object/field.ts';
import { selectorOf } from '../../best-practice/object/selector.ts';
import type { DeploymentView } from './deployment.ts';

/** Whether one of the policies speaks of what comes in (or goes out) of the deployment's pods. */
export function hasNetworkPolicy(
  deployment: DeploymentView,
  policies: readonly KubeObject[],
  direction: 'Ingress' | 'Egress',
): boolean {
  return policies.some((object) => {
    const policy = Field.root(object);
    if (policy.at('kind').text !== 'NetworkPolicy') return false;
    if ((policy.at('metadata', 'namespace').text || 'default') !== deployment.namespace) return false;
    return selectorOf(policy.at('spec', 'podSelector'))(deployment.podLabels) && speaksOf(policy.at('spec'), direction);
  });
}

/** Without `policyTypes` it speaks of ingress, and of egress when it has rules for it. */
function speaksOf(spec: Field, direction: 'Ingress' | 'Egress'): boolean {
  const types = spec.at('policyTypes').texts;
  if (types.length > 0) return types.includes(direction);
  return direction === 'Ingress' || spec.at('egress').isSet;
}
