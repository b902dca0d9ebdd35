import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import type { GateRequest } from '../policy-set/types.ts';
import { type AuditAnnotation, type ReviewContext, reviewAdmission } from './review.ts';
import { objectOf, type PolicyParts, policiesOf, surroundingsOf } from './testing/policies.ts';

const web = objectOf('Pod', 'web', {
  labels: { app: 'web' },
  spec: {
    containers: [
      { name: 'a', image: 'registry.example/a:1' },
      { name: 'b', image: 'b:latest' },
    ],
    replicas: 5,
  },
});
const NO = [{ expression: 'false', message: 'no' }];

function review(
  parts: PolicyParts | readonly PolicyParts[],
  request: GateRequest = {},
  context: Partial<ReviewContext> = {},
) {
  const policies = policiesOf(...(Array.isArray(parts) ? (parts as PolicyParts[]) : [parts as PolicyParts]));
  expect(policies.diagnostics).toEqual([]);
  const asked = request.object === undefined && request.oldObject === undefined ? { ...request, object: web } : request;
  return reviewAdmission(policies, asked, { surroundings: surroundingsOf(), ...context });
}

/** `deny: no`, a line for each verdict; `?` in front when the policy gave no answer. */
function said(...args: Parameters<typeof review>): string[] {
  return review(...args).map(
    ({ decision, message, undecided }) => `${undecided === true ? '?' : ''}${decision}: ${message}`,
  );
}

