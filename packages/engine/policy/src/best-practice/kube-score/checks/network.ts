import type { Field } from '../../object/field.ts';
import { allRight, type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';

const podNetworkPolicy = defineCheck({
  name: 'Pod NetworkPolicy',
  target: 'Pod',
  severity: 'medium',
  why: 'A pod that no policy selects talks to everything, and everything talks to it.',
  fix: 'Add a NetworkPolicy for these labels with policyTypes Ingress and Egress.',
  relational: true,
  run: ({ namespace, set }, { metadata }) => {
    const labels = metadata.at('labels').textMap;
    const types = set.networkPoliciesOf(namespace, labels).map((policy) => policyTypesOf(policy.root.at('spec')));
    const ingress = types.some((type) => type.ingress);
    const egress = types.some((type) => type.egress);
    if (ingress && egress) return allRight;
    const field = metadata.at('labels');
    if (!ingress && !egress) {
      return outcomeOf(grades.critical, [
        onField(field, 'No NetworkPolicy selects the pod', 'Write one that does, for both directions.'),
      ]);
    }
    const missing = ingress ? 'egress' : 'ingress';
    return outcomeOf(grades.warning, [
      onField(field, `No NetworkPolicy rules the ${missing} of the pod`, `Write one with ${missing} rules.`),
    ]);
  },
});

/** Without policyTypes a policy is about ingress, and about egress when it has such rules. */
function policyTypesOf(spec: Field): { ingress: boolean; egress: boolean } {
  const types = spec.at('policyTypes').texts;
  if (types.length === 0) return { ingress: true, egress: spec.at('egress').items().length > 0 };
  return { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
}

const policyTargetsPod = defineCheck({
  name: 'NetworkPolicy targets Pod',
  target: 'NetworkPolicy',
  severity: 'medium',
  why: 'A policy that selects nothing protects nothing, mostly because of a label that was mistyped or renamed.',
  fix: 'Make spec.podSelector equal to labels of the pods that are meant.',
  relational: true,
  run: ({ root, set }) => {
    if (set.selectsAnyPod(root.value)) return allRight;
    return outcomeOf(grades.critical, [
      onField(
        root.at('spec', 'podSelector'),
        'The policy selects no pod of its namespace',
        'Check labels and namespace.',
      ),
    ]);
  },
});

export const networkChecks: readonly Check[] = [podNetworkPolicy, policyTargetsPod];
