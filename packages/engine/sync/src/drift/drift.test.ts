import type { KubeObject, ManagedFieldsEntry } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import { compareObject, decideAutoSync, driftAction, driftOf, parseDriftPolicy, type ResourceState } from '../index.ts';

const container = (image: string, more: Record<string, unknown> = {}) => ({ name: 'web', image, ...more });
const deployment = (spec: Record<string, unknown>, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const writer = (manager: string, fieldsV1: Record<string, unknown>, more: Partial<ManagedFieldsEntry> = {}) => ({
  manager,
  operation: 'Update' as const,
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1' as const,
  time: '2026-01-01T00:00:00Z',
  fieldsV1,
  ...more,
});

function drift(desired: KubeObject, live: KubeObject) {
  const { changes, places } = compareObject({ desired, live });
  return driftOf({ live, changes, places });
}

describe('driftOf says who', () => {
  const images = {
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
  };

  test('changed a field of an item that is told by its key', () => {
    const desired = deployment({ replicas: 2, template: { spec: { containers: [container('a:1')] } } });
    const live = deployment(
      { replicas: 2, template: { spec: { containers: [{ name: 'proxy', image: 'p' }, container('a:2')] } } },
      {
        managedFields: [
          writer('sekisho', { 'f:spec': { 'f:replicas': {} } }),
          writer('kubectl-edit', images, { time: '2026-02-01T00:00:00Z' }),
          writer('injector', {
            'f:spec': {
              'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"proxy"}': { '.': {}, 'f:image': {} } } } },
            },
          }),
        ],
      },
    );
    expect(drift(desired, live)).toEqual([
      {
        path: 'spec.template.spec.containers[name=web].image',
        at: ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"web"}', 'f:image'],
        from: 'a:1',
        to: 'a:2',
        manager: 'kubectl-edit',
        operation: 'Update',
        changedAt: '2026-02-01T00:00:00Z',
      },
    ]);
  });

  test.each<[title: string, managedFields: unknown, expected: Record<string, unknown>]>([
    [
      'scaled through a subresource',
      [writer('kubectl', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' })],
      { manager: 'kubectl', subresource: 'scale' },
    ],
    [
      'came last, of several owners',
      [
        writer('a', { 'f:spec': { 'f:replicas': {} } }),
        writer('b', { 'f:spec': { 'f:replicas': {} } }, { time: '2026-03-01T00:00:00Z' }),
      ],
      { manager: 'b' },
    ],
    ['owns the value that the field is part of', [writer('a', { 'f:spec': {} })], { manager: 'a' }],
    ['is nobody, without an owner', [writer('a', { 'f:metadata': { 'f:labels': {} } })], {}],
    ['is nobody, when what is written can not be read', [{ manager: 'a', fieldsV1: { 'k:{': {} } }, null, 'x'], {}],
    ['is nobody, without managedFields', 'nonsense', {}],
  ])('%s', (_title, managedFields, expected) => {
    const live = deployment({ replicas: 5 }, { managedFields: managedFields as ManagedFieldsEntry[] });
    const [field] = drift(deployment({ replicas: 2 }), live);
    expect(field).toMatchObject({ path: 'spec.replicas', from: 2, to: 5, ...expected });
    if (Object.keys(expected).length === 0) expect(field).not.toHaveProperty('manager');
  });

  test('removed a field: nobody can know', () => {
    const live = deployment({}, { managedFields: [writer('a', { 'f:spec': { 'f:paused': {} } })] });
    const [field] = drift(deployment({ paused: true }), live);
    expect(field).toMatchObject({ path: 'spec.paused', from: true });
    expect(field).not.toHaveProperty('to');
    expect(field).not.toHaveProperty('manager');
  });

  test('put something where git has nothing any more, by the part below it that is owned last', () => {
    const annotation = JSON.stringify(
      deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
    );
    const live = deployment(
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': annotation },
        managedFields: [writer('a', { 'f:spec': { 'f:strategy': { 'f:rollingUpdate': { 'f:maxSurge': {} } } } })],
      },
    );
    expect(drift(deployment({ strategy: { type: 'Recreate' } }), live)).toContainEqual(
      expect.objectContaining({ path: 'spec.strategy.rollingUpdate', manager: 'a' }),
    );
  });

  test('nothing of an object that is gone but that it is', () => {
    expect(driftOf({ live: undefined, changes: [], places: [] })).toEqual([{ path: '', at: [], from: 'present' }]);
  });
});

