import type { KubeObject } from '@sekisho/kube';
import { documentsOf } from '../../gatekeeper/testing/documents.ts';
import { createSurroundings, type Surroundings } from '../../policy-set/surroundings.ts';
import { type AdmissionPolicies, compileAdmissionPolicies } from '../compile.ts';

/** Everything that a policy may say, without what a test says of its own. */
export interface PolicyParts {
  readonly kind?: 'ValidatingAdmissionPolicy' | 'MutatingAdmissionPolicy';
  readonly name?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly binding?: Readonly<Record<string, unknown>>;
}

const WORKLOADS = {
  apiGroups: ['', 'apps'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['pods', 'deployments', 'configmaps', 'namespaces'],
};

/** A policy with one binding, as YAML. */
export function policyText({ kind = 'ValidatingAdmissionPolicy', name = 'rule', spec, binding }: PolicyParts): string {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [WORKLOADS] }, ...spec },
  };
  const bound = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}Binding`,
    metadata: { name: `${name}-everywhere` },
    spec: {
      policyName: name,
      ...(kind === 'ValidatingAdmissionPolicy' ? { validationActions: ['Deny'] } : {}),
      ...binding,
    },
  };
  return `${JSON.stringify(policy)}\n---\n${JSON.stringify(bound)}\n`;
}

export function policiesOf(...parts: readonly PolicyParts[]): AdmissionPolicies {
  return compileAdmissionPolicies(documentsOf(parts.map(policyText).join('---\n')));
}

export function objectOf(kind: string, name: string, rest: Readonly<Record<string, unknown>> = {}): KubeObject {
  const { namespace = 'shop', labels, ...fields } = rest;
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
  const place = kind === 'Namespace' ? {} : { namespace };
  const metadata = { name, ...place, ...(labels === undefined ? {} : { labels }) };
  return { apiVersion, kind, metadata, ...fields } as KubeObject;
}

export function surroundingsOf(...objects: readonly KubeObject[]): Surroundings {
  const surroundings = createSurroundings();
  for (const object of [objectOf('Namespace', 'shop', { labels: { env: 'prod' } }), ...objects])
    surroundings.put(object);
  return surroundings;
}