describe('matchConstraints', () => {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods'] };
  const deployment = objectOf('Deployment', 'web');
  const namespace = objectOf('Namespace', 'shop', { labels: { env: 'test' } });
  it.each<[why: string, constraints: Record<string, unknown>, request: GateRequest, isAsked: boolean]>([
    ['a rule that names the resource', { resourceRules: [rule] }, { object: web }, true],
    ['another group', { resourceRules: [{ ...rule, apiGroups: ['apps'] }] }, { object: web }, false],
    ['another resource', { resourceRules: [rule] }, { object: deployment }, false],
    [
      'any resource of any group',
      { resourceRules: [{ ...rule, apiGroups: ['*'], resources: ['*'] }] },
      { object: deployment },
      true,
    ],
    ['one of two rules', { resourceRules: [{ ...rule, resources: ['nodes'] }, rule] }, { object: web }, true],
    ['another operation', { resourceRules: [{ ...rule, operations: ['UPDATE'] }] }, { object: web }, false],
    [
      'DELETE with the old object alone',
      { resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      { oldObject: web, operation: 'DELETE' },
      true,
    ],
    [
      'DELETE that nobody named',
      { resourceRules: [{ ...rule, operations: ['CREATE'] }] },
      { oldObject: web, operation: 'DELETE' },
      false,
    ],
    [
      'CONNECT',
      { resourceRules: [{ ...rule, operations: ['CONNECT'], resources: ['pods/exec'] }] },
      { object: web, operation: 'CONNECT', subResource: 'exec' },
      true,
    ],
    [
      'a subresource that the rule does not name',
      { resourceRules: [rule] },
      { object: web, subResource: 'status' },
      false,
    ],
    [
      'all subresources',
      { resourceRules: [{ ...rule, resources: ['pods/*'] }] },
      { object: web, subResource: 'status' },
      true,
    ],
    [
      'a subresource of anything',
      { resourceRules: [{ ...rule, resources: ['*/status'] }] },
      { object: web, subResource: 'status' },
      true,
    ],
    ['one of the names', { resourceRules: [{ ...rule, resourceNames: ['db', 'web'] }] }, { object: web }, true],
    ['none of the names', { resourceRules: [{ ...rule, resourceNames: ['db'] }] }, { object: web }, false],
    ['scope Cluster', { resourceRules: [{ ...rule, scope: 'Cluster' }] }, { object: web }, false],
    ['scope Namespaced', { resourceRules: [{ ...rule, scope: 'Namespaced' }] }, { object: web }, true],
    [
      'a Namespace is of the cluster',
      { resourceRules: [{ ...rule, resources: ['*'], scope: 'Cluster' }] },
      { object: namespace },
      true,
    ],
    [
      'an excluded rule wins',
      { resourceRules: [rule], excludeResourceRules: [{ ...rule, resourceNames: ['web'] }] },
      { object: web },
      false,
    ],
    [
      'an excluded rule for others',
      { resourceRules: [rule], excludeResourceRules: [{ ...rule, resourceNames: ['db'] }] },
      { object: web },
      true,
    ],
    ['Equivalent: another version', { resourceRules: [{ ...rule, apiVersions: ['v2'] }] }, { object: web }, true],
    [
      'Exact: another version',
      { matchPolicy: 'Exact', resourceRules: [{ ...rule, apiVersions: ['v2'] }] },
      { object: web },
      false,
    ],
    [
      'Equivalent: the group it was in',
      { resourceRules: [{ ...rule, apiGroups: ['extensions'], resources: ['deployments'] }] },
      { object: deployment },
      true,
    ],
    [
      'Exact: the group it was in',
      { matchPolicy: 'Exact', resourceRules: [{ ...rule, apiGroups: ['extensions'], resources: ['deployments'] }] },
      { object: deployment },
      false,
    ],
    [
      'objectSelector',
      { resourceRules: [rule], objectSelector: { matchLabels: { app: 'web' } } },
      { object: web },
      true,
    ],
    [
      'objectSelector of others',
      { resourceRules: [rule], objectSelector: { matchLabels: { app: 'db' } } },
      { object: web },
      false,
    ],
    [
      'objectSelector of what was there',
      { resourceRules: [rule], objectSelector: { matchLabels: { app: 'web' } } },
      { object: objectOf('Pod', 'web'), oldObject: web, operation: 'UPDATE' },
      true,
    ],
    [
      'namespaceSelector',
      { resourceRules: [rule], namespaceSelector: { matchLabels: { env: 'prod' } } },
      { object: web },
      true,
    ],
    [
      'namespaceSelector of others',
      { resourceRules: [rule], namespaceSelector: { matchLabels: { env: 'test' } } },
      { object: web },
      false,
    ],
    [
      'namespaceSelector by name',
      {
        resourceRules: [rule],
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['unknown'] }],
        },
      },
      { object: objectOf('Pod', 'web', { namespace: 'unknown' }) },
      false,
    ],
    [
      'a Namespace by its new labels',
      { resourceRules: [{ ...rule, resources: ['*'] }], namespaceSelector: { matchLabels: { env: 'test' } } },
      { object: namespace },
      true,
    ],
    [
      'namespaceSelector does not leave out what is in none',
      { resourceRules: [{ ...rule, resources: ['*'] }], namespaceSelector: { matchLabels: { env: 'x' } } },
      { object: objectOf('Node', 'n', { namespace: undefined }) },
      true,
    ],
    [
      'the resource as the request names it',
      { resourceRules: [{ ...rule, apiGroups: ['example.org'], resources: ['mice'] }] },
      {
        object: { ...web, apiVersion: 'example.org/v1', kind: 'Mouse' },
        resource: { group: 'example.org', version: 'v1', resource: 'mice' },
      },
      true,
    ],
    [
      'a plural that is guessed',
      { resourceRules: [{ ...rule, apiGroups: ['example.org'], resources: ['policies'] }] },
      { object: { ...web, apiVersion: 'example.org/v1', kind: 'Policy' } },
      true,
    ],
  ])('%s', (_, matchConstraints, request, isAsked) => {
    const outcome = said({ spec: { matchConstraints, validations: NO } }, request);
    expect(outcome).toEqual(isAsked ? ['deny: no'] : []);
  });

  it('says so when the labels of a namespace would tell, and it is not known', () => {
    const matchConstraints = { resourceRules: [rule], namespaceSelector: { matchLabels: { env: 'prod' } } };
    const elsewhere = { object: objectOf('Pod', 'web', { namespace: 'elsewhere' }) };
    const spec = { matchConstraints, validations: [{ expression: 'true' }] };
    expect(said({ spec }, elsewhere)).toEqual([
      '?deny: failed to configure policy: namespace "elsewhere" is not known',
    ]);
    expect(said({ spec: { ...spec, failurePolicy: 'Ignore' } }, elsewhere)).toEqual([]);
  });

  it('is narrowed by matchResources of the binding', () => {
    const binding = (namespaceSelector: unknown) => ({ matchResources: { namespaceSelector } });
    expect(said({ spec: { validations: NO }, binding: binding({ matchLabels: { env: 'prod' } }) })).toEqual([
      'deny: no',
    ]);
    expect(said({ spec: { validations: NO }, binding: binding({ matchLabels: { env: 'x' } }) })).toEqual([]);
  });
});

