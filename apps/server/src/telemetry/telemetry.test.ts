import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type OtlpCollector, startOtlpCollector } from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { type Deployment, followDeployments } from './deployments.ts';
import { createTimeline, type SyncTimeline } from './timeline.ts';
import { openTracing, traceDeployment } from './tracing.ts';

const app = (state: object | undefined, health = 'Healthy', sync = 'Synced'): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'argocd' },
  spec: { project: 'shop', source: { repoURL: 'embedded:config' } },
  status: {
    sync: { status: sync },
    health: { status: health },
    ...(state === undefined ? {} : { operationState: state }),
  },
});
const finished = (finishedAt: string, phase = 'Succeeded') => ({
  phase,
  message: 'done',
  startedAt: '2026-01-01T00:00:01.000Z',
  finishedAt,
  operation: { initiatedBy: { automated: true }, info: [{ name: 'sekisho.dev/operation-id', value: 'op-1' }] },
  syncResult: { revision: 'abc' },
});

function follow(timeline?: SyncTimeline) {
  let now = Date.parse('2026-01-01T00:00:00.500Z');
  const ended: Deployment[] = [];
  const deployments = followDeployments({ timeline, now: () => now, onEnd: (one) => ended.push(one) });
  const step = (previous: KubeObject | undefined, object: KubeObject | undefined, at: string) => {
    now = Date.parse(at);
    deployments.observe({ key: 'argocd/web', object, ...(previous === undefined ? {} : { previous }) });
  };
  const at = (time: string) => {
    now = Date.parse(time);
  };
  return { deployments, ended, step, at };
}

test('a deployment goes from the push over the sync to Healthy', () => {
  const { deployments, ended, step } = follow();
  deployments.noteNews('embedded:config');
  const done = app(finished('2026-01-01T00:00:02.000Z'), 'Progressing');
  step(app(undefined), done, '2026-01-01T00:00:02.000Z');
  expect(ended).toEqual([]);
  step(done, app(finished('2026-01-01T00:00:02.000Z')), '2026-01-01T00:00:05.000Z');
  expect(ended).toMatchObject([
    {
      operationId: 'op-1',
      revision: 'abc',
      project: 'shop',
      initiatedBy: 'auto-sync',
      trigger: 'push',
      pushedAt: Date.parse('2026-01-01T00:00:00.500Z'),
      healthyAt: Date.parse('2026-01-01T00:00:05.000Z'),
    },
  ]);
});

test('a failed one ends at once, one that is overtaken without health, and an old one is not told', () => {
  const { ended, step } = follow();
  step(undefined, app(finished('2026-01-01T00:00:02.000Z')), '2026-01-01T00:01:00Z');
  expect(ended).toEqual([]);
  const failed = app(finished('2026-01-01T00:00:03.000Z', 'Failed'), 'Degraded');
  step(app(finished('2026-01-01T00:00:02.000Z')), failed, '2026-01-01T00:01:00Z');
  const slow = app(finished('2026-01-01T00:00:04.000Z'), 'Progressing');
  step(failed, slow, '2026-01-01T00:01:00Z');
  step(slow, app(finished('2026-01-01T00:00:05.000Z'), 'Progressing'), '2026-01-01T00:01:00Z');
  expect(ended.map(({ phase, healthyAt }) => [phase, healthyAt])).toEqual([
    ['Failed', undefined],
    ['Succeeded', undefined],
  ]);
});

test('a webhook is where its deployment begins; a request begins by itself', () => {
  const { deployments, ended, step, at } = follow();
  deployments.noteWebhook('embedded:config');
  at('2026-01-01T00:00:00.800Z');
  deployments.noteNews('embedded:config');
  step(app(undefined), app(finished('2026-01-01T00:00:02.000Z')), '2026-01-01T00:00:02.000Z');
  const asked = finished('2026-01-01T00:00:03.000Z');
  const byHand = app({ ...asked, operation: { ...asked.operation, initiatedBy: { username: 'ann' } } });
  step(app(finished('2026-01-01T00:00:02.000Z')), byHand, '2026-01-01T00:00:03.000Z');
  expect(ended).toMatchObject([
    {
      trigger: 'webhook',
      pushedAt: Date.parse('2026-01-01T00:00:00.500Z'),
      noticedAt: Date.parse('2026-01-01T00:00:00.800Z'),
    },
    { trigger: 'request', initiatedBy: 'ann', pushedAt: Date.parse('2026-01-01T00:00:01.000Z') },
  ]);
  expect(ended[1]).not.toHaveProperty('noticedAt');
});

test('a dry run is no deployment', () => {
  const { ended, step } = follow();
  const tried = finished('2026-01-01T00:00:02.000Z');
  const dryRun = app({ ...tried, operation: { ...tried.operation, sync: { dryRun: true } } });
  step(app(undefined), dryRun, '2026-01-01T00:00:02.000Z');
  expect(ended).toEqual([]);
});

