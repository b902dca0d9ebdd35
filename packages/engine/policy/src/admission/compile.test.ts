import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { compileAdmissionPolicies } from './compile.ts';
import { policyConcerns, policyKinds, policyReadsSurroundings } from './policy.ts';
import { objectOf, type PolicyParts, policiesOf, policyText } from './testing/policies.ts';

const VALID = { validations: [{ expression: 'true' }] };

/** `code: message`, without what names the document. */
function faults(parts: PolicyParts): string[] {
  return policiesOf(parts).diagnostics.map(({ code, message }) => `${code}: ${message.replace(/^\S+ \S+: /, '')}`);
}

describe('a policy that is wrong', () => {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const constraints = (matchConstraints: unknown) => ({ ...VALID, matchConstraints });
  it.each<[why: string, spec: Record<string, unknown>, fault: string]>([
    ['no rules', constraints({}), 'ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules: is required'],
    [
      'no constraints',
      constraints(undefined),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules: is required',
    ],
    [
      'constraints of another type',
      constraints('all'),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints: must be an object',
    ],
    [
      'an operation',
      constraints({ resourceRules: [{ ...rule, operations: ['MAKE'] }] }),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules[0].operations[0]: must be one of CREATE, UPDATE, DELETE, CONNECT, *, not "MAKE"',
    ],
    [
      'no groups',
      constraints({ resourceRules: [{ ...rule, apiGroups: [] }] }),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules[0].apiGroups: must be a list of at least one text',
    ],
    [
      'all and one',
      constraints({ resourceRules: [{ ...rule, apiVersions: ['*', 'v1'] }] }),
      "ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules[0].apiVersions: if '*' is present, must not specify others",
    ],
    [
      'a scope',
      constraints({ resourceRules: [{ ...rule, scope: 'Pod' }] }),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.resourceRules[0].scope: must be Cluster, Namespaced or *, not "Pod"',
    ],
    [
      'matchPolicy',
      constraints({ resourceRules: [rule], matchPolicy: 'Same' }),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.matchPolicy: must be Exact or Equivalent, not "Same"',
    ],
    [
      'an excluded rule',
      constraints({ resourceRules: [rule], excludeResourceRules: [{ ...rule, resources: [] }] }),
      'ADMISSION_POLICY_INVALID: spec.matchConstraints.excludeResourceRules[0].resources: must be a list of at least one text',
    ],
    [
      'failurePolicy',
      { ...VALID, failurePolicy: 'Warn' },
      'ADMISSION_POLICY_INVALID: spec.failurePolicy: must be Fail or Ignore, not "Warn"',
    ],
    [
      'nothing to say',
      {},
      'ADMISSION_POLICY_INVALID: spec.validations: validations or auditAnnotations must contain at least one item',
    ],
    [
      'a syntax error',
      { validations: [{ expression: 'object.' }] },
      'ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: Syntax error: expected a name behind the dot, found the end',
    ],
    [
      'an unknown name',
      { validations: [{ expression: 'pod.spec' }] },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: undeclared reference to 'pod'",
    ],
    [
      'params without paramKind',
      { validations: [{ expression: 'params.x' }] },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: undeclared reference to 'params'",
    ],
    [
      'a field that requests have not',
      { validations: [{ expression: 'request.verb == "create"' }] },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: undefined field 'verb'",
    ],
    [
      'an unknown variable',
      { validations: [{ expression: 'variables.x' }] },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: undefined field 'x'",
    ],
    [
      'a variable that comes later',
      {
        ...VALID,
        variables: [
          { name: 'a', expression: 'variables.b' },
          { name: 'b', expression: '1' },
        ],
      },
      "ADMISSION_EXPRESSION_INVALID: spec.variables[0].expression: undefined field 'b'",
    ],
    [
      'a variable twice',
      {
        ...VALID,
        variables: [
          { name: 'a', expression: '1' },
          { name: 'a', expression: '1' },
        ],
      },
      'ADMISSION_POLICY_INVALID: spec.variables[1].name: "a" is there already',
    ],
    [
      'a name of a variable',
      { ...VALID, variables: [{ name: 'a-b', expression: '1' }] },
      'ADMISSION_POLICY_INVALID: spec.variables[0].name: must be an identifier of CEL',
    ],
    [
      'no expression',
      { validations: [{ message: 'no' }] },
      'ADMISSION_POLICY_INVALID: spec.validations[0].expression: is required: an expression of CEL',
    ],
    [
      'a message of lines',
      { validations: [{ expression: 'true', message: 'a\nb' }] },
      'ADMISSION_POLICY_INVALID: spec.validations[0].message: must not contain line breaks',
    ],
    [
      'a reason',
      { validations: [{ expression: 'true', reason: 'Conflict' }] },
      'ADMISSION_POLICY_INVALID: spec.validations[0].reason: must be one of Unauthorized, Forbidden, Invalid, RequestEntityTooLarge, not "Conflict"',
    ],
    [
      'the authorizer in a message',
      {
        validations: [{ expression: 'true', messageExpression: "string(authorizer.path('/').check('get').allowed())" }],
      },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].messageExpression: undeclared reference to 'authorizer'",
    ],
    [
      'a condition without a name',
      { ...VALID, matchConditions: [{ expression: 'true' }] },
      'ADMISSION_POLICY_INVALID: spec.matchConditions[0].name: is required',
    ],
    [
      'conditions that are no list',
      { ...VALID, matchConditions: {} },
      'ADMISSION_POLICY_INVALID: spec.matchConditions: must be a list',
    ],
    [
      'a key of an annotation',
      { auditAnnotations: [{ key: 'a/b', valueExpression: "''" }] },
      'ADMISSION_POLICY_INVALID: spec.auditAnnotations[0].key: is required: a name of up to 63 letters, digits, -, _ and .',
    ],
    [
      'paramKind without kind',
      { ...VALID, paramKind: { apiVersion: 'v1' } },
      'ADMISSION_POLICY_INVALID: spec.paramKind.kind: is required',
    ],
    [
      'a type',
      { validations: [{ expression: "1 + 'a' == 1" }] },
      "ADMISSION_EXPRESSION_INVALID: spec.validations[0].expression: no such overload: '_+_' applied to (int, string)",
    ],
  ])('%s', (_, spec, fault) => {
    expect(faults({ spec })).toContain(fault);
    expect(policiesOf({ spec }).policies).toEqual([]);
  });

  it.each<[why: string, spec: Record<string, unknown>, fault: string]>([
    ['no mutations', {}, 'spec.mutations: must contain at least one item'],
    ['no patchType', { mutations: [{}] }, 'spec.mutations[0].patchType: is required: ApplyConfiguration or JSONPatch'],
    [
      'both',
      {
        mutations: [
          { patchType: 'JSONPatch', jsonPatch: { expression: '[]' }, applyConfiguration: { expression: 'Object{}' } },
        ],
      },
      'spec.mutations[0].applyConfiguration: must not be set when patchType is JSONPatch',
    ],
    [
      'the other one',
      { mutations: [{ patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } }] },
      'spec.mutations[0].jsonPatch.expression: is required: an expression of CEL',
    ],
    [
      'an unknown type',
      { mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Pod{}' } }] },
      "spec.mutations[0].applyConfiguration.expression: undeclared reference to 'Pod'",
    ],
    [
      'an unknown field',
      { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{operation: "add"}]' } }] },
      "spec.mutations[0].jsonPatch.expression: undefined field 'operation'",
    ],
    [
      'reinvocation',
      { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], reinvocationPolicy: 'Always' },
      'spec.reinvocationPolicy: is required: Never or IfNeeded',
    ],
    [
      'deletion',
      {
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
        matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      },
      'spec.matchConstraints.resourceRules[0].operations: what is deleted can not be mutated',
    ],
  ])('mutating: %s', (_, spec, fault) => {
    const parts: PolicyParts = { kind: 'MutatingAdmissionPolicy', spec: { reinvocationPolicy: 'Never', ...spec } };
    expect(faults(parts).map((text) => text.replace(/^\w+: /, ''))).toContain(fault);
    expect(policiesOf(parts).policies).toEqual([]);
  });
});

