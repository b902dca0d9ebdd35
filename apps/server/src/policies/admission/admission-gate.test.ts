import { SekishoError, silentLogger } from '@sekisho/base';
import type { AdmissionRequest } from '@sekisho/cluster';
import type { AdmissionDecision } from '@sekisho/policy';
import { type FakeClock, fakeClock } from '@sekisho/testkit';
import { beforeEach, expect, test } from 'vitest';
import type { NewAuditEntry } from '../../audit/audit.ts';
import { type AdmissionBook, type AdmissionGate, createAdmissionGate } from './admission-gate.ts';
import { createAdmissionEvidence } from './evidence.ts';

const PASSED: AdmissionDecision = { allowed: true, warnings: [] };
const verdict = {
  decision: 'deny',
  policyId: 'gatekeeper/Owner/all',
  policy: { kind: 'gatekeeper', name: 'Owner', rule: 'all' },
  message: 'no owner',
} as const;
const DENIED = {
  allowed: false,
  code: 403,
  reason: 'Forbidden',
  message: '[all] no owner',
  warnings: ['[advice] think twice'],
  evidence: { verdicts: [verdict] },
} as unknown as AdmissionDecision;

let clock: FakeClock;
let gate: AdmissionGate;
let entries: NewAuditEntry[];
let answers: (AdmissionDecision | Error)[];
let asked: number;
let catchUp: () => Promise<boolean>;
let ready: () => Promise<void>;
let concerned: boolean;

const { signal } = new AbortController();
const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  name: 'web',
  namespace: 'shop',
  operation: 'CREATE',
  userInfo: { username: 'ann', groups: ['dev'] },
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } },
  dryRun: false,
  ...more,
});
const kindOf = (group: string, kind: string) => ({ kind: { group, version: 'v1', kind } });

