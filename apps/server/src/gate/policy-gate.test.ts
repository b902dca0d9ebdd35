import { silentLogger, systemClock } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';
import type { GateRequest, GateVerdict } from '@sekisho/policy';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Application } from '../applications/application.ts';
import type { Destination } from '../applications/destinations.ts';
import type { PolicyChange } from '../policies/policy-book.ts';
import { observeGate } from './metrics.ts';
import { createPolicyGate, type PolicyGateOptions } from './policy-gate.ts';

const signal = new AbortController().signal;
const destination = {
  server: 'https://kubernetes.default.svc',
  live: { discovery: { resourceForSync: () => undefined } },
} as unknown as Destination;

function application(name = 'web'): Application {
  return {
    key: `argocd/${name}`,
    spec: { project: 'default', destination: { namespace: name } },
  } as unknown as Application;
}

function manifests(...names: string[]): readonly Manifest[] {
  return names.map((name, index) => ({
    object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } } as KubeObject,
    origin: { file: 'web.yaml', line: index * 10 + 1 },
  }));
}

function denied(policyId: string, request: GateRequest, more: Partial<GateVerdict> = {}): GateVerdict {
  const { metadata } = request.object as KubeObject;
  const subject = { group: 'apps', version: 'v1', kind: 'Deployment', name: metadata.name ?? '' };
  return {
    decision: 'deny',
    policyId,
    policy: { kind: 'gatekeeper', name: policyId },
    subject: { ...subject, namespace: metadata.namespace ?? '' },
    message: 'no',
    ...more,
  };
}

