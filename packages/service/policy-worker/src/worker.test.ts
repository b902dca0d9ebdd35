import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { AdmissionRequest, PolicyDocument } from '@sekisho/policy';
import { afterEach, describe, expect, it } from 'vitest';
import { createPolicyWorker, type PolicySetInfo, type PolicyWorker, type PolicyWorkerOptions } from './index.ts';

const workers: PolicyWorker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
});

function open(options: Partial<PolicyWorkerOptions> = {}): PolicyWorker {
  const worker = createPolicyWorker({ controlNamespace: 'argocd', logger: silentLogger, ...options });
  workers.push(worker);
  return worker;
}

/** Without what labels of Namespaces ask for, which always counts. */
function written(info: PolicySetInfo | undefined): readonly string[] {
  return (info?.policies ?? []).map(({ id }) => id).filter((id) => !id.startsWith('best-practice/'));
}

function template(kind: string, rego: string): PolicyDocument {
  const object: KubeObject = {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name: kind.toLowerCase() },
    spec: {
      crd: { spec: { names: { kind } } },
      targets: [{ target: 'admission.k8s.gatekeeper.sh', rego: `package p\n${rego}` }],
    },
  };
  return { object };
}

function constraint(kind: string, name: string, spec: object = {}): PolicyDocument {
  return { object: { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind, metadata: { name }, spec } };
}

const NO_ROOT = [
  template(
    'NoRoot',
    'violation[{"msg": msg}] { input.review.object.spec.root == true; msg := sprintf("%v is root", [input.review.object.metadata.name]) }',
  ),
  constraint('NoRoot', 'no-root', { match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] } }),
];
const SLOW = [
  template(
    'Slow',
    'violation[{"msg": "never"}] { walk(input, [_, a]); walk(input, [_, b]); walk(input, [_, c]); a == [b, c] }',
  ),
  constraint('Slow', 'slow'),
];

function pod(name: string, spec: object = { root: true }, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', ...metadata }, spec };
}

function review(object: KubeObject, more: object = {}): AdmissionRequest {
  return {
    uid: 'u-1',
    kind: { group: '', version: 'v1', kind: object.kind },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    name: object.metadata.name,
    namespace: 'shop',
    userInfo: { username: 'jo' },
    object,
    ...more,
  };
}

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const text = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body));
const admissionReview = (object: KubeObject, more: object = {}) =>
  bytes({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: review(object, more) });