describe('expressions', () => {
  it.each<[expression: string, holds: boolean | string]>([
    ["object.spec.containers.all(c, c.image.startsWith('registry.example/'))", false],
    ["has(object.metadata.labels) && object.metadata.labels['app'] == 'web'", true],
    ['oldObject == null', true],
    ["request.operation == 'CREATE' && request.kind.kind == 'Pod' && request.resource.resource == 'pods'", true],
    ["request.name == 'web' && request.namespace == 'shop' && !request.dryRun && request.subResource == ''", true],
    ["request.userInfo.username == ''", true],
    ["namespaceObject.metadata.labels['env'] == 'prod'", true],
    ['object.spec.absent == 1', "expression 'object.spec.absent == 1' resulted in error: no such key: 'absent'"],
    ['object.spec.?absent.hasValue()', false],
    ['1', false],
    [
      "authorizer.group('apps').resource('deployments').check('create').allowed()",
      "expression 'authorizer.group('apps').resource('deployments').check('create').allowed()' resulted in error: nobody is there to ask what a user may do (authorizer)",
    ],
    [
      "!authorizer.requestResource.check('create').errored()",
      "expression '!authorizer.requestResource.check('create').errored()' resulted in error: nobody is there to ask what a user may do (authorizer)",
    ],
  ])('%s', (expression, holds) => {
    const verdicts = said({ spec: { validations: [{ expression, message: 'broken' }] } });
    const wanted = holds === true ? [] : holds === false ? ['deny: broken'] : [`?deny: ${holds}`];
    expect(verdicts).toEqual(wanted);
  });

  it('ask the authorizer of the caller, with the resource of the request', () => {
    const spec = { validations: [{ expression: "authorizer.requestResource.check('approve').allowed()" }] };
    const asked: unknown[] = [];
    const authorize = (attributes: unknown) => {
      asked.push(attributes);
      return { allowed: true };
    };
    expect(said({ spec }, {}, { authorize })).toEqual([]);
    expect(asked).toEqual([{ group: '', resource: 'pods', namespace: 'shop', name: 'web', verb: 'approve' }]);
  });

  it('see null for a namespace of what is in none, and no namespace that nobody knows', () => {
    const spec = { validations: [{ expression: 'namespaceObject == null' }] };
    expect(said({ spec }, { object: objectOf('Namespace', 'new') })).toEqual([]);
    expect(said({ spec }, { object: objectOf('Pod', 'a', { namespace: 'elsewhere' }) })).toEqual([
      '?deny: expression \'namespaceObject == null\' resulted in error: namespace "elsewhere" is not known',
    ]);
  });
});

describe('variables', () => {
  it('are computed once, when they are first needed', () => {
    const variables = [
      { name: 'containers', expression: 'object.spec.containers' },
      { name: 'images', expression: 'variables.containers.map(c, c.image)' },
      { name: 'broken', expression: 'object.spec.absent.more' },
    ];
    const validations = [
      {
        expression: "variables.images.all(i, i.endsWith(':1'))",
        messageExpression: "'images: ' + variables.images.join(', ')",
      },
      { expression: 'true || variables.broken' },
    ];
    expect(said({ spec: { variables, validations } })).toEqual(['deny: images: registry.example/a:1, b:latest']);
  });

  it('that can not be computed are faults of what needs them', () => {
    const variables = [{ name: 'broken', expression: 'object.spec.absent' }];
    const validations = [{ expression: 'variables.broken == 1' }];
    expect(said({ spec: { variables, validations } })).toEqual([
      "?deny: expression 'variables.broken == 1' resulted in error: composited variable \"broken\" fails to evaluate: no such key: 'absent'",
    ]);
  });
});

