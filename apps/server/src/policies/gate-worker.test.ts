import type { GateVerdict } from '@sekisho/policy';
import type { PolicySetInfo, PolicyWorker } from '@sekisho/policy-worker';
import { expect, test, vi } from 'vitest';
import { createGateWorker, EMPTY_INFO, type GateWorkerOptions } from './gate-worker.ts';

const template = { object: { apiVersion: 'templates.gatekeeper.sh/v1', kind: 'ConstraintTemplate', metadata: {} } };
const info: PolicySetInfo = {
  ...EMPTY_INFO,
  concernTable: [
    { gates: ['admission'], operations: ['CREATE'], kinds: [{ groups: [''], kinds: ['Pod'] }] },
    { gates: ['admission'], operations: ['CREATE'], kinds: [{ groups: [''], kinds: ['Secret'] }], mutates: true },
  ],
};
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } };
const verdict = (policyId: string) => ({ policyId, decision: 'deny', message: 'no' }) as unknown as GateVerdict;

function made(options: Partial<GateWorkerOptions> = {}) {
  const inner = {
    load: vi.fn(async () => info),
    info,
    concerns: () => true,
    surround: vi.fn(),
    judge: vi.fn(async () => [verdict('rego/away/main'), verdict('rego/there/main')]),
    judgeMany: vi.fn(async () => [[verdict('rego/away/main')]]),
    close: vi.fn(async () => {}),
  };
  const open = vi.fn(async () => inner as unknown as PolicyWorker);
  const worker = createGateWorker({
    mode: 'eager',
    open,
    hasImplicit: () => false,
    isUnavailable: (id) => id === 'rego/away/main',
    ...options,
  });
  return { worker, inner, open };
}

const question = { gate: 'admission', group: '', kind: 'Pod', operation: 'CREATE' } as const;

test('without a policy nothing is opened, and nothing is said', async () => {
  const { worker, open } = made();
  worker.surround('here', { put: [pod] });
  expect(await worker.load({ documents: [] })).toEqual(EMPTY_INFO);
  expect(worker.concerns(question)).toBe(false);
  expect(worker.mutates(question)).toBe(false);
  expect(await worker.judge({ object: pod }, { gate: 'admission' })).toEqual([]);
  expect(await worker.judgeMany([{ object: pod }], { gate: 'audit' })).toEqual([[]]);
  expect((await worker.mutate({ object: pod }, { gate: 'sync' })).object).toBe(pod);
  expect(await worker.decide({} as never, { step: 'validate' })).toEqual({ allowed: true, warnings: [] });
  await worker.close();
  expect(open).not.toHaveBeenCalled();
});

test('with the first policy it is opened, and knows what was told before', async () => {
  const { worker, inner } = made();
  const other = { ...pod, metadata: { name: 'gone' } };
  worker.surround('here', { put: [pod, other] });
  worker.surround('here', { remove: [other] });
  await worker.load({ documents: [template] });
  expect(inner.surround.mock.calls).toEqual([['here', { put: [pod], remove: [other] }]]);
  worker.surround('here', { put: [other] });
  expect(inner.surround).toHaveBeenCalledTimes(2);
  await worker.load({ documents: [] });
  expect(worker.concerns(question)).toBe(false);
  expect(worker.info).toBe(EMPTY_INFO);
});

test('labels of Namespaces alone are reason enough', async () => {
  const { worker, inner } = made({ hasImplicit: () => true });
  await worker.load({ documents: [] });
  expect(inner.load).toHaveBeenCalledTimes(1);
});

test('who judges and who changes are different questions', async () => {
  const { worker } = made();
  await worker.load({ documents: [template] });
  expect(worker.concerns(question)).toBe(true);
  expect(worker.mutates(question)).toBe(false);
  expect(worker.mutates({ ...question, kind: 'Secret' })).toBe(true);
  expect(worker.concerns({ ...question, kind: 'ConfigMap' })).toBe(false);
});

test('verdicts that stand for files that are away are no answers', async () => {
  const { worker } = made();
  await worker.load({ documents: [template] });
  const verdicts = await worker.judge({ object: pod }, { gate: 'admission' });
  expect(verdicts.map(({ policyId, undecided }) => [policyId, undecided])).toEqual([
    ['rego/away/main', true],
    ['rego/there/main', undefined],
  ]);
});

test('a lazy one compiles when it is asked, the newest policies, and again after a failure', async () => {
  const { worker, inner, open } = made({ mode: 'lazy', infoOf: () => info });
  await worker.load({ documents: [template] });
  await worker.load({ documents: [template, template] });
  expect(open).not.toHaveBeenCalled();
  inner.load.mockRejectedValueOnce(new Error('too large'));
  await expect(worker.judge({ object: pod }, { gate: 'audit' })).rejects.toThrow('too large');
  await worker.judge({ object: pod }, { gate: 'audit' });
  expect(inner.load.mock.calls.at(-1)).toEqual([{ documents: [template, template] }]);
  await worker.load({ documents: [template] });
  expect(inner.load).toHaveBeenCalledTimes(3);
  await worker.close();
  expect(inner.close).toHaveBeenCalled();
});
