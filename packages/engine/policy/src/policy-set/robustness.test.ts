import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { PolicyDocument } from '../gatekeeper/document.ts';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { parseWaiver } from '../waiver/parse-waiver.ts';
import { compilePolicySet } from './compile-policy-set.ts';
import { parseBestPracticeProfile } from './parse-profile.ts';
import { parsePolicySource } from './parse-source.ts';
import { createSurroundings } from './surroundings.ts';
import { constraint, NO_PRIVILEGED, PRIVILEGED, stackroxPolicy } from './testing/policies.ts';
import type { GateContext, PolicyBundle, PolicySet } from './types.ts';

const context: GateContext = { gate: 'admission', now: 0, surroundings: createSurroundings() };

const OTHER = `
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: other}
spec:
  crd: {spec: {names: {kind: Other}, validation: {openAPIV3Schema: {type: object, properties: {max: {type: integer}}}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package other
        violation[{"msg": "other"}] { BODY }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Other
metadata: {name: one}
spec: {}
`;

const other = (body: string): string => OTHER.replace('BODY', body);

describe('a set with a fault in it', () => {
  test.each([
    ['a template that does not compile', other('x := y'), 'GATEKEEPER_TEMPLATE_REGO'],
    ['a template that is no Rego', other('{'), 'GATEKEEPER_TEMPLATE_REGO'],
    ['a template that reads what it may not', other('data.secrets.x'), 'GATEKEEPER_TEMPLATE_REGO'],
    [
      'a template without a target',
      other('true').replace(/ {2}targets:[\s\S]*?---/, '---'),
      'GATEKEEPER_TEMPLATE_INVALID',
    ],
    [
      'a constraint for a missing template',
      other('true').replace('kind: Other\n', 'kind: Nobodys\n'),
      'GATEKEEPER_TEMPLATE_MISSING',
    ],
    [
      'parameters against the schema',
      other('true').replace('spec: {}', 'spec: {parameters: {max: many}}'),
      'GATEKEEPER_CONSTRAINT_INVALID',
    ],
    [
      'an action that is none',
      other('true').replace('spec: {}', 'spec: {enforcementAction: shout}'),
      'GATEKEEPER_CONSTRAINT_INVALID',
    ],
    ['a constraint without a shape', other('true').replace('spec: {}', 'spec: 3'), undefined],
  ])('says so, and asks all others: %s', (_, text, code) => {
    const set = compilePolicySet({ documents: documentsOf(`${NO_PRIVILEGED}${text}`) });
    if (code !== undefined) expect(set.diagnostics.map((fault) => fault.code)).toContain(code);
    for (const fault of set.diagnostics) expect(fault.origin?.line).toBeGreaterThan(0);
    const ids = set.judge({ object: PRIVILEGED }, context).map(({ policyId }) => policyId);
    expect(ids).toContain('gatekeeper/NoPrivileged/none');
  });
});

describe('a policy that gives no answer', () => {
  test.each([
    ['deny', '{}', 'deny'],
    ['warn', '{enforcementAction: warn}', 'warn'],
    ['dryrun', '{enforcementAction: dryrun}', 'allow'],
  ])('counts as broken, by its action %s', (_, spec, decision) => {
    const text = other('count(numbers.range(1, 1000000)) > 0').replace('spec: {}', `spec: ${spec}`);
    const set = compilePolicySet({ documents: documentsOf(text) });
    const verdicts = set.judge({ object: PRIVILEGED }, { ...context, limits: { steps: 10_000 } });
    expect(verdicts).toMatchObject([{ decision, undecided: true, policyId: 'gatekeeper/Other/one' }]);
    expect(verdicts[0]?.message).toContain('Other one gave no answer');
  });

  it('does not keep others from theirs', () => {
    const text = other('count(numbers.range(1, 1000000)) > 0');
    const set = compilePolicySet({ documents: documentsOf(`${NO_PRIVILEGED}${text}`) });
    const verdicts = set.judge({ object: PRIVILEGED }, { ...context, limits: { steps: 10_000 } });
    expect(verdicts.map(({ undecided }) => undecided)).toEqual([undefined, true]);
  });

  it('is one that cannot match, where its namespace is not known', () => {
    const set = compilePolicySet({
      documents: documentsOf(constraint('{match: {namespaceSelector: {matchLabels: {a: b}}}}')),
    });
    expect(set.judge({ object: PRIVILEGED }, context)).toMatchObject([{ decision: 'deny', undecided: true }]);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    expect(set.judgeTogether([{ object: namespace }, { object: PRIVILEGED }], context)).toEqual([]);
  });

  it('stops when it is told to', () => {
    const set = compilePolicySet({ documents: documentsOf(other('count(numbers.range(1, 100000)) > 0')) });
    const signal = AbortSignal.abort(new Error('enough'));
    expect(() => set.judge({ object: PRIVILEGED }, { ...context, signal })).toThrow('enough');
  });
});