describe('matchConditions', () => {
  const fault = { name: 'fault', expression: 'object.spec.absent == 1' };
  it.each<[why: string, conditions: object[], failurePolicy: string, wanted: string[]]>([
    ['all are met', [{ name: 'pod', expression: "request.kind.kind == 'Pod'" }], 'Fail', ['deny: no']],
    [
      'one is not met',
      [
        { name: 'a', expression: 'true' },
        { name: 'b', expression: 'false' },
      ],
      'Fail',
      [],
    ],
    ['a fault', [fault], 'Fail', ['?deny: match condition "fault": no such key: \'absent\'']],
    ['a fault is ignored', [fault], 'Ignore', []],
    ['one that is not met outweighs a fault', [fault, { name: 'b', expression: 'false' }], 'Fail', []],
    ['a value that is no bool', [{ name: 'n', expression: '1' }], 'Fail', ['?deny: match condition "n" gives no bool']],
  ])('%s', (_, matchConditions, failurePolicy, wanted) => {
    expect(said({ spec: { matchConditions, failurePolicy, validations: NO } })).toEqual(wanted);
  });

  it('may use variables', () => {
    const variables = [{ name: 'isWeb', expression: "object.metadata.name == 'web'" }];
    const matchConditions = [{ name: 'web', expression: '!variables.isWeb' }];
    expect(said({ spec: { variables, matchConditions, validations: NO } })).toEqual([]);
  });
});

describe('messages', () => {
  it.each<[validation: Record<string, unknown>, message: string]>([
    [{ message: ' plain ' }, 'plain'],
    [{}, 'failed expression: false'],
    [{ message: 'plain', messageExpression: "'made for ' + object.metadata.name" }, 'made for web'],
    [{ message: 'plain', messageExpression: 'object.spec.absent' }, 'plain'],
    [{ message: 'plain', messageExpression: "'  '" }, 'plain'],
    [{ message: 'plain', messageExpression: "'two\\nlines'" }, 'plain'],
    [{ message: 'plain', messageExpression: '1' }, 'plain'],
    [{ messageExpression: 'null' }, 'failed expression: false'],
    [{ message: 'plain', messageExpression: `'${'x'.repeat(5121)}'` }, 'plain'],
    [{ messageExpression: `'${'x'.repeat(5120)}'` }, 'x'.repeat(5120)],
  ])('%j', (validation, message) => {
    expect(said({ spec: { validations: [{ expression: 'false', ...validation }] } })).toEqual([`deny: ${message}`]);
  });
});

describe('reason', () => {
  it.each([
    [undefined, 'Invalid', 422],
    ['Invalid', 'Invalid', 422],
    ['Forbidden', 'Forbidden', 403],
    ['Unauthorized', 'Unauthorized', 401],
    ['RequestEntityTooLarge', 'RequestEntityTooLarge', 413],
  ])('%s is %s, %i', (reason, told, code) => {
    const [verdict] = review({
      spec: { validations: [{ expression: 'false', ...(reason === undefined ? {} : { reason }) }] },
    });
    expect(verdict?.details).toMatchObject({ reason: told, code });
  });
});

describe('validationActions', () => {
  it.each<[actions: string[], decision: string]>([
    [['Deny'], 'deny'],
    [['Warn'], 'warn'],
    [['Audit'], 'allow'],
    [['Audit', 'Warn'], 'warn'],
    [['Audit', 'Deny'], 'deny'],
  ])('%j', (validationActions, decision) => {
    const [verdict, ...more] = review({ spec: { validations: NO }, binding: { validationActions } });
    expect(more).toEqual([]);
    expect(verdict).toMatchObject({ decision, details: { actions: validationActions } });
  });

  it('hold for policies without an answer, too', () => {
    const spec = { validations: [{ expression: 'object.spec.absent' }] };
    expect(said({ spec, binding: { validationActions: ['Warn'] } })[0]).toMatch(/^\?warn: /);
    expect(said({ spec: { ...spec, failurePolicy: 'Ignore' } })).toEqual([]);
  });
});

