import type { KubeObject } from '@sekisho/kube';
import type { PolicyBundle, PolicySummary } from '@sekisho/policy';
import { fakeClock } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { keyOf } from './document-key.ts';
import { EMPTY_INFO } from './gate-worker.ts';
import type { PolicyBook } from './policy-book.ts';
import { createPolicyIndex } from './policy-index.ts';
import type { PolicySourceState } from './policy-sources/policy-sources.ts';
import { policyParts, policyRow, waiverRows } from './policy-views.ts';

const DAY = Date.UTC(2026, 0, 2);

function object(apiVersion: string, kind: string, name: string, spec: unknown, namespace?: string): KubeObject {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion, kind, metadata, spec } as KubeObject;
}
const template = object('templates.gatekeeper.sh/v1', 'ConstraintTemplate', 'owner', {
  crd: { spec: { names: { kind: 'Owner' } } },
});
const constraint = object('constraints.gatekeeper.sh/v1beta1', 'Owner', 'all', {
  enforcementAction: 'scoped',
  scopedEnforcementActions: [
    { action: 'deny', enforcementPoints: [{ name: 'validation.gatekeeper.sh' }] },
    { action: 'warn', enforcementPoints: [{ name: '*' }] },
  ],
});
const admission = object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'few', {});
const binding = object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', 'here', {
  policyName: 'few',
});
const source = object('sekisho.dev/v1alpha1', 'PolicySource', 'platform', {});
const waiver = (name: string, spec: Record<string, unknown>) =>
  object('sekisho.dev/v1alpha1', 'Waiver', name, { policies: [{ name: 'Owner' }], ...spec }, 'shop');
const active = waiver('active', { reason: 'old', owner: 'me', expires: '2026-01-02' });
const expired = waiver('expired', { reason: 'old', owner: 'me', expires: '2025-01-02' });
const invalid = waiver('bad', { policies: [7, { name: 'X', rule: 'y', kind: 'rego' }], reason: 3 });
const bundle: PolicyBundle = {
  name: 'platform',
  format: 'rego',
  files: [{ text: 'package main', origin: { repo: 'r', revision: 'c', file: 'policy/a.rego' } }],
};

const objects = [template, constraint, admission, binding, source, active, expired, invalid];
const documents = objects.map((one) => ({ object: one, origin: { file: keyOf(one) } }));
const fault = {
  code: 'WAIVER_INVALID',
  severity: 'error',
  message: 'Waiver bad: spec.owner: is required',
  origin: { file: 'waiver.sekisho.dev/shop/bad' },
} as const;

function book(state?: Partial<PolicySourceState>): PolicyBook {
  const index = createPolicyIndex(documents, [bundle]);
  const waivers = [
    { id: 'shop/active', expires: DAY },
    { id: 'shop/expired', expires: 0 },
  ];
  return {
    info: () => ({ ...EMPTY_INFO, waivers, diagnostics: [fault] }),
    documents: () => documents,
    documentOf: index.documentOf,
    sourceOf: () => state,
    templateOf: () => template,
  } as unknown as PolicyBook;
}

const summary = (id: string, more: Partial<PolicySummary> = {}): PolicySummary => ({
  id,
  policy: { kind: 'gatekeeper', name: 'Owner', rule: 'all' },
  title: 'Owners',
  action: 'deny',
  gates: ['check', 'sync', 'admission', 'audit'],
  kinds: ['Pod'],
  readsSurroundings: false,
  hash: 'h',
  ...more,
});

test('what follows at each gate', () => {
  expect(policyRow(book(), summary('gatekeeper/Owner/all')).enforcement).toEqual({
    check: 'deny',
    sync: 'deny',
    admission: 'deny',
    audit: 'deny',
  });
  const scoped = policyRow(book(), summary('gatekeeper/Owner/all', { action: 'scoped' }));
  expect(scoped.enforcement).toEqual({ check: 'deny', sync: 'deny', admission: 'deny', audit: 'warn' });
});

test.each([
  ['gatekeeper/Owner/all', ['ConstraintTemplate', 'Owner']],
  ['admission/few', ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']],
  ['rego/platform/main', ['PolicySource']],
  ['best-practice/pod-security', []],
])('%s is made of %j', (id, kinds) => {
  expect(policyParts(book(), id).documents.map(({ kind }) => kind)).toEqual(kinds);
});

test('files of a policy, their revision, and why they are not there', () => {
  const found = { files: bundle.files, revision: 'c', fetchedAt: '2026-01-01T00:00:00Z' };
  expect(policyParts(book({ found }), 'rego/platform/main')).toMatchObject({
    files: [{ path: 'policy/a.rego', text: 'package main' }],
    revision: 'c',
  });
  expect(policyRow(book({ trouble: 'away' }), summary('rego/platform/main')).unavailable).toBe('away');
  expect(policyRow(book({ found, trouble: 'away' }), summary('rego/platform/main')).unavailable).toBeUndefined();
});

test('waivers with their states, whatever somebody wrote', () => {
  expect(waiverRows(book(), fakeClock())).toEqual([
    {
      id: 'shop/active',
      namespace: 'shop',
      name: 'active',
      policies: [{ name: 'Owner' }],
      reason: 'old',
      owner: 'me',
      expires: '2026-01-02T00:00:00.000Z',
      state: 'active',
    },
    {
      id: 'shop/bad',
      namespace: 'shop',
      name: 'bad',
      policies: [{ name: '' }, { kind: 'rego', name: 'X', rule: 'y' }],
      reason: '',
      owner: '',
      state: 'invalid',
      message: 'spec.owner: is required',
    },
    expect.objectContaining({ id: 'shop/expired', state: 'expired', message: 'It has expired.' }),
  ]);
});
