import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { compilePolicySet } from '../policy-set/compile-policy-set.ts';
import { createSurroundings } from '../policy-set/surroundings.ts';
import { compileGatekeeper } from './policies.ts';
import { reviewObject, reviewOf } from './review.ts';
import { documentsOf } from './testing/documents.ts';

const REGO = 'package odd\nviolation[{"msg": "from Rego"}] { true }\n';

interface Parts {
  readonly source?: Readonly<Record<string, unknown>>;
  /** Beside CEL. */
  readonly rego?: 'field' | 'code';
  readonly parameters?: unknown;
  readonly engine?: 'Rego';
}

function documentsIn({ source, rego, parameters }: Parts) {
  const code = [
    ...(rego === 'code' ? [{ engine: 'Rego', source: { rego: REGO } }] : []),
    ...(source === undefined ? [] : [{ engine: 'K8sNativeValidation', source }]),
  ];
  const target = { target: 'admission.k8s.gatekeeper.sh', code, ...(rego === 'field' ? { rego: REGO } : {}) };
  const schema = { type: 'object', properties: { max: { type: 'integer', default: 3 }, name: { type: 'string' } } };
  const crd = { spec: { names: { kind: 'Odd' }, validation: { openAPIV3Schema: schema } } };
  const template = {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name: 'odd' },
    spec: { crd, targets: [target] },
  };
  const constraint = {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'Odd',
    metadata: { name: 'first' },
    spec: parameters === undefined ? {} : { parameters },
  };
  return documentsOf(`${JSON.stringify(template)}\n---\n${JSON.stringify(constraint)}\n`);
}

function compile(parts: Parts) {
  return compileGatekeeper(documentsIn(parts), { engine: parts.engine });
}

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 5 },
};
const namespace: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { env: 'prod' } },
};

/** Messages, with `?` in front of those without an answer. */
function said(parts: Parts, review = reviewOf(deployment, { namespace })): string[] {
  const policies = compile(parts);
  expect(policies.diagnostics.map(({ message }) => message)).toEqual([]);
  return reviewObject(policies, review, { enforcementPoint: 'validation.gatekeeper.sh' }).map(({ message }) => message);
}

describe('a template in CEL', () => {
  it.each<[expression: string, parameters: unknown, holds: boolean]>([
    ['object.spec.replicas <= variables.params.max', { max: 5 }, true],
    ['object.spec.replicas <= variables.params.max', { max: 4 }, false],
    ['object.spec.replicas <= variables.params.max', { name: 'default of max' }, false],
    ['variables.params == null', undefined, true],
    ["params.metadata.name == 'first' && params.kind == 'Odd'", undefined, true],
    ["variables.anyObject.metadata.name == 'web'", undefined, true],
    ["namespaceObject.metadata.labels['env'] == 'prod'", undefined, true],
    ["request.operation == 'CREATE' && request.resource.resource == 'deployments'", undefined, true],
  ])('%s with %j', (expression, parameters, holds) => {
    const source = { validations: [{ expression, message: 'broken' }] };
    expect(said({ source, parameters })).toEqual(holds ? [] : ['broken']);
  });

  it('has variables, conditions and messages of its own', () => {
    const source = {
      variables: [{ name: 'count', expression: 'variables.anyObject.spec.replicas' }],
      matchCondition: [{ name: 'deployments', expression: "request.kind.kind == 'Deployment'" }],
      validations: [{ expression: 'variables.count < 5', messageExpression: "'has ' + string(variables.count)" }],
    };
    expect(said({ source })).toEqual(['has 5']);
    const pod = { ...deployment, apiVersion: 'v1', kind: 'Pod' };
    expect(said({ source }, reviewOf(pod))).toEqual([]);
  });

  it('sees no object of a deletion, but anyObject', () => {
    const source = {
      validations: [
        { expression: "object == null && variables.anyObject.metadata.name == 'other'", message: 'deleted' },
      ],
    };
    const { request } = reviewOf(deployment);
    const deletion = { request: { ...request, object: undefined, oldObject: deployment, operation: 'DELETE' } };
    expect(said({ source }, deletion)).toEqual(['deleted']);
    const [verdict] = reviewObject(compile({ source }), deletion, { enforcementPoint: 'validation.gatekeeper.sh' });
    expect(verdict?.message).toBe('deleted');
  });

  it('that gives no answer is violated, unless it says Ignore', () => {
    const validations = [{ expression: 'variables.params.name == "x"' }];
    expect(said({ source: { validations } })[0]).toMatch(
      /^expression 'variables.params.name == "x"' resulted in error/,
    );
    expect(said({ source: { validations, failurePolicy: 'Ignore' } })).toEqual([]);
  });

  it.each(['field', 'code'] as const)('is asked alone when there is Rego as well, in %s', (rego) => {
    const source = { validations: [{ expression: 'false', message: 'from CEL' }] };
    expect(said({ source, rego })).toEqual(['from CEL']);
    expect(said({ source, rego, engine: 'Rego' })).toEqual(['from Rego']);
    expect(said({ rego })).toEqual(['from Rego']);
  });

  it.each<[why: string, source: Record<string, unknown>, message: string]>([
    ['no validations', {}, 'source.validations: must contain at least one item'],
    [
      'an unknown name',
      { validations: [{ expression: 'pod' }] },
      "source.validations[0].expression: undeclared reference to 'pod'",
    ],
    ['the authorizer', { validations: [{ expression: 'authorizer != null' }] }, "undeclared reference to 'authorizer'"],
    [
      'a variable of Gatekeeper',
      { variables: [{ name: 'params', expression: '1' }], validations: [{ expression: 'true' }] },
      'source.variables[0].name: "params" is there already',
    ],
    [
      'a reserved name',
      {
        matchCondition: [{ name: 'gatekeeper_internal_x', expression: 'true' }],
        validations: [{ expression: 'true' }],
      },
      'must not begin with gatekeeper_internal_',
    ],
    [
      'a failure policy',
      { failurePolicy: 'No', validations: [{ expression: 'true' }] },
      'source.failurePolicy: must be Fail or Ignore',
    ],
  ])('with a fault is left out: %s', (_, source, message) => {
    const { diagnostics, templates } = compile({ source });
    expect(diagnostics[0]?.message).toContain(message);
    expect(templates.size).toBe(0);
  });
});

describe('fields of what a template in CEL denies', () => {
  it('are named where there is time for it', () => {
    const source = {
      validations: [{ expression: 'object.spec.replicas <= variables.params.max', message: 'too many' }],
    };
    const documents = documentsIn({ source, parameters: { max: 2 } });
    const set = compilePolicySet({ documents });
    expect(set.diagnostics).toEqual([]);
    const context = { now: 0, surroundings: createSurroundings() };
    context.surroundings.put(namespace);
    const [verdict] = set.judge({ object: deployment }, { ...context, gate: 'sync' });
    expect(verdict).toMatchObject({ message: 'too many', fields: ['spec.replicas'] });
    if (verdict === undefined) throw new Error('no verdict');
    expect(set.explain(verdict, { object: deployment }, { ...context, gate: 'sync' })).toEqual({
      rule: { text: 'object.spec.replicas <= variables.params.max', origin: expect.objectContaining({ line: 1 }) },
      parameters: { max: 2 },
      values: [{ path: 'spec.replicas', value: 5 }],
    });
    const [quick] = set.judge({ object: deployment }, { ...context, gate: 'admission' });
    expect(quick?.fields).toBeUndefined();
  });
});