describe('auditAnnotations', () => {
  function annotations(valueExpression: string, failurePolicy = 'Fail') {
    const told: AuditAnnotation[] = [];
    const spec = { failurePolicy, auditAnnotations: [{ key: 'count', valueExpression }] };
    const verdicts = said({ spec }, {}, { onAuditAnnotation: (annotation) => told.push(annotation) });
    return { told, verdicts };
  }
  it.each<[expression: string, value: string | undefined, verdicts: unknown[]]>([
    ["'replicas: ' + string(object.spec.replicas)", 'replicas: 5', []],
    ['object.spec.replicas > 9 ? "many" : null', undefined, []],
    ["'  '", undefined, []],
    [
      'object.spec.replicas',
      undefined,
      [expect.stringMatching(/^\?deny: audit annotation count: valueExpression .* must give/)],
    ],
    ['object.spec.absent', undefined, ["?deny: audit annotation count: no such key: 'absent'"]],
  ])('%s', (expression, value, verdicts) => {
    const { told, verdicts: found } = annotations(expression);
    expect(told).toEqual(value === undefined ? [] : [{ key: 'rule/count', value }]);
    expect(found).toEqual(verdicts);
    expect(annotations(expression, 'Ignore').verdicts).toEqual([]);
  });
});

describe('parameters', () => {
  const limits = (name: string, max: number, rest = {}) =>
    objectOf('ConfigMap', name, { data: { max: String(max) }, ...rest });
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [
      {
        expression: 'params == null || object.spec.replicas <= int(params.data.max)',
        messageExpression: "'at most ' + params.data.max",
      },
    ],
  };
  const known = surroundingsOf(
    limits('few', 3),
    limits('many', 9, { labels: { size: 'large' } }),
    limits('none', 0, { labels: { size: 'large' } }),
    limits('few', 4, { namespace: 'policies' }),
  );
  it.each<[why: string, paramRef: Record<string, unknown>, wanted: string[]]>([
    ['by name, in the namespace of the object', { name: 'few', parameterNotFoundAction: 'Deny' }, ['deny: at most 3']],
    [
      'by name, elsewhere',
      { name: 'few', namespace: 'policies', parameterNotFoundAction: 'Deny' },
      ['deny: at most 4'],
    ],
    ['by name, good', { name: 'many', parameterNotFoundAction: 'Deny' }, []],
    [
      'by labels',
      { selector: { matchLabels: { size: 'large' } }, parameterNotFoundAction: 'Deny' },
      ['deny: at most 0'],
    ],
    ['all', { selector: {}, parameterNotFoundAction: 'Deny' }, ['deny: at most 3', 'deny: at most 0']],
    ['missing, Allow', { name: 'absent', parameterNotFoundAction: 'Allow' }, []],
    [
      'missing, Deny',
      { name: 'absent', parameterNotFoundAction: 'Deny' },
      ['?deny: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'],
    ],
    [
      'no labels, Deny',
      { selector: { matchLabels: { size: 'x' } }, parameterNotFoundAction: 'Deny' },
      ['?deny: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'],
    ],
  ])('%s', (_, paramRef, wanted) => {
    expect(said({ spec, binding: { paramRef } }, {}, { surroundings: known }).sort()).toEqual([...wanted].sort());
  });

  it('are null for a binding that names none', () => {
    expect(said({ spec }, {}, { surroundings: known })).toEqual([]);
  });

  it('that are missing are no matter where the failure policy is Ignore', () => {
    const binding = { paramRef: { name: 'absent', parameterNotFoundAction: 'Deny' } };
    expect(said({ spec: { ...spec, failurePolicy: 'Ignore' }, binding }, {}, { surroundings: known })).toEqual([]);
  });

  it('in namespaces can not be found for what is in none', () => {
    const matchConstraints = {
      resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
    };
    const binding = { paramRef: { name: 'few', parameterNotFoundAction: 'Allow' } };
    const node = { object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } } };
    expect(said({ spec: { ...spec, matchConstraints }, binding }, node, { surroundings: known })).toEqual([
      '?deny: failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    ]);
  });

  it('of the cluster are in no namespace', () => {
    const scale: KubeObject = {
      apiVersion: 'example.org/v1',
      kind: 'Scale',
      metadata: { name: 'few' },
      data: { max: '2' },
    };
    const own = { ...spec, paramKind: { apiVersion: 'example.org/v1', kind: 'Scale' } };
    const surroundings = surroundingsOf(scale);
    const paramRef = { name: 'few', parameterNotFoundAction: 'Deny' };
    expect(said({ spec: own, binding: { paramRef } }, {}, { surroundings })).toEqual(['deny: at most 2']);
    expect(
      said({ spec: own, binding: { paramRef: { ...paramRef, namespace: 'shop' } } }, {}, { surroundings }),
    ).toEqual([
      '?deny: failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    ]);
  });

  it('are named in the verdict', () => {
    const binding = { paramRef: { name: 'few', namespace: 'policies', parameterNotFoundAction: 'Deny' } };
    const [verdict] = review({ spec, binding }, {}, { surroundings: known });
    expect(verdict?.details.params).toBe('policies/few');
  });
});

describe('budgets', () => {
  const expensive = 'object.spec.list.all(a, object.spec.list.all(b, a != b || true))';
  const object = objectOf('Pod', 'web', { spec: { list: Array.from({ length: 2000 }, (_, i) => i) } });

  it('of one expression: it is a fault', () => {
    expect(said({ spec: { validations: [{ expression: expensive }, ...NO] } }, { object })).toEqual([
      `?deny: expression '${expensive}' resulted in error: operation cancelled: actual cost limit exceeded`,
      'deny: no',
    ]);
  });

  it('of all expressions of a policy: nothing else is evaluated', () => {
    const validations = Array.from({ length: 12 }, () => ({ expression: expensive }));
    const verdicts = said({ spec: { validations: [...validations, ...NO] } }, { object });
    expect(verdicts.at(-1)).toBe(
      `?deny: expression '${expensive}' resulted in error: validation failed due to running out of cost budget, no further validation rules will be run`,
    );
    expect(verdicts).toHaveLength(10);
  });

  it('of match conditions', () => {
    const matchConditions = ['a', 'b', 'c', 'd'].map((name) => ({ name, expression: expensive }));
    expect(said({ spec: { matchConditions, validations: NO } }, { object })).toEqual([
      '?deny: validation failed due to running out of cost budget, no further validation rules will be run',
    ]);
  });

  it("are the caller's to lower", () => {
    const spec = { validations: [{ expression: 'object.spec.list.all(a, a < 9999)' }] };
    expect(said({ spec }, { object })).toEqual([]);
    expect(said({ spec }, { object }, { costLimits: { expression: 100 } })[0]).toMatch(/cost limit exceeded$/);
  });
});

describe('verdicts', () => {
  it('name policy, binding, expression, place and subject', () => {
    const [verdict] = review({ spec: { validations: NO } }, { object: web, origin: { file: 'pod.yaml', line: 3 } });
    expect(verdict).toEqual({
      decision: 'deny',
      severity: 'high',
      policy: {
        kind: 'admission',
        name: 'rule',
        rule: 'rule-everywhere',
        origin: expect.objectContaining({ line: 1 }),
      },
      subject: {
        group: '',
        version: 'v1',
        kind: 'Pod',
        namespace: 'shop',
        name: 'web',
        origin: { file: 'pod.yaml', line: 3 },
      },
      message: 'no',
      details: {
        binding: 'rule-everywhere',
        actions: ['Deny'],
        reason: 'Invalid',
        code: 422,
        expression: 'false',
      },
    });
  });

  it('come from every policy, by name, and nothing is said about nothing', () => {
    const parts = ['b', 'a'].map((name) => ({ name, spec: { validations: [{ expression: 'false', message: name }] } }));
    expect(said(parts)).toEqual(['deny: a', 'deny: b']);
    expect(reviewAdmission(policiesOf(...parts), {}, { surroundings: surroundingsOf() })).toEqual([]);
  });
});