describe('values of Secrets are masked in drift', () => {
  const secret = (part: Record<string, unknown>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'shop' },
    ...part,
  });
  const plain = 'hunter2-hunter2';
  const encoded = Buffer.from(plain).toString('base64');
  const annotated = {
    metadata: {
      name: 's',
      namespace: 'shop',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data": {"password": "${encoded}"` },
    },
  };

  test.each<[title: string, desired: Record<string, unknown>, live: Record<string, unknown>]>([
    ['data', { data: { password: encoded } }, { data: { password: 'eA==' } }],
    ['stringData', { stringData: { password: plain } }, { data: { password: 'eA==' } }],
    ['data that is a text', { data: plain }, { data: { password: encoded } }],
    ['data that is a list', { data: [plain] }, { data: {} }],
    ['data with objects in it', { data: { password: { deep: plain } } }, { data: { password: encoded } }],
    ['stringData that is a number in a list', { stringData: [plain, 7] }, { data: { password: encoded } }],
    ['a misspelt field', { Data: { password: plain }, dataa: plain }, { data: {} }],
    ['a damaged last-applied annotation', { ...annotated, data: { password: encoded } }, { ...annotated, data: {} }],
    ['a field that somebody added', { data: {} }, { data: {}, token: plain }],
  ])('%s', (_title, desired, live) => {
    const told = JSON.stringify([drift(secret(desired), secret(live)), drift(secret(live), secret(desired))]);
    expect(told).not.toContain(plain);
    expect(told).not.toContain(encoded);
  });
});

describe('parseDriftPolicy', () => {
  const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const image = 'spec.template.spec.containers[name=web].image';

  test.each<[text: string | undefined, path: string, action: string | undefined]>([
    [undefined, 'spec.replicas', undefined],
    [' alert ', 'spec.replicas', 'alert'],
    ['{"default":"heal","fields":[{"path":"spec.replicas","policy":"report"}]}', 'spec.replicas', 'report'],
    ['{"default":"heal","fields":[{"path":"spec.replicas","policy":"report"}]}', 'spec.paused', 'heal'],
    ['{"fields":[{"path":"spec.template","policy":"alert"}]}', image, 'alert'],
    ['{"fields":[{"path":"spec.temp","policy":"alert"}]}', image, undefined],
    ['{"fields":[{"path":"spec.template.spec.containers[*].image","policy":"alert"}]}', image, 'alert'],
    ['{"fields":[{"kind":"Deploy*","name":"web","policy":"alert"}]}', image, 'alert'],
    ['{"fields":[{"kind":"ConfigMap","policy":"alert"},{"policy":"heal"}]}', image, 'heal'],
  ])('%s says of %s: %s', (text, path, action) => {
    const { policy, diagnostics } = parseDriftPolicy(text, 'f');
    expect(diagnostics).toEqual([]);
    expect(driftAction(policy, key, path)).toBe(action);
  });

  test.each<[text: string, says: string]>([
    ['undo', '"undo" is no policy'],
    ['{', 'is no policy'],
    ['[]', 'is no policy'],
    ['{"default":"undo"}', 'default is none of'],
    ['{"defaults":"heal"}', 'unknown field "defaults"'],
    ['{"fields":{}}', 'fields must be a list'],
    ['{"fields":[7]}', 'fields[0] must be an object'],
    ['{"fields":[{"path":"a"}]}', 'fields[0] has no policy'],
    ['{"fields":[{"path":7,"policy":"heal"}]}', 'path that is no text'],
    ['{"fields":[{"pth":"a","policy":"heal"}]}', 'unknown field "pth"'],
  ])('%s: %s', (text, says) => {
    const { diagnostics } = parseDriftPolicy(text, 'application a/b');
    expect(diagnostics[0]).toMatchObject({ code: 'DRIFT_POLICY_INVALID', message: expect.stringContaining(says) });
  });

  test('more rules than anybody needs: the first ones hold', () => {
    const fields = Array.from({ length: 201 }, (_, i) => ({ path: `spec.f${i}`, policy: 'heal' }));
    const { policy, diagnostics } = parseDriftPolicy(JSON.stringify({ fields }), 'application a/b');
    expect(policy.rules).toHaveLength(200);
    expect(diagnostics).toMatchObject([{ code: 'DRIFT_POLICY_INVALID' }]);
  });
});