function attach(): void {
  const decide = async () => {
    asked++;
    const answer = answers.shift() ?? PASSED;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const book: AdmissionBook = {
    worker: { concerns: () => concerned, mutates: () => concerned, decide },
    ready: () => ready(),
    catchUp: () => catchUp(),
    knowNamespace: async () => {},
  };
  gate.attach(book, createAdmissionEvidence({ audit: { record: (entry) => entries.push(entry) }, clock }));
}

beforeEach(() => {
  clock = fakeClock();
  entries = [];
  answers = [];
  asked = 0;
  catchUp = async () => false;
  concerned = true;
  ready = async () => {};
  gate = createAdmissionGate({ controlNamespace: 'argocd', clock, logger: silentLogger });
});

test('a refusal has the message, code and warnings of the policies', async () => {
  attach();
  answers = [DENIED];
  expect(await gate.validate(request(), signal)).toEqual({
    allowed: false,
    code: 403,
    reason: 'Forbidden',
    message: 'admission "policies.sekisho.dev" denied the request: [all] no owner',
    warnings: ['[advice] think twice'],
  });
});

test('before it refuses it looks whether something newer is written', async () => {
  attach();
  catchUp = async () => true;
  answers = [DENIED, PASSED];
  expect((await gate.validate(request(), signal)).allowed).toBe(true);
  expect(asked).toBe(2);
  expect(entries).toEqual([]);
});

test('when the newest can not be read, the refusal stands', async () => {
  attach();
  catchUp = () => Promise.reject(new Error('too many requests'));
  answers = [DENIED];
  expect(await gate.validate(request(), signal)).toMatchObject({ allowed: false, code: 403 });
});

test('writes wait for the first load, and fail when it never comes', async () => {
  let load: () => void = () => {};
  const loaded = new Promise<void>((resolve) => {
    load = resolve;
  });
  ready = () => loaded;
  expect(gate.concerns({ group: '', kind: 'Pod', operation: 'CREATE', mutating: false })).toBe(true);
  const early = gate.validate(request(), signal);
  attach();
  await clock.advance(29_000);
  load();
  expect(await early).toEqual({ allowed: true, warnings: [] });
  const never = createAdmissionGate({ controlNamespace: 'argocd', clock, logger: silentLogger });
  const refused = never.validate(request(), signal).catch((error: Error) => error);
  await clock.advance(30_000);
  expect(await refused).toMatchObject({ code: 500, message: expect.stringContaining('still being loaded') });
});

test.each<[string, Partial<AdmissionRequest>]>([
  ['something of the control namespace', { namespace: 'argocd' }],
  ['the control namespace itself', { ...kindOf('', 'Namespace'), name: 'argocd' }],
  ['the node of the cluster', { ...kindOf('', 'Node'), userInfo: own('system:kube-controller-manager') }],
  ['reports of the audit', { ...kindOf('wgpolicyk8s.io', 'PolicyReport'), userInfo: own('system:sekisho') }],
  [
    'the authority of a namespace',
    { ...kindOf('', 'ConfigMap'), name: 'kube-root-ca.crt', userInfo: own('system:kube-controller-manager') },
  ],
])('nobody is asked about %s, and it waits for nothing', async (_, more) => {
  expect((await gate.validate(request(more), signal)).allowed).toBe(true);
  const { object } = request(more);
  expect((await gate.mutate(request(more), signal)).object).toEqual(object);
});

test.each<[string, Partial<AdmissionRequest>]>([
  ['a waiver of the control namespace', { ...kindOf('sekisho.dev', 'Waiver'), namespace: 'argocd' }],
  ['a node that somebody else writes', kindOf('', 'Node')],
  ['a pod that a controller makes', { userInfo: own('system:kube-controller-manager') }],
  [
    'another ConfigMap of a controller',
    { ...kindOf('', 'ConfigMap'), userInfo: own('system:kube-controller-manager') },
  ],
])('%s is judged', async (_, more) => {
  attach();
  answers = [DENIED];
  expect((await gate.validate(request(more), signal)).allowed).toBe(false);
});

test.each([
  ['constraints.gatekeeper.sh', 'Owner', undefined, false],
  ['apiextensions.k8s.io', 'CustomResourceDefinition', undefined, false],
  ['admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', undefined, false],
  ['sekisho.dev', 'PolicySource', undefined, false],
  ['sekisho.dev', 'Waiver', undefined, true],
  ['argoproj.io', 'Application', undefined, false],
  ['argoproj.io', 'Rollout', undefined, true],
  ['', 'Event', undefined, false],
  ['', 'Pod', 'status', false],
  ['', 'Pod', 'ephemeralcontainers', true],
  ['apps', 'toString', undefined, true],
])('kind %s/%s (%s): asked %s', async (group, kind, subresource, expected) => {
  attach();
  await clock.advance(0);
  const question = { group, kind, operation: 'CREATE', mutating: false } as const;
  expect(gate.concerns(subresource === undefined ? question : { ...question, subresource })).toBe(expected);
  concerned = false;
  expect(gate.concerns(question)).toBe(false);
});

test('a thread that ended is asked again; policies that do not answer deny', async () => {
  attach();
  answers = [new SekishoError('POLICY_WORKER_FAILED', 'it ended', { retryable: true }), PASSED];
  expect((await gate.validate(request(), signal)).allowed).toBe(true);
  answers = [new Error('broken')];
  await expect(gate.validate(request(), signal)).rejects.toMatchObject({
    code: 500,
    message: 'admission "policies.sekisho.dev" could not ask the policies: broken',
  });
});

test('a mutation gives the object, or the reason why there is none', async () => {
  attach();
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { a: 'b' } } };
  answers = [{ ...PASSED, object }];
  expect((await gate.mutate(request(), signal)).object).toBe(object);
  answers = [{ allowed: false, code: 422, reason: 'Invalid', message: 'it does not converge', warnings: [] }];
  await expect(gate.mutate(request(), signal)).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
});

test('whoever breaks the glass is written down, each time; the same refusal once in ten minutes', async () => {
  attach();
  const broken = {
    ...PASSED,
    evidence: { verdicts: [verdict], breakGlass: 'incident 7' },
  } as unknown as AdmissionDecision;
  answers = [broken, broken, DENIED, DENIED, DENIED];
  for (let i = 0; i < 4; i++) await gate.validate(request(), signal);
  expect(entries.map(({ action }) => action)).toEqual([
    'admission.break-glass',
    'admission.break-glass',
    'admission.deny',
  ]);
  expect(entries[0]).toMatchObject({
    actor: { user: 'ann', groups: ['dev'] },
    object: { type: 'pod', namespace: 'shop', name: 'web' },
    outcome: 'succeeded',
    reason: 'incident 7',
    details: { operation: 'CREATE', verdicts: [{ policy: 'gatekeeper/Owner/all', rule: 'all', message: 'no owner' }] },
  });
  expect(entries[2]).toMatchObject({ outcome: 'denied', reason: '[all] no owner' });
  await clock.advance(600_000);
  await gate.validate(request(), signal);
  expect(entries).toHaveLength(4);
});

test('a Namespace is written down as what is in none', async () => {
  attach();
  answers = [DENIED];
  await gate.validate(request({ ...kindOf('', 'Namespace'), name: 'shop', namespace: 'shop' }), signal);
  expect(entries[0]?.object).toEqual({ type: 'namespace', name: 'shop' });
});

test('a dry run is judged and not written down', async () => {
  attach();
  answers = [DENIED];
  expect((await gate.validate(request({ dryRun: true }), signal)).allowed).toBe(false);
  expect(entries).toEqual([]);
});

function own(username: string) {
  return { username, groups: ['system:masters'] };
}
