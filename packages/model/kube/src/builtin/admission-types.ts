import type { StructData } from './struct-data.ts';

/**
 * Types of MutatingAdmissionPolicy, which Kubernetes serves when it is told to. What it shares with validating policies is
 * the same in version v1.
 */
export const admissionTypes: Readonly<Record<string, StructData>> = {
  'admissionregistration/v1beta1.MutatingAdmissionPolicy': {
    kind: 1,
    f: { metadata: 'metav1.ObjectMeta', spec: 'admissionregistration/v1beta1.MutatingAdmissionPolicySpec' },
  },
  'admissionregistration/v1beta1.MutatingAdmissionPolicySpec': {
    f: {
      failurePolicy: '=admissionregistration/v1.FailurePolicyType',
      matchConditions: [
        '[admissionregistration/v1.MatchCondition',
        { l: 'map', k: ['name'], ps: 'merge', pk: 'name', z: 1 },
      ],
      matchConstraints: 'admissionregistration/v1.MatchResources',
      mutations: ['[admissionregistration/v1beta1.Mutation', { l: 'atomic', z: 1 }],
      paramKind: 'admissionregistration/v1.ParamKind',
      reinvocationPolicy: ['=admissionregistration/v1.ReinvocationPolicyType', { z: 1 }],
      variables: ['[admissionregistration/v1.Variable', { l: 'atomic', z: 1 }],
    },
  },
  'admissionregistration/v1beta1.Mutation': {
    f: {
      applyConfiguration: 'admissionregistration/v1beta1.ApplyConfiguration',
      jsonPatch: 'admissionregistration/v1beta1.JSONPatch',
      patchType: ['string', { r: 1 }],
    },
  },
  'admissionregistration/v1beta1.ApplyConfiguration': { f: { expression: ['string', { z: 1 }] } },
  'admissionregistration/v1beta1.JSONPatch': { f: { expression: ['string', { z: 1 }] } },
  'admissionregistration/v1beta1.MutatingAdmissionPolicyBinding': {
    kind: 1,
    f: { metadata: 'metav1.ObjectMeta', spec: 'admissionregistration/v1beta1.MutatingAdmissionPolicyBindingSpec' },
  },
  'admissionregistration/v1beta1.MutatingAdmissionPolicyBindingSpec': {
    f: {
      matchResources: 'admissionregistration/v1.MatchResources',
      paramRef: 'admissionregistration/v1.ParamRef',
      policyName: ['string', { z: 1 }],
    },
  },
};