/** A book whose policies the test plays. */
function scene(options: Partial<Pick<PolicyGateOptions, 'clock'>> = {}) {
  const asked: { names: string[]; policies?: string[] }[] = [];
  const told: string[] = [];
  let listener: (change: PolicyChange) => void = () => {};
  const state = {
    concerns: true,
    ready: async () => {},
    fresh: async () => false,
    answer: (_requests: readonly GateRequest[]): readonly GateVerdict[] => [],
    waivers: [] as { id: string; expires: number }[],
    policies: [] as { id: string; gates: string[] }[],
  };
  const gate = createPolicyGate({
    book: {
      worker: {
        concerns: () => state.concerns,
        judgeTogether: async (requests: readonly GateRequest[], { policies }: { policies?: Iterable<string> }) => {
          const names = requests.map(({ object }) => object?.metadata.name ?? '');
          asked.push({ names, ...(policies === undefined ? {} : { policies: [...policies] }) });
          return state.answer(requests);
        },
      },
      info: () => ({ policies: state.policies, waivers: state.waivers }),
      onChange: (given: typeof listener) => {
        listener = given;
        return () => {};
      },
      ready: () => state.ready(),
      catchUp: () => state.fresh(),
    } as unknown as PolicyGateOptions['book'],
    metrics: observeGate(new Registry(), () => []),
    controlNamespace: 'argocd',
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
  gate.onChange((key) => told.push(key));
  return { gate, state, asked, told, change: (change: PolicyChange) => listener(change) };
}

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

test('an application that did not change is asked about once', async () => {
  const { gate, state, asked } = scene();
  state.answer = ([request]) => (request === undefined ? [] : [denied('p', request)]);
  const web = manifests('web');
  const first = await gate.look(application(), destination, web, signal);
  expect(first).toMatchObject({ deny: 1, warn: 0 });
  expect(await gate.look(application(), destination, web, signal)).toBe(first);
  expect(await gate.preview(application(), destination, web, signal)).toBe(first);
  expect(asked).toHaveLength(1);
  await gate.preview(application(), destination, manifests('other'), signal);
  expect(gate.last('argocd/web')).toBe(first);
  await gate.look(application(), destination, manifests('web', 'more'), signal);
  expect(asked.map(({ names }) => names)).toEqual([['web'], ['other'], ['web', 'more']]);
});

test('nobody is asked when no policy is about any of the kinds, or about exempt objects', async () => {
  const { gate, state, asked } = scene();
  state.concerns = false;
  expect(await gate.look(application(), destination, manifests('web'), signal)).toMatchObject({
    deny: 0,
    verdicts: [],
  });
  state.concerns = true;
  const policy = { apiVersion: 'sekisho.dev/v1alpha1', kind: 'PolicySource', metadata: { name: 'p' } } as KubeObject;
  const mixed = [...manifests('web'), { object: policy, origin: { file: 'p.yaml' } }];
  await gate.look(application(), destination, mixed, signal);
  expect(asked).toEqual([{ names: ['web'] }]);
});

test('a change of a policy asks only that one, and tells only who has another verdict now', async () => {
  const { gate, state, asked, told, change } = scene();
  state.policies = [
    { id: 'p', gates: ['sync'] },
    { id: 'q', gates: ['sync'] },
  ];
  const [web, api] = [manifests('web'), manifests('api')];
  await gate.look(application('web'), destination, web, signal);
  await gate.look(application('api'), destination, api, signal);
  asked.length = 0;
  state.answer = (requests) =>
    requests.filter(({ object }) => object?.metadata.name === 'api').map((request) => denied('q', request));
  change({ changed: new Set(['q']), waivers: false });
  await settle();
  expect(asked).toEqual([
    { names: ['web'], policies: ['q'] },
    { names: ['api'], policies: ['q'] },
  ]);
  expect(told).toEqual(['argocd/api']);
  asked.length = 0;
  await gate.look(application('web'), destination, web, signal);
  expect(asked).toEqual([]);
  expect(await gate.look(application('api'), destination, api, signal)).toMatchObject({ deny: 1 });
});

test('a change of waivers has all applications looked at; one that ends is looked at then', async () => {
  let now = 1_000;
  const { gate, state, told, change } = scene({ clock: { ...systemClock, now: () => now } });
  const web = manifests('web');
  state.waivers = [{ id: 'web/w', expires: 5_000 }];
  state.answer = (requests) =>
    requests.map((request) =>
      now < 5_000 ? denied('p', request, { decision: 'allow', waivedBy: 'web/w' }) : denied('p', request),
    );
  expect(await gate.look(application(), destination, web, signal)).toMatchObject({ deny: 0, expiresAt: 5_000 });
  now = 5_000;
  expect(await gate.look(application(), destination, web, signal)).toMatchObject({ deny: 1, expiresAt: undefined });
  change({ changed: new Set(), waivers: true });
  await settle();
  expect(told).toEqual(['argocd/web']);
});

test('before a deny, what was written until now is taken in', async () => {
  const { gate, state, asked } = scene();
  let waived = false;
  state.fresh = async () => {
    waived = true;
    return true;
  };
  state.answer = (requests) => (waived ? [] : requests.map((request) => denied('p', request)));
  expect(await gate.look(application(), destination, manifests('web'), signal)).toMatchObject({ deny: 0 });
  expect(asked).toHaveLength(2);
});

test('policies that can not be asked, or are not loaded, let nothing pass and are asked again', async () => {
  const { gate, state } = scene();
  const web = manifests('web');
  state.ready = () => Promise.reject(new Error('the cluster does not answer'));
  const early = await gate.look(application(), destination, web, signal);
  expect(early.fault).toContain('Policies are not loaded yet: the cluster does not answer');
  state.ready = async () => {};
  state.answer = () => {
    throw new Error('the thread ended');
  };
  const failed = await gate.look(application(), destination, web, signal);
  expect(failed.fault).toContain('Policies could not be asked: the thread ended');
  state.answer = () => [];
  expect((await gate.look(application(), destination, web, signal)).fault).toBeUndefined();
});

test('policies that change while they are asked: the application is looked at again', async () => {
  const { gate, state, told, change } = scene();
  state.answer = () => {
    change({ changed: new Set(['p']), waivers: false });
    state.answer = () => [];
    return [];
  };
  const web = manifests('web');
  await gate.look(application(), destination, web, signal);
  expect(told).toContain('argocd/web');
});
