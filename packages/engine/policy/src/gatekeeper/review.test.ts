import { describe, expect, it, test } from 'vitest';
import type { EnforcementPoint } from './enforcement.ts';
import { createInventory } from './inventory.ts';
import { compileGatekeeper } from './policies.ts';
import { type Review, type ReviewOptions, reviewObject, reviewOf } from './review.ts';
import { documentsOf, OBJECTION, objection } from './testing/documents.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };

function verdictsOf(
  text: string,
  review: Review = reviewOf(POD),
  options: ReviewOptions = { enforcementPoint: 'validation.gatekeeper.sh' },
) {
  const policies = compileGatekeeper(documentsOf(text));
  expect(policies.diagnostics).toEqual([]);
  return reviewObject(policies, review, options);
}

describe('reviewObject', () => {
  it('tells object, policy, message, severity and field', () => {
    const [verdict, ...others] = verdictsOf(`${OBJECTION}${objection('{parameters: {to: shop}}')}`);
    expect(others).toEqual([]);
    expect(verdict).toMatchObject({
      decision: 'deny',
      severity: 'high',
      policy: { kind: 'gatekeeper', name: 'Objection', rule: 'first', origin: { file: 'policies.yaml' } },
      subject: { group: '', version: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
      message: 'shop objects to web',
      fields: ['metadata.name'],
    });
  });

  test.each([
    ['{enforcementAction: deny, parameters: {to: a}}', 'validation.gatekeeper.sh', ['deny']],
    ['{enforcementAction: warn, parameters: {to: a}}', 'validation.gatekeeper.sh', ['warn']],
    ['{enforcementAction: dryrun, parameters: {to: a}}', 'audit.gatekeeper.sh', ['allow']],
    [scoped('deny', 'validation.gatekeeper.sh'), 'validation.gatekeeper.sh', ['deny']],
    [scoped('deny', 'validation.gatekeeper.sh'), 'audit.gatekeeper.sh', []],
    [scoped('warn', '*'), 'gator.gatekeeper.sh', ['warn']],
  ])('%s at %s', (spec, enforcementPoint, decisions) => {
    const options = { enforcementPoint: enforcementPoint as EnforcementPoint };
    const verdicts = verdictsOf(`${OBJECTION}${objection(spec)}`, undefined, options);
    expect(verdicts.map(({ decision }) => decision)).toEqual(decisions);
  });

  it('judges the old object of a deletion', () => {
    const request = {
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'DELETE',
      object: null,
      oldObject: POD,
    };
    const [verdict] = verdictsOf(`${OBJECTION}${objection('{parameters: {to: a}}')}`, { request });
    expect(verdict).toMatchObject({ message: 'a objects to web', subject: { name: 'web', namespace: 'shop' } });
  });

  it('matches an update by what was there, too', () => {
    const spec = '{parameters: {to: a}, match: {labelSelector: {matchLabels: {app: web}}}}';
    const labelled = { ...POD, metadata: { ...POD.metadata, labels: { app: 'web' } } };
    const { request } = reviewOf(POD);
    const update = { request: { ...request, operation: 'UPDATE', oldObject: labelled } };
    expect(verdictsOf(`${OBJECTION}${objection(spec)}`, update)).toHaveLength(1);
    expect(verdictsOf(`${OBJECTION}${objection(spec)}`)).toHaveLength(0);
  });

  it('counts what can not be matched as a violation', () => {
    const spec = '{parameters: {to: a}, match: {namespaceSelector: {matchLabels: {env: prod}}}}';
    const text = `${OBJECTION}${objection(spec)}`;
    expect(verdictsOf(text)[0]?.message).toContain('missing Namespace');
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { env: 'prod' } } };
    expect(verdictsOf(text, reviewOf(POD, { namespace }))[0]?.message).toBe('a objects to web');
    expect(verdictsOf(text, reviewOf(POD, { namespace: { ...namespace, metadata: { name: 'shop' } } }))).toEqual([]);
  });

  it('denies, by name, what takes too long', () => {
    const slow = OBJECTION.replace('msg := sprintf', 'count(numbers.range(1, 100000)) > 0\n        msg := sprintf');
    const options = { enforcementPoint: 'validation.gatekeeper.sh', limits: { steps: 1000 } } as const;
    const [verdict] = verdictsOf(`${slow}${objection('{parameters: {to: a}}')}`, undefined, options);
    expect(verdict).toMatchObject({ decision: 'deny' });
    expect(verdict?.message).toMatch(/^Objection first gave no answer: .*\(eval_budget_error\)$/);
  });

  it('asks templates for their operations only', () => {
    const text = `${OBJECTION}    operations: [DELETE]\n${objection('{parameters: {to: a}}')}`;
    expect(verdictsOf(text)).toEqual([]);
  });

  it('gives templates the inventory, and answers of providers', () => {
    const rego = 'x := data.inventory.namespace[_]["v1"]["Pod"][name]\n        msg := name';
    const inventory = createInventory([POD, { ...POD, metadata: { name: '__proto__', namespace: 'shop' } }]);
    const text = `${OBJECTION.replace(/msg := sprintf.*/, rego)}${objection('{}')}`;
    const options = { enforcementPoint: 'audit.gatekeeper.sh', inventory } as const;
    expect(verdictsOf(text, undefined, options).map(({ message }) => message)).toEqual(['__proto__', 'web']);
    const asks = 'answer := external_data({"provider": "p", "keys": ["k"]})\n        msg := answer.system_error';
    const asking = `${OBJECTION.replace(/msg := sprintf.*/, asks)}${objection('{}')}`;
    expect(verdictsOf(asking).map(({ message }) => message)).toEqual(["provider p can't be asked from here"]);
  });
});

function scoped(action: string, point: string): string {
  return `{parameters: {to: a}, enforcementAction: scoped, scopedEnforcementActions: [{action: ${action}, enforcementPoints: [{name: "${point}"}]}]}`;
}
