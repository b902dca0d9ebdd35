import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { type OtlpCollector, repositoryRoot, startOtlpCollector } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { startRemoteGit } from './lib/remote-git.ts';
import { SECRETS } from './lib/resource-types.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

// What an operator sees from outside: metrics, the dashboard and alerts made of them, traces, and log lines.
let collector: OtlpCollector;
let sekisho: Sekisho;
let repository: PushedRepository;

beforeAll(async () => {
  collector = await startOtlpCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '50';
  sekisho = await startSekisho({ allowLocalGit: true });
  const waves = { 'argocd.argoproj.io/sync-wave': '1' };
  repository = await sekisho.repository('config', {
    'web/first.yaml': configMap('first', 'one'),
    'web/second.yaml': configMap('second', 'one', waves),
  });
  await sekisho.createApplication('web', { repoURL: 'embedded:config', path: 'web' });
  await sekisho.untilGood('web');
});
afterAll(async () => {
  await sekisho?.close();
  await collector?.close();
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  delete process.env['OTEL_BSP_SCHEDULE_DELAY'];
});

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${sekisho.server.token}`, 'content-type': 'application/json' };
  return fetch(new URL(path, sekisho.server.url), { ...init, headers });
}

const read = (path: string) => readFileSync(join(repositoryRoot(), path), 'utf8');

describe('metrics', () => {
  /** Names of series as a scrape shows them: of a histogram those that Prometheus stores. */
  let exposed: Map<string, string>;
  /** Labels by series, as docs/reference/metrics.md has them. */
  let documented: Map<string, Set<string>>;
  beforeAll(async () => {
    const text = await (await call('/metrics')).text();
    exposed = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]));
    const rows = read('docs/reference/metrics.md').matchAll(/^\| `(sekisho_\w+)` \| (\w+) \| ([^|]*)\|/gm);
    documented = new Map(
      [...rows].map(([, name = '', , labels = '']) => {
        // Values stand behind the colon of the last label that has some: `queue`: `applications`, `state`: `queued`, …
        const [before = '', ...after] = labels.split(':');
        const named = [...before.matchAll(/`(\w+)`/g), ...after.join(':').matchAll(/`(\w+)`(?=:)/g)];
        return [name, new Set(named.map(([, label = '']) => label))];
      }),
    );
  });

  const types = () => [...exposed].filter(([name]) => name.startsWith('sekisho_'));

  test('that a running server exposes are all described, with their type, and no others', () => {
    // The webhook is a process of its own.
    const [described = ''] = read('docs/reference/metrics.md').split('## The admission webhook');
    const rows = [...described.matchAll(/^\| `(sekisho_\w+)` \| (\w+) \|/gm)];
    expect(rows.map(([, name, type]) => `${name} ${type}`).sort()).toEqual(
      types()
        .map(([name, type]) => `${name} ${type}`)
        .sort(),
    );
  });

  test.each([
    ['deploy/grafana/sekisho.json', () => expressionsOf(JSON.parse(read('deploy/grafana/sekisho.json')))],
    ['deploy/prometheus/alerts.yaml', () => expressionsOf(rulesIn('deploy/prometheus/alerts.yaml'))],
  ])('are what %s is made of', (_file, expressions) => {
    const found = expressions();
    expect(found.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const expression of found) {
      const bare = expression.replace(/"[^"]*"/g, '""');
      const series = [...bare.matchAll(/\b(?:sekisho|process|nodejs)_\w+/g)].map(([name]) => name);
      if (series.length === 0) wrong.push(`${expression}: no series`);
      const labels = new Set(['job', 'instance', 'le']);
      for (const name of series) {
        const base = name.replace(/_(?:bucket|sum|count)$/, '');
        const isPart = base !== name && exposed.get(base) === 'histogram';
        if (!isPart && (!exposed.has(name) || exposed.get(name) === 'histogram')) {
          wrong.push(`${expression}: there is no series ${name}`);
        }
        for (const label of documented.get(isPart ? base : name) ?? []) labels.add(label);
      }
      const used = [
        ...[...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) => inside.split(',')),
        ...[...bare.matchAll(/\b(?:by|without|on) \(([^)]*)\)/g)].flatMap(([, inside = '']) => inside.split(',')),
      ].map((part) => part.replace(/[=!~].*$/, '').trim());
      for (const label of used) if (!labels.has(label)) wrong.push(`${expression}: no series has the label ${label}`);
    }
    expect(wrong).toEqual([]);
  });

  test('name no application that is well, and are for those who may see all', async () => {
    const text = await (await call('/metrics')).text();
    expect(text).toContain('sekisho_applications{sync="Synced",health="Healthy"} 1');
    expect(text).toMatch(/sekisho_http_requests_total\{method="POST",route="\/api\/v1\/repositories",status="201"\} 1/);
    expect(text).toContain('sekisho_cluster_up{cluster="in-cluster"} 1');
    expect(text).not.toMatch(/sekisho_application_not_ready\{/);
    expect((await fetch(new URL('/metrics', sekisho.server.url))).status).toBe(401);
    // On a busy machine the database may be late once.
    const isUp = async () => (await (await call('/metrics')).text()).includes('\nsekisho_store_up 1\n') || undefined;
    await eventually(isUp, () => 'the database does not answer in time');
  });
});

/** Spans of the deployment of a commit, when it is healthy. */
function spansOf(revision: string) {
  return eventually(
    async () => {
      const found = collector.spans().filter(({ attributes }) => attributes['vcs.ref.head.revision'] === revision);
      return found.some(({ name }) => name === 'become healthy') ? found : undefined;
    },
    () => `the spans are ${JSON.stringify(collector.spans(), null, 1)}`,
  );
}

describe('a push', () => {
  test('is one trace from the push over render, diff and waves until it is healthy', async () => {
    const revision = await repository.push({
      'web/first.yaml': configMap('first', 'two'),
      'web/second.yaml': configMap('second', 'two', { 'argocd.argoproj.io/sync-wave': '1' }),
    });
    await sekisho.untilGood('web', revision);
    const spans = await spansOf(revision);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans.map(({ name, parent }) => `${parent ?? ''} > ${name}`)).toEqual([
      ' > deploy',
      'deploy > push',
      'deploy > render',
      'deploy > diff',
      'deploy > sync',
      'sync > wave',
      'sync > wave',
      'deploy > become healthy',
    ]);
    const [whole] = spans;
    expect(whole?.attributes).toMatchObject({ 'sekisho.trigger': 'push', 'sekisho.initiated_by': 'auto-sync' });
    for (const { attributes, startMs, endMs } of spans) {
      expect(attributes).toMatchObject({ 'sekisho.application': 'argocd/web' });
      expect(attributes['sekisho.operation_id']).toMatch(/^[\da-f-]{36}$/);
      expect(startMs).toBeGreaterThanOrEqual(whole?.startMs ?? 0);
      expect(endMs).toBeLessThanOrEqual(whole?.endMs ?? 0);
    }
    const text = await (await call('/metrics')).text();
    expect(text).toMatch(/sekisho_deploy_seconds_count [1-9]/);
    expect(text).toMatch(/sekisho_trace_spans_total\{result="sent"\} [1-9]/);
  });
});

test('a webhook is where the trace of its push begins, and its fetch is counted', async () => {
  const remote = await startRemoteGit('remote-password');
  try {
    const clone = await remote.repository('far', { 'a.yaml': configMap('far', 'one') });
    await sekisho.kube.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'argocd-secret', namespace: 'argocd' },
      stringData: { 'webhook.github.secret': 'webhook-secret' },
    });
    const wish = { url: clone.url, username: 'mori', password: 'remote-password' };
    expect((await call('/api/v1/repositories', { method: 'POST', body: JSON.stringify(wish) })).status).toBe(201);
    await sekisho.createApplication('far', { repoURL: clone.url });
    await sekisho.untilGood('far');
    const revision = await clone.push({ 'a.yaml': configMap('far', 'two') });
    const body = JSON.stringify({ ref: 'refs/heads/main', after: revision, repository: { clone_url: clone.url } });
    const signature = `sha256=${createHmac('sha256', 'webhook-secret').update(body).digest('hex')}`;
    const response = await fetch(new URL('/hooks/github', sekisho.server.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-hub-signature-256': signature,
      },
      body,
    });
    expect([response.status, await response.json()]).toEqual([202, { result: 'accepted', repositories: 1 }]);
    const spans = await spansOf(revision);
    expect(spans.slice(0, 2).map(({ name, parent }) => [name, parent])).toEqual([
      ['deploy', undefined],
      ['webhook', 'deploy'],
    ]);
    const text = await (await call('/metrics')).text();
    expect(text).toContain(`sekisho_git_fetches_total{repository="${clone.url}",result="changed"}`);
    expect(text).toContain('sekisho_webhooks_total{sender="github",result="accepted"} 1');
    expect(text).not.toContain('remote-password');
    expect(collector.bodies.join('')).not.toContain('remote-password');
  } finally {
    await remote.close();
  }
});

test('one id is in every log line of a sync, in its status and in the audit log', async () => {
  const response = await call('/api/v1/applications/argocd/web/sync', { method: 'POST', body: '{}' });
  const { operationId } = (await response.json()) as { operationId: string };
  const lines = () =>
    sekisho
      .captured()
      .split('\n')
      .filter((line) => line.includes(operationId));
  await eventually(
    async () => lines().some((line) => line.includes('a deployment is Healthy')) || undefined,
    () => `the lines are\n${lines().join('\n')}`,
  );
  for (const message of ['a sync was asked for', 'a sync begins', 'a sync ended', 'a deployment is Healthy']) {
    expect(lines().filter((line) => line.includes(message))).toHaveLength(1);
  }
  const { status } = await sekisho.untilGood('web');
  expect(JSON.stringify(status?.operationState?.operation)).toContain(operationId);
  const entries = await eventually(
    async () => {
      const { items } = (await (await call('/api/v1/audit?action=application.sync')).json()) as {
        items: { operationId?: string; outcome: string }[];
      };
      const own = items.filter((entry) => entry.operationId === operationId);
      return own.length === 2 ? own : undefined;
    },
    () => 'the audit log does not have both entries',
  );
  expect(entries.map(({ outcome }) => outcome)).toEqual(['succeeded', 'started']);
});

function rulesIn(file: string): unknown {
  const { documents, diagnostics } = parseYamlDocuments(read(file), { file });
  expect(diagnostics).toEqual([]);
  return documents[0]?.value;
}

/** Every `expr` in a dashboard or in rules, with Grafana's variables replaced. */
function expressionsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(expressionsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'expr' && typeof entry === 'string'
      ? [entry.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*')]
      : expressionsOf(entry),
  );
}
