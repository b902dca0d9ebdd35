import { type ClusterInfo, memorySources, parseApplicationSet } from '@sekisho/applicationset';
import type { KubeObject } from '@sekisho/kube';
import { fakeClock } from '@sekisho/testkit';
import { beforeEach, expect, test } from 'vitest';
import { createGenerations, type Generations } from './generations.ts';

const spec = (name: string, more: object = {}) => ({
  goTemplate: true,
  generators: [{ clusters: {}, ...more }],
  template: { metadata: { name }, spec: { project: 'default' } },
});
const KEY = 'argocd/set';

let clock: ReturnType<typeof fakeClock>;
let clusters: ClusterInfo[];
let runs: number;
let fails: boolean;
/** Called while a run is under way. */
let meanwhile: () => void;
let generations: Generations;

beforeEach(() => {
  clock = fakeClock();
  clusters = [cluster('north')];
  [runs, fails, meanwhile] = [0, false, () => {}];
  generations = createGenerations({ begin, seed: 'seed', clock, onRun: () => {} });
});

function cluster(name: string): ClusterInfo {
  return { name, server: `https://${name}.example`, labels: {}, annotations: {} };
}

function begin() {
  runs++;
  return {
    ...memorySources({}),
    asksClusters: true,
    providers: new Set(['github']),
    async clusters() {
      const seen = [...clusters];
      meanwhile();
      if (fails) throw new Error('away');
      return seen;
    },
    async close() {},
  };
}

async function names(wish: object, annotations: Record<string, string> = {}) {
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'set', namespace: 'argocd', annotations },
    spec: wish,
  } as KubeObject;
  const { set, diagnostics } = parseApplicationSet(object);
  if (set === undefined) throw new Error(JSON.stringify(diagnostics));
  const { generated, afterMs } = await generations.current(KEY, set, wish, new AbortController().signal);
  return { names: generated.applications.map(({ application }) => application.metadata.name), afterMs };
}

test('generators run again only when something that they read may have changed', async () => {
  expect(await names(spec('{{.name}}'))).toEqual({ names: ['north'], afterMs: undefined });
  await names(spec('{{.name}}'));
  expect(runs).toBe(1);
  clusters = [cluster('south')];
  expect(generations.forgetRepository('embedded:config')).toEqual([]);
  expect((await names(spec('{{.name}}'))).names).toEqual(['north']);
  expect(generations.forgetClusters()).toEqual([KEY]);
  expect((await names(spec('{{.name}}'))).names).toEqual(['south']);
  expect(generations.forgetProviders((provider) => provider === 'gitlab')).toEqual([]);
  expect(generations.forgetProviders((provider) => provider === 'github')).toEqual([KEY]);
  await names(spec('{{.name}}'));
  expect(runs).toBe(3);
  expect((await names(spec('a-{{.name}}'))).names).toEqual(['a-south']);
  await names(spec('a-{{.name}}'), { 'argocd.argoproj.io/application-set-refresh': 'true' });
  expect(runs).toBe(5);
});

test('a change while they run is not lost', async () => {
  meanwhile = () => {
    meanwhile = () => {};
    clusters = [cluster('south')];
    expect(generations.forgetClusters()).toEqual([KEY]);
  };
  expect(await names(spec('{{.name}}'))).toEqual({ names: ['north'], afterMs: 0 });
  expect((await names(spec('{{.name}}'))).names).toEqual(['south']);
});

test('a failure is tried again after a while, and not at each look', async () => {
  fails = true;
  expect(await names(spec('{{.name}}'))).toEqual({ names: [], afterMs: 60_000 });
  fails = false;
  await clock.advance(59_000);
  expect((await names(spec('{{.name}}'))).afterMs).toBe(1_000);
  expect(runs).toBe(1);
  await clock.advance(1_000);
  expect((await names(spec('{{.name}}'))).names).toEqual(['north']);
});