describe('a binding that is wrong', () => {
  it.each<[why: string, binding: Record<string, unknown>, fault: string]>([
    ['no policy', { policyName: '' }, 'spec.policyName: is required'],
    ['no actions', { validationActions: [] }, 'spec.validationActions: is required: some of Deny, Warn, Audit'],
    ['an action', { validationActions: ['Log'] }, 'spec.validationActions[0]: must be Deny, Warn or Audit, not "Log"'],
    ['an action twice', { validationActions: ['Warn', 'Warn'] }, 'spec.validationActions[1]: Warn is there already'],
    [
      'Deny and Warn',
      { validationActions: ['Deny', 'Warn'] },
      'spec.validationActions: must not contain both Deny and Warn: they would say the same twice',
    ],
    [
      'name and selector',
      { paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' } },
      'spec.paramRef: name and selector are mutually exclusive',
    ],
    [
      'neither',
      { paramRef: { parameterNotFoundAction: 'Deny' } },
      'spec.paramRef: one of name or selector must be specified',
    ],
    [
      'no parameterNotFoundAction',
      { paramRef: { name: 'a' } },
      'spec.paramRef.parameterNotFoundAction: is required: Allow or Deny',
    ],
    [
      'a selector',
      { matchResources: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } } },
      'spec.matchResources.objectSelector',
    ],
  ])('%s', (_, binding, fault) => {
    const found = faults({ spec: VALID, binding }).filter((text) => text.startsWith('ADMISSION_BINDING_INVALID'));
    expect(found.join('\n')).toContain(fault);
  });
});