test('a timeline keeps what led to a sync, and its waves, until they are taken', () => {
  let now = 10;
  const timeline = createTimeline(() => now);
  timeline.note('a', { name: 'render', startedAt: 1, endedAt: 2 });
  timeline.note('a', { name: 'render', startedAt: 3, endedAt: 4 });
  timeline.note('a', { name: 'diff', startedAt: 4, endedAt: 5 });
  timeline.begin('a', 'op');
  timeline.note('a', { name: 'diff', startedAt: 20, endedAt: 21 });
  for (const wave of [0, 0, 1]) {
    timeline.enter('a', { phase: 'Sync', wave, attempt: 0 });
    now += 10;
  }
  timeline.enter('a', { phase: 'Sync', wave: 1, attempt: 1 });
  now += 10;
  timeline.end('a');
  expect(timeline.take('a', 'another')).toEqual([]);
  expect(timeline.take('a', 'op').map(({ name, startedAt, endedAt }) => [name, startedAt, endedAt])).toEqual([
    ['render', 3, 4],
    ['diff', 4, 5],
    ['wave', 10, 30],
    ['wave', 30, 40],
    ['wave', 40, 50],
  ]);
  expect(timeline.take('a', 'op')).toEqual([]);
  timeline.begin('a', 'long');
  for (let wave = 0; wave < 1000; wave++) timeline.enter('a', { phase: 'Sync', wave, attempt: 0 });
  expect(timeline.take('a', 'long').length).toBe(200);
});

const DEPLOYMENT: Deployment = {
  key: 'argocd/web',
  project: 'shop',
  operationId: 'op-1',
  revision: 'abc',
  repoURL: 'https://user:s3cret@git.example/config.git',
  initiatedBy: 'auto-sync',
  trigger: 'webhook',
  pushedAt: 1000,
  noticedAt: 1500,
  startedAt: 2000,
  finishedAt: 3000,
  phase: 'Succeeded',
  message: '',
  healthyAt: 4000,
  steps: [
    { name: 'render', startedAt: 1600, endedAt: 1700 },
    { name: 'diff', startedAt: 1700, endedAt: 1800 },
    { name: 'wave', startedAt: 2000, endedAt: 2900, attributes: { 'sekisho.wave': -1 } },
  ],
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function collector(behaviour?: Parameters<typeof startOtlpCollector>[0]): Promise<OtlpCollector> {
  const started = await startOtlpCollector(behaviour);
  closers.push(() => started.close());
  return started;
}

async function tracingTo(endpoint: string, exportMs = 10_000) {
  // The exporter reads the variable of the process.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  closers.push(() => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const counts = { sent: 0, failed: 0 };
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) };
  const tracing = await openTracing(process.env, {
    logger,
    exportMs,
    onSpans: (count, result) => {
      counts[result] += count;
    },
  });
  if (tracing === undefined) throw new Error('tracing is off');
  return { tracing, counts, warnings };
}

describe('spans', () => {
  test('of a deployment are one trace, each with operation, revision and application, none with a secret', async () => {
    const recorder = await collector();
    const { tracing, counts } = await tracingTo(recorder.url);
    traceDeployment(tracing.provider, DEPLOYMENT);
    await tracing.close();
    const spans = recorder.spans();
    expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
      ['deploy', undefined],
      ['webhook', 'deploy'],
      ['render', 'deploy'],
      ['diff', 'deploy'],
      ['sync', 'deploy'],
      ['wave', 'sync'],
      ['become healthy', 'deploy'],
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    for (const { attributes } of spans) {
      expect(attributes).toMatchObject({
        'sekisho.application': 'argocd/web',
        'sekisho.project': 'shop',
        'sekisho.operation_id': 'op-1',
        'vcs.ref.head.revision': 'abc',
      });
    }
    expect(spans[0]).toMatchObject({ startMs: 1000, endMs: 4000, attributes: { 'sekisho.trigger': 'webhook' } });
    expect(spans[5]).toMatchObject({ startMs: 2000, endMs: 2900, attributes: { 'sekisho.wave': -1 } });
    expect(recorder.bodies.join('')).not.toContain('s3cret');
    expect(counts).toEqual({ sent: 7, failed: 0 });
  });

  test('of a failed deployment say so', async () => {
    const recorder = await collector();
    const { tracing } = await tracingTo(recorder.url);
    const { healthyAt: _, noticedAt: __, ...rest } = DEPLOYMENT;
    traceDeployment(tracing.provider, { ...rest, phase: 'Failed', message: 'no such kind', steps: [] });
    await tracing.close();
    expect(recorder.spans().map(({ name, error }) => [name, error])).toEqual([
      ['deploy', 'no such kind'],
      ['sync', 'no such kind'],
    ]);
  });

  test('for a collector that is away are dropped, counted, and told of once', async () => {
    const away = await collector();
    await away.close();
    const { tracing, counts, warnings } = await tracingTo(away.url, 200);
    for (let at = 0; at < 3; at++) {
      traceDeployment(tracing.provider, DEPLOYMENT);
      await tracing.provider.forceFlush().catch(() => {});
    }
    await tracing.close();
    expect(counts).toEqual({ sent: 0, failed: 21 });
    expect(warnings.filter((text) => text === 'the collector takes no spans')).toHaveLength(1);
  });

  test('for a collector that never answers are bounded, and the end does not wait for it', async () => {
    const slow = await collector('stalls');
    const { tracing, counts } = await tracingTo(slow.url);
    for (let at = 0; at < 10_000; at++) traceDeployment(tracing.provider, DEPLOYMENT);
    // 70,000 spans were made; it resolves although nobody answers.
    await tracing.close();
    expect(counts.sent).toBe(0);
    // What waits, and the batch that is on its way.
    expect(slow.spans().length).toBeLessThanOrEqual(2048 + 512);
  });
});

test('without an endpoint nothing is loaded', async () => {
  for (const env of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
  ]) {
    expect(await openTracing(env, { logger: silentLogger })).toBeUndefined();
  }
});