describe('a policy that says too much', () => {
  it('says what weighs most, and how much it leaves out', () => {
    const text =
      'package main\nwarn contains sprintf("w%d", [n]) if some n in numbers.range(1, 5000)\ndeny contains "no" if true\nwarn_long contains concat("", [x | numbers.range(1, 20000)[_]; x := "long"]) if true';
    const bundle: PolicyBundle = { name: 'loud', format: 'rego', files: [{ text, origin: { file: 'a.rego' } }] };
    const set = compilePolicySet({ documents: [], bundles: [bundle] });
    const verdicts = set.judge({ object: PRIVILEGED }, context);
    expect(verdicts).toHaveLength(200);
    expect(verdicts[0]).toMatchObject({ decision: 'deny', message: 'no' });
    expect(verdicts.at(-1)?.message).toContain('(and 4802 more of this policy)');
    expect(Math.max(...verdicts.map(({ message }) => message.length))).toBeLessThan(10_000);
  });
});

describe('names of strangers', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a/b', 'é', 'x'.repeat(300)];

  it.each(names)('%j is a name like any other', (name) => {
    const surroundings = createSurroundings();
    const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: name } };
    surroundings.put(object);
    surroundings.put({ ...object, metadata: { name } });
    surroundings.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    expect(surroundings.namespace(name)?.metadata.name).toBe(name);
    expect(surroundings.list({ group: '', version: 'v1', kind: 'ConfigMap' })).toHaveLength(name === '' ? 1 : 2);
    const set = compilePolicySet({ documents: documentsOf(NO_PRIVILEGED) });
    const pod = { ...PRIVILEGED, metadata: { name, namespace: name } };
    const own = { ...context, surroundings };
    expect(set.judge({ object: pod }, own)).toHaveLength(1);
    expect(set.judgeTogether([{ object: pod }], own)).toHaveLength(1);
    surroundings.remove(object);
    surroundings.remove({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    expect(surroundings.namespace(name)).toBeUndefined();
    expect(surroundings.namespace('toString')).toBeUndefined();
    expect(({} as Record<string, unknown>)['ConfigMap']).toBeUndefined();
  });
});

const ALL_KINDS = `${NO_PRIVILEGED}${other('input.review.object.metadata.labels.x == input.review.object.spec.x[_]')}
---
apiVersion: sekisho.dev/v1alpha1
kind: BestPracticeProfile
metadata: {name: default}
---
apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: pods}
spec:
  applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}]
  templateSource: spec.template
  generatedGVK: {group: '', version: v1, kind: Pod}
---
apiVersion: mutations.gatekeeper.sh/v1
kind: Assign
metadata: {name: policy}
spec:
  applyTo: [{groups: [''], versions: [v1], kinds: [Pod]}]
  location: 'spec.containers[name: *].imagePullPolicy'
  parameters: {assign: {value: Always}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: all}
spec:
  matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}
  validations: [{expression: 'object.spec.x == oldObject.metadata.labels.x'}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: all}
spec: {policyName: all, validationActions: [Deny]}
`;

const everything = (): PolicySet => {
  const rego: PolicyBundle = {
    name: 'all',
    format: 'rego',
    files: [
      { text: 'package main\ndeny contains x if some x in input.metadata.annotations', origin: { file: 'a.rego' } },
    ],
  };
  const stackrox: PolicyBundle = {
    name: 'acs',
    format: 'stackrox',
    files: [{ text: JSON.stringify(stackroxPolicy()), origin: { file: 'acs.json' } }],
  };
  return compilePolicySet({ documents: documentsOf(ALL_KINDS), bundles: [rego, stackrox] });
};

