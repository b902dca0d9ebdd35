import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it, test } from 'vitest';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { compilePolicySet } from '../policy-set/compile-policy-set.ts';
import { createSurroundings } from '../policy-set/surroundings.ts';
import { constraint, NO_PRIVILEGED, PRIVILEGED } from '../policy-set/testing/policies.ts';
import type { GateContext } from '../policy-set/types.ts';
import { parseWaiver } from './parse-waiver.ts';

const NOW = Date.UTC(2027, 2, 31, 12);

function waiver(spec: string, { name = 'w', namespace = 'shop' } = {}): string {
  return `
---
apiVersion: sekisho.dev/v1alpha1
kind: Waiver
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
`;
}

const rest = 'reason: it drives the printer, owner: team-web';
const valid = (policies: string, more = '') =>
  waiver(`{policies: [${policies}], ${rest}, expires: '2027-03-31'${more}}`);

function judged(text: string, object: KubeObject = PRIVILEGED, context: Partial<GateContext> = {}) {
  const set = compilePolicySet({ documents: documentsOf(text) }, { controlNamespace: 'control' });
  expect(set.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return set.judge({ object }, { gate: 'sync', now: NOW, surroundings: createSurroundings(), ...context });
}

describe('a Waiver', () => {
  it('takes the force from what it covers, and stays beside it', () => {
    expect(judged(`${NO_PRIVILEGED}${valid('{name: NoPrivileged}')}`)).toMatchObject([
      { decision: 'allow', waivedBy: 'shop/w', waivedDecision: 'deny', severity: 'high' },
    ]);
    expect(judged(`${constraint('{enforcementAction: warn}')}${valid('{name: NoPrivileged}')}`)).toMatchObject([
      { decision: 'allow', waivedDecision: 'warn' },
    ]);
    const noted = judged(`${constraint('{enforcementAction: dryrun}')}${valid('{name: NoPrivileged}')}`);
    expect(noted[0]).not.toHaveProperty('waivedBy');
  });

  test.each([
    ['{name: NoPrivileged}', true],
    ['{name: NoPrivileged/none}', true],
    ['{name: "No*"}', true],
    ['{name: "*"}', true],
    ['{kind: gatekeeper, name: NoPrivileged, rule: none}', true],
    ['{kind: gatekeeper, name: "*", rule: "n*"}', true],
    ['{name: Other}, {name: NoPrivileged}', true],
    ['{kind: rego, name: NoPrivileged}', false],
    ['{name: NoPrivileged, rule: other}', false],
    ['{name: noprivileged}', false],
    ['{name: "No"}', false],
  ])('for policies %s: %s', (policies, covers) => {
    expect(judged(`${NO_PRIVILEGED}${valid(policies)}`)[0]?.decision).toBe(covers ? 'allow' : 'deny');
  });

  it('is for its own namespace, unless it is in the control namespace', () => {
    const spec = `{policies: [{name: '*'}], ${rest}, expires: '2027-03-31'}`;
    const decisionBy = (namespace: string) => judged(`${NO_PRIVILEGED}${waiver(spec, { namespace })}`)[0]?.decision;
    expect([decisionBy('shop'), decisionBy('other'), decisionBy('control')]).toEqual(['allow', 'deny', 'allow']);
  });

  it('is for what its match says', () => {
    const decisionWith = (match: string) =>
      judged(`${NO_PRIVILEGED}${valid("{name: '*'}", `, match: ${match}`)}`)[0]?.decision;
    expect(decisionWith('{name: web}')).toBe('allow');
    expect(decisionWith('{name: api}')).toBe('deny');
    expect(decisionWith("{kinds: [{apiGroups: [''], kinds: [Pod]}]}")).toBe('allow');
    // Who knows what the namespace is: it covers nothing then.
    expect(decisionWith('{namespaceSelector: {matchLabels: {tier: lab}}}')).toBe('deny');
  });

  test.each([
    ["'2027-03-31'", 'allow'],
    ["'2027-03-30'", 'deny'],
    ["'2027-03-31T12:00:00Z'", 'deny'],
    ["'2027-03-31T12:00:00.001Z'", 'allow'],
    ["'2027-03-31T14:00:00+02:00'", 'deny'],
    ["'2027-03-31T14:00:00+01:00'", 'allow'],
  ])('counts until %s: %s', (expires, decision) => {
    const text = waiver(`{policies: [{name: '*'}], ${rest}, expires: ${expires}}`);
    expect(judged(`${NO_PRIVILEGED}${text}`)[0]?.decision).toBe(decision);
  });

  it('may come with the objects', () => {
    const [document] = documentsOf(valid("{name: '*'}"));
    const { waiver: brought } = parseWaiver(document as NonNullable<typeof document>);
    expect(judged(NO_PRIVILEGED, PRIVILEGED, { waivers: brought === undefined ? [] : [brought] })).toMatchObject([
      { decision: 'allow', waivedBy: 'shop/w' },
    ]);
  });

  it('is of several the one that lasts longest', () => {
    const spec = (day: string) => `{policies: [{name: NoPrivileged}], ${rest}, expires: '${day}'}`;
    const text = `${NO_PRIVILEGED}${waiver(spec('2027-04-01'), { name: 'short' })}${waiver(spec('2028-01-01'), { name: 'long' })}`;
    expect(judged(text)[0]?.waivedBy).toBe('shop/long');
  });

  it('is judged itself, and never covered by itself', () => {
    const template = NO_PRIVILEGED.replace('c := input.review.object.spec.containers[_]', '')
      .replace('c.securityContext.privileged', 'input.review.object.kind == "Waiver"')
      .replace('kinds: [Pod]', 'kinds: [Waiver]')
      .replace("apiGroups: ['']", 'apiGroups: [sekisho.dev]');
    const text = valid("{name: '*'}");
    const object = documentsOf(text)[0]?.object as KubeObject;
    expect(judged(`${template}${text}`, object)[0]?.decision).toBe('deny');
    const other = waiver(`{policies: [{name: '*'}], ${rest}, expires: '2028-01-01'}`, { name: 'other' });
    expect(judged(`${template}${text}${other}`, object)[0]?.waivedBy).toBe('shop/other');
  });

  it('is found among very many', { timeout: 60_000 }, () => {
    const [document] = documentsOf(valid('{name: Other}'));
    const object = (document as NonNullable<typeof document>).object;
    const documents = Array.from({ length: 10_000 }, (_, i) => ({
      object: { ...object, metadata: { name: `w${i}`, namespace: i % 2 === 0 ? 'control' : `n${i}` } },
    }));
    const set = compilePolicySet({ documents: [...documentsOf(NO_PRIVILEGED), ...documents] });
    expect(set.waivers).toHaveLength(10_000);
    const context: GateContext = { gate: 'sync', now: NOW, surroundings: createSurroundings() };
    expect(set.judge({ object: PRIVILEGED }, context)[0]?.decision).toBe('deny');
    const more = [...documents, ...documentsOf(valid('{name: NoPrivileged}'))];
    const waived = compilePolicySet({ documents: [...documentsOf(NO_PRIVILEGED), ...more] });
    expect(waived.judge({ object: PRIVILEGED }, context)[0]?.waivedBy).toBe('shop/w');
  });
});

describe('parseWaiver', () => {
  test.each([
    ['no policies', `{${rest}, expires: '2027-03-31'}`, 'spec.policies'],
    ['an empty list of policies', `{policies: [], ${rest}, expires: '2027-03-31'}`, 'spec.policies'],
    ['a policy without a name', `{policies: [{kind: rego}], ${rest}, expires: '2027-03-31'}`, 'policies[0].name'],
    ['a kind that is none', `{policies: [{kind: opa, name: x}], ${rest}, expires: '2027-03-31'}`, 'policies[0].kind'],
    ['a policy that is a text', `{policies: [x], ${rest}, expires: '2027-03-31'}`, 'policies[0]'],
    ['no reason', `{policies: [{name: x}], owner: a, expires: '2027-03-31'}`, 'spec.reason'],
    ['a blank reason', `{policies: [{name: x}], reason: '  ', owner: a, expires: '2027-03-31'}`, 'spec.reason'],
    ['no owner', `{policies: [{name: x}], reason: a, expires: '2027-03-31'}`, 'spec.owner'],
    ['no expiry', `{policies: [{name: x}], ${rest}}`, 'spec.expires'],
    ['an expiry that is no day', `{policies: [{name: x}], ${rest}, expires: '2027-02-30'}`, 'spec.expires'],
    ['an expiry in words', `{policies: [{name: x}], ${rest}, expires: never}`, 'spec.expires'],
    [
      'a match that is none',
      `{policies: [{name: x}], ${rest}, expires: '2027-03-31', match: {scope: 3}}`,
      'spec.match',
    ],
    ['no spec', 'null', 'spec'],
  ])('%s is a fault with its place', (_, spec, field) => {
    const [document] = documentsOf(waiver(spec));
    const { waiver: read, diagnostics } = parseWaiver(document as NonNullable<typeof document>);
    expect(read).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ code: 'WAIVER_INVALID', origin: { file: 'policies.yaml' } });
    expect(diagnostics[0]?.message).toContain(field);
  });

  test.each([
    ["'2027-02-30'", 'spec.expires: "2027-02-30" is no day of the calendar'],
    ['never', 'spec.expires: "never" is no day (YYYY-MM-DD) and no time (RFC 3339)'],
    ["'2027-03-31 12:00'", 'spec.expires: "2027-03-31 12:00" is no day (YYYY-MM-DD) and no time (RFC 3339)'],
    ['31', 'spec.expires: 31 is no day (YYYY-MM-DD) and no time (RFC 3339)'],
    ["''", 'spec.expires: "" is no day (YYYY-MM-DD) and no time (RFC 3339)'],
    ['{in: 3 days}', 'spec.expires: {"in":"3 days"} is no day (YYYY-MM-DD) and no time (RFC 3339)'],
    ['null', 'spec.expires: is required: the day until which it counts'],
  ])('of expires: %s says what is wrong, and what would be right, at its line', (expires, message) => {
    const [document] = documentsOf(waiver(`\n  policies: [{name: x}]\n  reason: a\n  owner: b\n  expires: ${expires}`));
    const { diagnostics } = parseWaiver(document as NonNullable<typeof document>);
    expect(diagnostics).toMatchObject([
      { message: `Waiver w: ${message}`, hint: expect.stringContaining('2027-03-31'), origin: { line: 10 } },
    ]);
  });

  test.each([
    ['reason', '3', 'spec.reason: must be a text, not 3: why the policies need not hold'],
    ['owner', "' '", 'spec.owner: must not be blank: the team or person who answers for it'],
  ])('of a %s that is %s says what is wrong', (field, value, message) => {
    const spec = { policies: '[{name: x}]', reason: 'a', owner: 'b', expires: "'2027-03-31'", [field]: value };
    const [document] = documentsOf(waiver(`{${Object.entries(spec).map(([key, text]) => `${key}: ${text}`)}}`));
    const { diagnostics } = parseWaiver(document as NonNullable<typeof document>);
    expect(diagnostics).toMatchObject([{ message: `Waiver w: ${message}` }]);
  });

  it('warns of fields that nobody reads', () => {
    const [document] = documentsOf(valid("{name: '*', reason: x}", ', until: x'));
    const { waiver: read, diagnostics } = parseWaiver(document as NonNullable<typeof document>);
    expect(read).toBeDefined();
    expect(diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'POLICY_UNKNOWN_FIELD warning',
      'POLICY_UNKNOWN_FIELD warning',
    ]);
  });
});