describe('a policy worker', () => {
  it('asks a set at a gate', async () => {
    const worker = open();
    const info = await worker.load({ documents: NO_ROOT });
    expect(written(info)).toEqual(['gatekeeper/NoRoot/no-root']);
    expect(await worker.judge({ object: pod('a') }, { gate: 'admission' })).toMatchObject([
      { decision: 'deny', policyId: 'gatekeeper/NoRoot/no-root', message: 'a is root' },
    ]);
    const many = [pod('a'), pod('b', {}), pod('c')].map((object) => ({ object }));
    const answers = await worker.judgeMany(many, { gate: 'audit' });
    expect(answers.map((verdicts) => verdicts.map(({ message }) => message))).toEqual([
      ['a is root'],
      [],
      ['c is root'],
    ]);
    expect(await worker.judgeTogether(many, { gate: 'sync' })).toHaveLength(2);
    expect(await worker.judge({ object: pod('a') }, { gate: 'sync', policies: [] })).toEqual([]);
  });

  it('asks about thousands of objects together, and copies them bit by bit', async () => {
    const worker = open();
    await worker.load({ documents: NO_ROOT });
    const many = Array.from({ length: 1_234 }, (_, i) => ({ object: pod(`p${i}`, { root: i % 100 === 0 }) }));
    const verdicts = await worker.judgeTogether(many, { gate: 'sync' });
    expect(verdicts.map(({ message }) => message)).toEqual(Array.from({ length: 13 }, (_, i) => `p${i * 100} is root`));
  });

  it('answers others while it is asked about many objects together', async () => {
    const worker = open();
    await worker.load({ documents: [...NO_ROOT, ...SLOW.map(onlyServices)] });
    const ended: string[] = [];
    const many = [service(), ...Array.from({ length: 60 }, (_, i) => pod(`p${i}`))].map((object) => ({ object }));
    const together = worker.judgeTogether(many, { gate: 'sync' }).then((verdicts) => {
      ended.push('together');
      return verdicts;
    });
    expect(await worker.decide(review(pod('a')), { step: 'validate' })).toMatchObject({ allowed: false });
    ended.push('admission');
    expect(await together).toHaveLength(61);
    expect(ended).toEqual(['admission', 'together']);
  });

  it('says which objects concern no policy, without a thread', async () => {
    const worker = open();
    const concerns = (group: string, kind: string) => worker.concerns({ gate: 'admission', group, kind });
    expect(concerns('', 'ConfigMap')).toBe(true);
    await worker.load({ documents: NO_ROOT });
    expect([concerns('', 'ConfigMap'), concerns('', 'Pod'), concerns('x', 'Pod')]).toEqual([false, true, false]);
  });

  it('answers with the set that was loaded last', async () => {
    const worker = open();
    const loads = [
      worker.load({ documents: NO_ROOT }),
      worker.load({ documents: [] }),
      worker.load({ documents: [...NO_ROOT, constraint('NoRoot', 'everywhere')] }),
    ];
    await Promise.all(loads);
    expect(written(worker.info)).toHaveLength(2);
    expect(await worker.judge({ object: pod('a') }, { gate: 'admission' })).toHaveLength(2);
    await worker.load({ documents: [] });
    expect(await worker.judge({ object: pod('a') }, { gate: 'admission' })).toEqual([]);
  });

  it('tells threads what surrounds objects, also one that takes the place of another', async () => {
    const worker = open({ timeoutMs: 300 });
    const same = template(
      'Unique',
      'violation[{"msg": other}] { data.inventory.namespace[_]["v1"]["Pod"][other].spec.host == input.review.object.spec.host; other != input.review.object.metadata.name }',
    );
    await worker.load({ documents: [same, constraint('Unique', 'unique'), ...SLOW.map(onlyServices)] });
    const ask = async () =>
      (await worker.judge({ object: pod('a', { host: 'x' }) }, { gate: 'admission', cluster: 'c' })).map(
        ({ message }) => message,
      );
    expect(await ask()).toEqual([]);
    worker.surround('c', { put: [pod('b', { host: 'x' }), pod('c', { host: 'y' })] });
    worker.surround('other', { put: [pod('d', { host: 'x' })] });
    expect(await ask()).toEqual(['b']);
    // The thread that knew it is ended by this one.
    await worker.judge({ object: service() }, { gate: 'admission' });
    worker.surround('c', { remove: [pod('b')], put: [pod('e', { host: 'x' })] });
    expect(await ask()).toEqual(['e']);
  });

  it('names the policy that never ends, and goes on with the others', async () => {
    const worker = open({ timeoutMs: 300 });
    await worker.load({ documents: [...NO_ROOT, ...SLOW.map(onlyServices)] });
    const [verdict] = await worker.judge({ object: service() }, { gate: 'sync' });
    expect(verdict).toMatchObject({ decision: 'deny', undecided: true, policyId: 'gatekeeper/Slow/slow' });
    expect(verdict?.subject).toEqual({ group: '', version: 'v1', kind: 'Service', namespace: 'shop', name: 'big' });
    expect(await worker.judge({ object: pod('a') }, { gate: 'sync' })).toHaveLength(1);
    const answers = await worker.judgeMany([{ object: pod('a') }, { object: service() }], { gate: 'audit' });
    expect(answers.map((verdicts) => verdicts.map(({ policyId }) => policyId))).toEqual([
      ['gatekeeper/NoRoot/no-root'],
      ['gatekeeper/Slow/slow'],
    ]);
    const decision = await worker.decide(review(service()), { step: 'validate' });
    expect(decision).toMatchObject({ allowed: false, code: 403 });
    expect(decision.message).toContain('[slow]');
    const answer = await worker.admit(admissionReview(service()), { step: 'validate' });
    expect(text(answer.body).response).toMatchObject({ uid: 'u-1', allowed: false, status: { code: 403 } });
  });

  it('stops when its caller does', async () => {
    const worker = open();
    await worker.load({ documents: SLOW });
    const stop = new AbortController();
    const answer = worker.judge({ object: service() }, { gate: 'sync', signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });
});

describe('external data', () => {
  const signed = [
    template(
      'Signed',
      'violation[{"msg": msg}] { answer := external_data({"provider": "signatures", "keys": [input.review.object.spec.image]}); msg := sprintf("%v", [[answer.responses, answer.errors, answer.system_error]]) }',
    ),
    constraint('Signed', 'signed'),
  ];
  const ask = async (worker: PolicyWorker, image: string) => {
    await worker.load({ documents: signed });
    return (await worker.judge({ object: pod('a', { image }) }, { gate: 'admission' })).map(({ message }) => message);
  };

  it('is asked of whoever owns the worker, while the rule waits', async () => {
    const worker = open({
      externalData: async ({ provider, keys }) => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        return {
          responses: keys.map((key) => [key, `${provider}: good`]),
          errors: [],
          statusCode: 200,
          systemError: '',
        };
      },
    });
    expect(await ask(worker, 'web:1')).toEqual(['[[["web:1", "signatures: good"]], [], ""]']);
  });

  it('is not asked for while policies are compiled', async () => {
    const asked: unknown[] = [];
    const worker = open({
      externalData: async (request) => {
        asked.push(request);
        return { responses: [], errors: [], statusCode: 200, systemError: '' };
      },
    });
    const rule = 'violation[{"msg": "x"}] { external_data({"provider": "p", "keys": []}).system_error != "" }';
    for (const name of ['first', 'second', 'third']) {
      await worker.load({ documents: [template('Signed', `${rule} # ${name}`), constraint('Signed', 'signed')] });
      expect(asked).toEqual([]);
      expect(await worker.judge({ object: pod('a') }, { gate: 'admission' })).toEqual([]);
      expect(asked.splice(0)).toHaveLength(1);
    }
  });

  it('is a system error where it can not be had', async () => {
    const refusing = open({ externalData: () => Promise.reject(new Error('the provider is away')) });
    expect(await ask(refusing, 'web:1')).toEqual(['[[], [], "the provider is away"]']);
    expect(await ask(open(), 'web:1')).toEqual([expect.stringContaining('nobody answers')]);
  });
});

describe('admission', () => {
  it('answers an AdmissionReview with one', async () => {
    const worker = open();
    await worker.load({ documents: [...NO_ROOT, constraint('NoRoot', 'soft', { enforcementAction: 'warn' })] });
    const refused = await worker.admit(admissionReview(pod('a')), { step: 'validate' });
    expect(text(refused.body)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u-1',
        allowed: false,
        status: { metadata: {}, code: 403, reason: 'Forbidden', message: '[no-root] a is root' },
        warnings: ['[soft] a is root'],
      },
    });
    expect(refused).toMatchObject({ status: 200, allowed: false, request: { uid: 'u-1', name: 'a' } });
    expect(refused.evidence?.verdicts).toHaveLength(2);
    const good = await worker.admit(admissionReview(pod('a', {})), { step: 'validate' });
    expect(text(good.body).response).toEqual({ uid: 'u-1', allowed: true });
  });

  it('gives each of many that come together its own answer', async () => {
    const worker = open({ timeoutMs: 300 });
    await worker.load({ documents: [...NO_ROOT, ...SLOW.map(onlyServices)] });
    const stop = new AbortController();
    const objects = [pod('a'), service(), pod('b', {}), pod('c')];
    const bodies = [...objects.map((object) => admissionReview(object)), bytes('nonsense')];
    const answers = bodies.map((body) => worker.admit(body, { step: 'validate' }));
    const left = worker.admit(admissionReview(pod('d')), { step: 'validate', signal: stop.signal });
    stop.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect((await Promise.all(answers)).map(({ status, allowed }) => [status, allowed])).toEqual([
      [200, false],
      [200, false],
      [200, true],
      [200, false],
      [400, false],
    ]);
  });

  it.each([
    ['nothing', '', 'no JSON'],
    ['no text', new Uint8Array([0xff, 0xfe]), 'no JSON'],
    ['a list', '[]', 'JSON object'],
    ['an empty object', '{}', 'not an object without apiVersion and kind'],
    ['another kind', '{"apiVersion":"v1","kind":"Pod"}', 'expected admission.k8s.io/v1 AdmissionReview'],
    ['an old version', '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', 'v1beta1'],
    ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', 'no request'],
    [
      'a bad request',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"object":1}}',
      'uid, kind, resource, operation, object',
    ],
  ])('%s is told to be no AdmissionReview', async (_, body, message) => {
    const worker = open();
    await worker.load({ documents: NO_ROOT });
    const given = typeof body === 'string' ? bytes(body) : body;
    const answer = await worker.admit(given, { step: 'validate' });
    expect(answer).toMatchObject({ status: 400, allowed: false });
    expect(text(answer.body).error).toContain(message);
  });

  it('lets in what breaks the glass, with a reason, and says so', async () => {
    const worker = open();
    await worker.load({ documents: NO_ROOT });
    const decide = (reason: string) =>
      worker.decide(review(pod('a', undefined, { annotations: { 'sekisho.dev/break-glass': reason } })), {
        step: 'validate',
      });
    expect(await decide('the shop is down')).toMatchObject({
      allowed: true,
      warnings: ['break-glass: [no-root] a is root'],
      evidence: { breakGlass: 'the shop is down', verdicts: [{ decision: 'deny' }] },
    });
    expect(await decide('  ')).toMatchObject({ allowed: false });
  });

  it('keeps the way back open', async () => {
    const worker = open();
    const everything = [template('Nothing', 'violation[{"msg": "no"}] { true }'), constraint('Nothing', 'all')];
    await worker.load({ documents: everything });
    const allowed = async (object: KubeObject, more: object = {}) =>
      (await worker.decide(review(object, { namespace: object.metadata.namespace, ...more }), { step: 'validate' }))
        .allowed;
    expect(await allowed(pod('a'))).toBe(false);
    expect(await allowed(pod('a', {}, { namespace: 'argocd' }))).toBe(true);
    for (const { object } of everything) expect(await allowed(object)).toBe(true);
    const gone = pod('a', {}, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] });
    expect(await allowed(pod('a', {}), { operation: 'UPDATE', oldObject: gone })).toBe(true);
    expect(await allowed(pod('a'), { operation: 'DELETE', object: null, oldObject: pod('a') })).toBe(true);
  });

  it('mutates, and answers with a JSON Patch', async () => {
    const worker = open();
    const assign: KubeObject = {
      apiVersion: 'mutations.gatekeeper.sh/v1',
      kind: 'Assign',
      metadata: { name: 'pull' },
      spec: {
        applyTo: [{ groups: [''], kinds: ['Pod'], versions: ['v1'] }],
        location: 'spec.policy',
        parameters: { assign: { value: 'Always' } },
      },
    };
    await worker.load({ documents: [{ object: assign }] });
    const { body } = await worker.admit(admissionReview(pod('a', {})), { step: 'mutate' });
    const { patchType, patch } = text(body).response;
    expect([patchType, JSON.parse(atob(patch))]).toEqual([
      'JSONPatch',
      [{ op: 'add', path: '/spec/policy', value: 'Always' }],
    ]);
    const same = await worker.admit(admissionReview(pod('a', { policy: 'Always' })), { step: 'mutate' });
    expect(text(same.body).response).toEqual({ uid: 'u-1', allowed: true });
    expect((await worker.mutate({ object: pod('a', {}) }, { gate: 'sync' })).object['spec']).toEqual({
      policy: 'Always',
    });
  });
});

function onlyServices(document: PolicyDocument): PolicyDocument {
  const { object } = document;
  if (object.kind !== 'Slow') return document;
  return { object: { ...object, spec: { match: { kinds: [{ apiGroups: [''], kinds: ['Service'] }] } } } };
}

/** So large that a policy of three loops never ends. */
function service(): KubeObject {
  const spec = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, i]));
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'big', namespace: 'shop' }, spec };
}