describe('decideAutoSync heals by resource', () => {
  const state = (name: string, over: Partial<ResourceState> = {}): ResourceState => ({
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    namespace: 'n',
    name,
    status: 'OutOfSync',
    counts: true,
    hook: false,
    requiresPruning: false,
    requiresDeletionConfirmation: false,
    ...over,
  });
  const last = {
    revision: 'r1',
    parametersHash: 'p',
    phase: 'Succeeded',
    finishedAt: '2026-01-01T00:00:00Z',
    selfHealAttempts: 0,
  } as const;
  const decide = (over: Partial<Parameters<typeof decideAutoSync>[0]>) =>
    decideAutoSync({
      policy: undefined,
      comparison: { resources: [state('a'), state('b'), state('gone', { requiresPruning: true })], sync: 'OutOfSync' },
      revision: 'r1',
      parametersHash: 'p',
      operationRunning: false,
      last,
      now: Date.parse(last.finishedAt) + 60_000,
      ...over,
    });
  const onlyA = ({ name }: ResourceState) => name === 'a';

  test('with self-heal, those that are not to be reported only', () => {
    expect(decide({ policy: { selfHeal: true }, heals: onlyA })).toMatchObject({
      sync: true,
      selfHeal: true,
      resources: [{ name: 'a' }],
    });
    expect(decide({ policy: { selfHeal: true }, heals: () => false })).toMatchObject({ reason: 'already-attempted' });
    expect(decide({ policy: { selfHeal: true }, heals: () => undefined })).toMatchObject({
      resources: [{ name: 'a' }, { name: 'b' }],
    });
  });

  test('without self-heal, those that are asked for', () => {
    expect(decide({ policy: {}, heals: onlyA })).toMatchObject({ sync: true, resources: [{ name: 'a' }] });
  });

  test('of a commit that says nothing of what drifted, as of the one before', () => {
    const unrelated = { policy: {}, revision: 'r2' };
    expect(decide(unrelated)).toMatchObject({ sync: true, selfHeal: false });
    expect(decide({ ...unrelated, heals: () => false, isDrift: onlyA })).toMatchObject({ sync: true, selfHeal: false });
    const drifted = { resources: [state('a'), state('b')], sync: 'OutOfSync' } as const;
    const isDrift = () => true;
    expect(decide({ ...unrelated, comparison: drifted, heals: () => false, isDrift })).toMatchObject({
      reason: 'already-attempted',
    });
    expect(decide({ ...unrelated, comparison: drifted, heals: onlyA, isDrift })).toMatchObject({
      selfHeal: true,
      resources: [{ name: 'a' }],
    });
    const failed = { ...last, phase: 'Failed' } as const;
    expect(decide({ ...unrelated, comparison: drifted, last: failed, isDrift })).toMatchObject({
      sync: true,
      selfHeal: false,
    });
  });

  test('without automated sync, never with a prune, and the revision is not taken for synced', () => {
    expect(decide({ heals: () => true })).toMatchObject({
      sync: true,
      prune: false,
      driftOnly: true,
      resources: [{ name: 'a' }, { name: 'b' }],
    });
    expect(decide({ heals: () => undefined })).toMatchObject({ reason: 'disabled' });
    expect(decide({ heals: () => true, last: undefined })).toMatchObject({ reason: 'disabled' });
    expect(decide({ heals: () => true, operationRunning: true })).toMatchObject({ reason: 'disabled' });
    const driftOnly = { ...last, driftOnly: true, selfHealAttempts: 1 };
    expect(decide({ policy: {}, last: driftOnly })).toMatchObject({ sync: true, selfHeal: false });
    expect(decide({ heals: () => true, last: { ...driftOnly, phase: 'Failed' } })).toMatchObject({
      reason: 'disabled',
    });
  });

  test('with pauses', () => {
    const now = Date.parse(last.finishedAt) + 1_000;
    expect(decide({ heals: () => true, now })).toMatchObject({ reason: 'self-heal-backoff', retryAfterMs: 1_000 });
  });
});
