import type { KubeObject } from '@sekisho/kube';
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { observeApplications } from './application-metrics.ts';
import { observeRequests } from './http-metrics.ts';
import { observeParts } from './part-metrics.ts';

function application(name: string, status: object, more: object = {}): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { namespace: 'argocd', name },
    spec: { project: 'shop' },
    status,
    ...more,
  };
}
const state = (sync: string, health: string, more: object = {}) => ({
  sync: { status: sync },
  health: { status: health },
  ...more,
});

function observed() {
  const registry = new Registry();
  let listener: (change: { key: string; object: KubeObject | undefined }) => void = () => {};
  observeApplications(registry, {
    onChange(given) {
      listener = given;
    },
  });
  return {
    set: (name: string, object: KubeObject | undefined) => listener({ key: `argocd/${name}`, object }),
    /** Samples of one series that are not 0. */
    async lines(series: string) {
      const text = await registry.getSingleMetricAsString(series);
      return text.split('\n').filter((line) => !line.startsWith('#') && line !== '' && !line.endsWith(' 0'));
    },
    text: () => registry.metrics(),
  };
}

describe('metrics of applications', () => {
  test('count by sync, health and phase, and name those that are not ready with the worst reason', async () => {
    const { set, lines } = observed();
    set('good', application('good', state('Synced', 'Healthy', { operationState: { phase: 'Succeeded' } })));
    set('bad', application('bad', state('OutOfSync', 'Degraded', { operationState: { phase: 'Failed' } })));
    set('late', application('late', state('OutOfSync', 'Healthy')));
    const error = { conditions: [{ type: 'ComparisonError', message: 'secret' }, { type: 'DriftWarning' }] };
    set('lost', application('lost', state('Unknown', 'Healthy', error)));
    set('new', application('new', {}));
    expect(await lines('sekisho_applications')).toEqual([
      'sekisho_applications{sync="Synced",health="Healthy"} 1',
      'sekisho_applications{sync="OutOfSync",health="Degraded"} 1',
      'sekisho_applications{sync="OutOfSync",health="Healthy"} 1',
      'sekisho_applications{sync="Unknown",health="Healthy"} 1',
      'sekisho_applications{sync="Unknown",health="Unknown"} 1',
    ]);
    expect(await lines('sekisho_application_operations')).toEqual([
      'sekisho_application_operations{phase="Succeeded"} 1',
      'sekisho_application_operations{phase="Failed"} 1',
      'sekisho_application_operations{phase="None"} 3',
    ]);
    expect(await lines('sekisho_application_not_ready')).toEqual([
      'sekisho_application_not_ready{namespace="argocd",name="bad",project="shop",reason="Degraded"} 1',
      'sekisho_application_not_ready{namespace="argocd",name="lost",project="shop",reason="ComparisonError"} 1',
      'sekisho_application_not_ready{namespace="argocd",name="late",project="shop",reason="OutOfSync"} 1',
      'sekisho_application_not_ready{namespace="argocd",name="new",project="shop",reason="Unknown"} 1',
    ]);
    set('bad', application('bad', state('Synced', 'Healthy')));
    set('lost', undefined);
    set('new', undefined);
    set('late', undefined);
    expect(await lines('sekisho_application_not_ready')).toEqual([]);
    expect(await lines('sekisho_applications_by_reason')).toEqual([]);
    expect(await lines('sekisho_applications')).toEqual(['sekisho_applications{sync="Synced",health="Healthy"} 2']);
  });

  test('make no series of what somebody wrote into a status, and bounded ones of many', async () => {
    const { set, lines, text } = observed();
    for (let at = 0; at < 10_000; at++) set(`app-${at}`, application(`app-${at}`, state(`x"${at}`, 'Missing')));
    expect(await lines('sekisho_applications')).toEqual([
      'sekisho_applications{sync="Unknown",health="Missing"} 10000',
    ]);
    expect(await lines('sekisho_application_not_ready')).toHaveLength(1000);
    expect(await lines('sekisho_applications_by_reason')).toEqual([
      'sekisho_applications_by_reason{reason="Missing"} 10000',
    ]);
    expect(await text()).not.toContain('x\\"');
  });

  test('tell held revisions', async () => {
    const { set, lines } = observed();
    const metadata = { namespace: 'argocd', name: 'a', annotations: { 'sekisho.dev/held-revisions': '[]' } };
    set('a', application('a', state('Synced', 'Healthy'), { metadata }));
    expect(await lines('sekisho_applications_held')).toEqual(['sekisho_applications_held 1']);
  });
});