describe('policies and bindings', () => {
  it('that miss each other are warned of', () => {
    const { diagnostics, policies } = policiesOf({ spec: VALID, binding: { policyName: 'rules' } });
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning ADMISSION_UNBOUND',
      'warning ADMISSION_POLICY_MISSING',
    ]);
    expect(policies).toHaveLength(1);
  });

  it('of one name: the first counts', () => {
    const { diagnostics } = policiesOf({ spec: VALID }, { spec: VALID });
    expect(diagnostics.map(({ code }) => code)).toEqual(['ADMISSION_DUPLICATE', 'ADMISSION_DUPLICATE']);
  });

  it('with faults leave others alone, and name their place', () => {
    const broken = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: broken}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
  - message: no
    expression: |
      object.spec.x == 1 &&
        pod.y
`;
    const text = `${broken}---\n${policyText({ name: 'good', spec: VALID })}`;
    const { policies, diagnostics } = compileAdmissionPolicies(documentsOf(text));
    expect(policies.map(({ name }) => name)).toEqual(['good']);
    expect(diagnostics[0]).toMatchObject({ origin: { line: 11, column: 9 } });
  });

  it('tell the kinds of their parameters once', () => {
    const paramKind = { apiVersion: 'example.org/v1', kind: 'Limit' };
    const parts = ['a', 'b'].map((name) => ({ name, spec: { ...VALID, paramKind } }));
    expect(policiesOf(...parts).paramKinds).toEqual([{ group: 'example.org', version: 'v1', kind: 'Limit' }]);
  });

  it('tell what they are about', () => {
    const [policy] = policiesOf({ spec: VALID }).policies;
    if (policy === undefined) throw new Error('no policy');
    expect(policyConcerns(policy, 'apps', 'Deployment')).toBe(true);
    expect(policyConcerns(policy, 'apps', 'Deployment', 'DELETE')).toBe(false);
    expect(policyConcerns(policy, 'apps', 'StatefulSet')).toBe(false);
    expect(policyKinds(policy)).toContain('apps/Deployment');
    expect(policyReadsSurroundings(policy)).toBe(false);
    expect(policyConcerns({ ...policy, bindings: [] }, 'apps', 'Deployment')).toBe(false);
  });

  it('read surroundings when they take parameters; a Namespace is of the objects in it alone', () => {
    const reads = (spec: object, binding = {}) =>
      policiesOf({ spec: { ...VALID, ...spec }, binding }).policies.map(policyReadsSurroundings);
    const paramKind = { apiVersion: 'example.org/v1', kind: 'Limit' };
    expect(reads({ paramKind }, { paramRef: { name: 'a', parameterNotFoundAction: 'Deny' } })).toEqual([true]);
    expect(reads({ validations: [{ expression: 'namespaceObject != null' }] })).toEqual([false]);
  });

  it('for subresources are about the kinds that those take', () => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'] };
    const [policy] = policiesOf({ spec: { ...VALID, matchConstraints: { resourceRules: [rule] } } }).policies;
    if (policy === undefined) throw new Error('no policy');
    expect(policyConcerns(policy, 'policy', 'Eviction', 'CREATE')).toBe(true);
    expect(policyConcerns(policy, 'policy', 'Eviction', 'DELETE')).toBe(false);
  });

  it('of any shape never throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, bound) => {
        const documents = ['Validating', 'Mutating'].flatMap((type) => [
          {
            object: {
              ...objectOf('x', 'a'),
              apiVersion: 'admissionregistration.k8s.io/v1',
              kind: `${type}AdmissionPolicy`,
              spec,
            },
          },
          {
            object: {
              ...objectOf('x', 'a'),
              apiVersion: 'admissionregistration.k8s.io/v1',
              kind: `${type}AdmissionPolicyBinding`,
              spec: bound,
            },
          },
        ]);
        compileAdmissionPolicies(documents);
      }),
    );
  });
});