describe('objects of strangers', () => {
  const set = everything();
  expect(set.diagnostics).toEqual([]);
  const anything = fc.jsonValue({ maxDepth: 4 });
  const spec = fc.record({
    containers: fc.oneof(anything, fc.array(fc.record({ name: anything, image: anything, securityContext: anything }))),
    template: fc.record({ metadata: anything, spec: anything }),
    x: anything,
  });
  const stranger = fc.record(
    {
      apiVersion: fc.constantFrom('v1', 'apps/v1', 'sekisho.dev/v1alpha1', ''),
      kind: fc.constantFrom('Pod', 'Deployment', 'Service', 'Namespace', 'Waiver'),
      metadata: fc.oneof(
        fc.record({ name: anything, namespace: anything, labels: anything, annotations: anything }),
        anything,
      ),
      spec: fc.oneof(spec, anything),
    },
    { requiredKeys: [] },
  );

  it('are judged and mutated, whatever they are', () => {
    fc.assert(
      fc.property(stranger, stranger, (object, oldObject) => {
        const request = { object: object as unknown as KubeObject, oldObject: oldObject as unknown as KubeObject };
        for (const gate of ['check', 'sync', 'admission', 'audit'] as const) set.judge(request, { ...context, gate });
        set.judgeTogether([request, { object: request.oldObject }], context);
        set.mutate(request, context);
        set.judge({ ...request, operation: 'DELETE' }, context);
      }),
      { numRuns: 150 },
    );
  });

  it('are read as policies, and found faulty, whatever they are', () => {
    const field = fc.constantFrom(
      'policies',
      'match',
      'reason',
      'owner',
      'expires',
      'git',
      'oci',
      'format',
      'gates',
      'namespaces',
      'kubeScore',
      'kubesec',
      'podSecurity',
      'denyFrom',
      'severities',
      'enforcementAction',
      'policyName',
      'policySections',
    );
    const document = fc.record({
      apiVersion: fc.constantFrom(
        'sekisho.dev/v1alpha1',
        'config.stackrox.io/v1alpha1',
        'constraints.gatekeeper.sh/v1beta1',
      ),
      kind: fc.constantFrom('Waiver', 'PolicySource', 'BestPracticeProfile', 'SecurityPolicy', 'NoPrivileged'),
      metadata: fc.oneof(fc.record({ name: anything, namespace: anything }), anything),
      spec: fc.oneof(fc.dictionary(field, anything), anything),
    });
    fc.assert(
      fc.property(document, (object) => {
        const read: PolicyDocument = { object: object as unknown as KubeObject };
        parseWaiver(read);
        parsePolicySource(read);
        parseBestPracticeProfile(read);
        compilePolicySet({ documents: [read] });
      }),
      { numRuns: 300 },
    );
  });
});

describe('a set that follows another', () => {
  it('says the same, and compiles only what is new', () => {
    const documents = documentsOf(NO_PRIVILEGED);
    const first = compilePolicySet({ documents });
    const more = documentsOf(`${NO_PRIVILEGED}${other('true')}`);
    const second = compilePolicySet({ documents: more }, { previous: first });
    const fresh = compilePolicySet({ documents: more });
    expect(second.policies).toEqual(fresh.policies);
    expect(second.judge({ object: PRIVILEGED }, context)).toEqual(fresh.judge({ object: PRIVILEGED }, context));
    const third = compilePolicySet({ documents }, { previous: second });
    expect(third.judge({ object: PRIVILEGED }, context)).toHaveLength(1);
    const changed = documentsOf(NO_PRIVILEGED.replace('is privileged', 'has power'));
    const fourth = compilePolicySet({ documents: changed }, { previous: third });
    expect(fourth.judge({ object: PRIVILEGED }, context)[0]?.message).toBe('web has power');
    expect(fourth.policies[0]?.hash).not.toBe(third.policies[0]?.hash);
    expect(third.policies[0]?.hash).toBe(first.policies[0]?.hash);
  });

  it('keeps faults of what is kept', () => {
    const documents = documentsOf(other('x := y'));
    const first = compilePolicySet({ documents });
    expect(compilePolicySet({ documents }, { previous: first }).diagnostics).toEqual(first.diagnostics);
  });

  it('has other hashes when what comes before its policies is another', () => {
    const hashes = (text: string) =>
      compilePolicySet({ documents: documentsOf(text) }).policies.map(({ hash }) => hash);
    const config = (namespace: string) => `---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config, namespace: g}
spec: {match: [{excludedNamespaces: [${namespace}], processes: ['*']}]}
`;
    const [plain] = hashes(NO_PRIVILEGED);
    const [a, labels] = hashes(`${NO_PRIVILEGED}${config('a')}`);
    const [b, sameLabels] = hashes(`${NO_PRIVILEGED}${config('b')}`);
    expect(new Set([plain, a, b]).size).toBe(3);
    expect(labels).toBe(sameLabels);
  });

  it('changes no hash when the API server writes what it keeps of an object', () => {
    const touched = documentsOf(NO_PRIVILEGED).map(({ object, ...rest }) => ({
      ...rest,
      object: {
        ...object,
        metadata: { ...object.metadata, resourceVersion: '7', uid: 'u', generation: 3, managedFields: [] },
        status: { created: true },
      },
    }));
    const [own] = compilePolicySet({ documents: documentsOf(NO_PRIVILEGED) }).policies;
    const [other] = compilePolicySet({ documents: touched }).policies;
    expect(other?.hash).toBe(own?.hash);
  });
});