test('metrics of requests go by the declared route; addresses that lead nowhere are one series', async () => {
  const registry = new Registry();
  const app = fastify();
  observeRequests(registry, app);
  app.get('/apps/:name', () => 'app');
  app.get('/fails', () => {
    throw new Error('no');
  });
  await app.inject('/apps/one');
  await app.inject('/apps/two?x=1');
  await app.inject('/fails');
  for (const path of ['/etc/passwd', '/wp-login.php']) await app.inject(path);
  await app.close();
  const text = await registry.metrics();
  expect(text).toContain('sekisho_http_requests_total{method="GET",route="/apps/:name",status="200"} 2');
  expect(text).toContain('sekisho_http_requests_total{method="GET",route="/fails",status="500"} 1');
  expect(text).toContain('sekisho_http_requests_total{method="any",route="none",status="404"} 2');
  expect(text).not.toMatch(/passwd|wp-login/);
});

describe('metrics of parts', () => {
  test('tell a store that is away, clusters and what waits', async () => {
    const registry = new Registry();
    let isAway = false;
    let asked = 0;
    const { close } = observeParts(registry, {
      ping: async () => {
        asked++;
        if (isAway) throw new Error('away');
      },
      clusters: () => [
        { cluster: 'in-cluster', up: true },
        { cluster: 'far', up: false },
      ],
      auditWaiting: () => 3,
    });
    expect(await registry.metrics()).toContain('sekisho_store_up 1');
    isAway = true;
    // Scrapes at the same time ask once.
    const [text] = await Promise.all([registry.metrics(), registry.metrics()]);
    close();
    expect(asked).toBe(2);
    expect(text).toContain('sekisho_store_up 0');
    expect(text).toContain('sekisho_cluster_up{cluster="far"} 0');
    expect(text).toContain('sekisho_audit_waiting 3');
    expect(text).toMatch(/sekisho_event_loop_delay_seconds\{quantile="1"\} [\d.e-]+/);
  });

  test('do not wait for a store that stalls', async () => {
    const registry = new Registry();
    const { close } = observeParts(registry, {
      ping: () => new Promise(() => {}),
      clusters: () => [],
      auditWaiting: () => 0,
    });
    expect(await registry.metrics()).toContain('sekisho_store_up 0');
    close();
  });

  test('of repositories hold no credentials and are bounded', async () => {
    const { registry, gitLook } = createMetrics();
    gitLook({ url: 'https://user:s3cret@git.example/a.git?token=s3cret', result: 'failed', ms: 12 });
    for (let at = 0; at < 1000; at++) gitLook({ url: `https://git.example/${at}.git`, result: 'unchanged', ms: 1 });
    const text = await registry.getSingleMetricAsString('sekisho_git_fetches_total');
    expect(text).toContain('{repository="https://git.example/a.git",result="failed"} 1');
    expect(text).toContain('{repository="others",result="unchanged"} 801');
    expect(text).not.toContain('s3cret');
  });

  test('of a queue tell what it holds; of the audit log only what is bounded', async () => {
    const { registry, queue, auditEntry } = createMetrics();
    const observer = queue('applications', () => ({ queued: 2, running: 1, delayed: 5 }));
    observer.started(1500);
    observer.failed();
    auditEntry({ action: 'applications.action/apps/Deployment/restart', outcome: 'denied' });
    const text = await registry.metrics();
    expect(text).toContain('sekisho_queue_keys{queue="applications",state="queued"} 2');
    expect(text).toContain('sekisho_queue_wait_seconds_bucket{le="2",queue="applications"} 1');
    expect(text).toContain('sekisho_queue_retries_total{queue="applications"} 1');
    expect(text).toContain('sekisho_audit_entries_total{action="applications.action",outcome="denied"} 1');
  });
});
