import type { KubeObject } from '@sekisho/kube';

const TEMPLATE = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: noprivileged}
spec:
  crd: {spec: {names: {kind: NoPrivileged}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package noprivileged
        violation[{"msg": msg}] {
          c := input.review.object.spec.containers[_]
          c.securityContext.privileged
          msg := sprintf("%v is privileged", [input.review.object.metadata.name])
        }
---
`;

/** A template that pods must not be privileged, with a constraint for pods. */
export function constraint(spec: string): string {
  return `${TEMPLATE}apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoPrivileged
metadata: {name: none}
spec: ${spec}
`;
}

export const NO_PRIVILEGED = constraint("{match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}}");

export function pod(securityContext: Readonly<Record<string, unknown>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'web', image: 'web:1', securityContext }] },
  };
}

export const PRIVILEGED = pod({ privileged: true });

/** A policy of StackRox for workloads that are privileged or whose image has a finding, as it is exported. */
export function stackroxPolicy(change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: 'a',
    name: 'Privileged workload',
    description: 'Privileged containers own their node.',
    remediation: 'Drop it.',
    categories: ['Privileges'],
    lifecycleStages: ['DEPLOY'],
    severity: 'HIGH_SEVERITY',
    enforcementActions: ['SCALE_TO_ZERO_ENFORCEMENT'],
    policyVersion: '1.1',
    policySections: [{ policyGroups: [{ fieldName: 'Privileged Container', values: [{ value: 'true' }] }] }],
    ...change,
  };
}
