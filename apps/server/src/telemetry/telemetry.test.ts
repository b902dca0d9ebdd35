import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { afterEach, expect, test } from 'vitest';
import { type Deployment, followDeployments } from './deployments.ts';
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

function follow() {
  let now = Date.parse('2026-01-01T00:00:00.500Z');
  const ended: Deployment[] = [];
  const deployments = followDeployments({ now: () => now, onEnd: (one) => ended.push(one) });
  const step = (previous: KubeObject | undefined, object: KubeObject | undefined, at: string) => {
    now = Date.parse(at);
    deployments.observe({ key: 'argocd/web', object, ...(previous === undefined ? {} : { previous }) });
  };
  return { deployments, ended, step };
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

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test('spans reach a collector', async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => new Promise((closed) => server.close(closed)));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  closers.push(() => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const tracing = await openTracing(process.env, silentLogger);
  expect(tracing).toBeDefined();
  if (tracing === undefined) return;
  traceDeployment(tracing.provider, {
    key: 'argocd/web',
    project: 'shop',
    operationId: 'op-1',
    revision: 'abc',
    repoURL: 'https://user:secret@git.example/config.git',
    initiatedBy: 'auto-sync',
    pushedAt: 1000,
    startedAt: 2000,
    finishedAt: 3000,
    phase: 'Succeeded',
    message: '',
    healthyAt: 4000,
  });
  await tracing.close();
  const text = bodies.join('');
  for (const part of ['deploy', 'notice', 'sync', 'become healthy', 'op-1', 'argocd/web']) expect(text).toContain(part);
  expect(text).not.toContain('secret');
});

test('without an endpoint nothing is loaded', async () => {
  expect(await openTracing({}, silentLogger)).toBeUndefined();
});
