import { describe, expect, it } from 'vitest';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { compilePolicySet } from './compile-policy-set.ts';
import { createSurroundings } from './surroundings.ts';
import { NO_PRIVILEGED, PRIVILEGED, pod } from './testing/policies.ts';
import type { GateContext, PolicyBundle, PolicySet } from './types.ts';

const context: GateContext = { gate: 'sync', now: 0, surroundings: createSurroundings() };

function explained(set: PolicySet, object = PRIVILEGED) {
  expect(set.diagnostics).toEqual([]);
  const [verdict] = set.judge({ object }, context);
  return verdict && { verdict, explanation: set.explain(verdict, { object }, context) };
}

describe('fields of a constraint', () => {
  const template = (violation: string) =>
    documentsOf(`
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: limits}
spec:
  crd: {spec: {names: {kind: Limits}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package limits
        violation[{"msg": msg}] { general[{"msg": msg}] }
        general[{"msg": msg}] {
          c := input.review.object.spec.containers[_]
          not c.resources.limits
          ${violation}
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Limits
metadata: {name: all}
`);
  const object = { ...pod({}), spec: { containers: [{ name: 'web' }, { name: 'db' }] } };
  const fieldsOf = (violation: string) =>
    compilePolicySet({ documents: template(violation) })
      .judge({ object }, context)
      .map(({ message, fields }) => `${message}: ${fields}`);

  it('are those of the item that the message names', () => {
    expect(fieldsOf('msg := sprintf("no limits of <%v>", [c.name])')).toEqual([
      'no limits of <db>: spec.containers[name=db]',
      'no limits of <web>: spec.containers[name=web]',
    ]);
  });
});

describe('explain', () => {
  it('tells rule, place and values of a constraint', () => {
    const found = explained(compilePolicySet({ documents: documentsOf(NO_PRIVILEGED) }));
    expect(found?.verdict.fields).toEqual(['spec.containers[name=web].securityContext.privileged']);
    expect(found?.explanation).toMatchObject({
      rule: { origin: { file: 'policies.yaml', line: 11, column: 9 } },
      parameters: {},
    });
    expect(found?.explanation?.rule?.text).toMatch(/^violation\[\{"msg": msg\}\] \{\n[\s\S]*\}$/);
    expect(found?.explanation?.values).toContainEqual({
      path: 'spec.containers[name=web].securityContext.privileged',
      value: true,
    });
  });

  it('tells rule, place and values of Rego', () => {
    const text = 'package main\n\ndeny contains msg if {\n\tinput.spec.hostNetwork\n\tmsg := "host network"\n}\n';
    const bundle: PolicyBundle = { name: 'p', format: 'rego', files: [{ text, origin: { file: 'policy/a.rego' } }] };
    const object = { ...pod({}), spec: { hostNetwork: true } };
    const found = explained(compilePolicySet({ documents: [], bundles: [bundle] }), object);
    expect(found?.explanation).toEqual({
      rule: { text: text.slice(14).trim(), origin: { file: 'policy/a.rego', line: 3, column: 1 } },
      values: [{ path: 'spec.hostNetwork', value: true }],
    });
  });

  it('tells expression and values of an admission policy', () => {
    const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: 'object.spec.hostNetwork == false'}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: all}
spec: {policyName: replicas, validationActions: [Deny]}
`;
    const object = { ...pod({}), spec: { hostNetwork: true } };
    const found = explained(compilePolicySet({ documents: documentsOf(policy) }), object);
    expect(found?.explanation).toMatchObject({
      rule: { text: 'object.spec.hostNetwork == false' },
      values: [{ path: 'spec.hostNetwork', value: true }],
    });
  });

  it.each([
    [
      "object.spec.containers.all(c, !c.image.endsWith(':latest'))",
      [{ path: 'spec.containers[name=web].image', value: 'nginx:latest' }],
    ],
    ['object.spec.?volumes.orValue([]).size() > 0', [{ path: 'spec.volumes' }]],
    ["object.metadata.labels.all (k, k != 'app')", [{ path: 'metadata.labels', value: { app: 'web' } }]],
  ])('tells fields of the object, not what an admission policy does with them: %s', (expression, values) => {
    const spec = {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [{ expression }],
    };
    const documents = [
      { kind: 'ValidatingAdmissionPolicy', metadata: { name: 'p' }, spec },
      {
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'p' },
        spec: { policyName: 'p', validationActions: ['Deny'] },
      },
    ].map((one) => ({ object: { apiVersion: 'admissionregistration.k8s.io/v1', ...one } }));
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx:latest' }] },
    };
    expect(explained(compilePolicySet({ documents }), object)?.explanation?.values).toEqual(values);
  });

  it('tells what stands in the fields of all others', () => {
    const profile =
      'apiVersion: sekisho.dev/v1alpha1\nkind: BestPracticeProfile\nmetadata: {name: a}\nspec: {kubeScore: false, kubesec: false}\n';
    const found = explained(compilePolicySet({ documents: documentsOf(profile) }));
    expect(found?.explanation?.values).toEqual([
      { path: 'spec.containers[name=web].securityContext.privileged', value: true },
    ]);
  });
});
