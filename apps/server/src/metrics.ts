import { redactUrl } from '@sekisho/base';
import type { WorkQueueObserver } from '@sekisho/client';
import type { RemoteLook } from '@sekisho/git';
import type { Rendering } from '@sekisho/render-pool';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus series of the server, as its parts count into them. */
export interface Metrics {
  readonly registry: Registry;
  readonly reconciles: Counter<'result'>;
  readonly reconcileSeconds: Histogram;
  readonly syncs: Counter<'phase'>;
  readonly syncSeconds: Histogram<'phase'>;
  readonly deploySeconds: Histogram;
  readonly webhooks: Counter<'sender' | 'result'>;
  readonly eventStreams: Gauge;
  readonly spans: Counter<'result'>;
  readonly render: (rendering: Rendering) => void;
  readonly gitLook: (look: RemoteLook) => void;
  readonly auditEntry: (entry: { readonly action: string; readonly outcome: string }) => void;
  /** What a work queue tells; `counts` is asked at each scrape. */
  queue(name: string, counts: () => QueueCounts): WorkQueueObserver;
}

interface QueueCounts {
  readonly queued: number;
  readonly running: number;
  readonly delayed: number;
}

/**
 * Node samples the delay of its event loop with a timer, every 10 ms by default: that alone is 1 % of a processor while nothing
 * happens. `nodejs_eventloop_lag_seconds`, which is measured at a scrape, stays; what is made of samples goes.
 */
const NEVER_MS = 2 ** 30;
const SAMPLED_LAG = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];

/** Each repository has some series; whatever comes after so many of them is counted together. */
const MAX_REPOSITORIES = 200;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const name of SAMPLED_LAG) registry.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`);
  const registers = [registry];
  const auditEntries = new Counter({
    name: 'sekisho_audit_entries_total',
    help: 'Entries of the audit log, by action and outcome.',
    labelNames: ['action', 'outcome'],
    registers,
  });
  return {
    registry,
    reconciles: new Counter({
      name: 'sekisho_application_reconciles_total',
      help: 'Reconciliations of applications by result.',
      labelNames: ['result'],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'sekisho_application_reconcile_seconds',
      help: 'Time of one reconciliation.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    syncs: new Counter({
      name: 'sekisho_application_syncs_total',
      help: 'Finished sync operations by phase.',
      labelNames: ['phase'],
      registers,
    }),
    syncSeconds: new Histogram({
      name: 'sekisho_application_sync_seconds',
      help: 'Time of sync operations, from their start to their end, by phase.',
      labelNames: ['phase'],
      buckets: [0.05, 0.2, 1, 5, 20, 60, 300, 1800],
      registers,
    }),
    deploySeconds: new Histogram({
      name: 'sekisho_deploy_seconds',
      help: 'Time from a push (or the start of a sync that nobody pushed for) until the application is Synced and Healthy.',
      buckets: [0.2, 1, 5, 20, 60, 300, 1800],
      registers,
    }),
    webhooks: new Counter({
      name: 'sekisho_webhooks_total',
      help: 'Webhooks by sender and result (accepted, ignored, duplicate, or the code of the refusal).',
      labelNames: ['sender', 'result'],
      registers,
    }),
    eventStreams: new Gauge({
      name: 'sekisho_event_streams',
      help: 'Callers that follow events now.',
      registers,
    }),
    spans: new Counter({
      name: 'sekisho_trace_spans_total',
      help: 'Spans that the OpenTelemetry collector took, and those that were given up.',
      labelNames: ['result'],
      registers,
    }),
    render: renderSeries(registers),
    gitLook: gitSeries(registers),
    // Actions on resources name their kind, which whoever asks chooses.
    auditEntry: ({ action, outcome }) => auditEntries.inc({ action: action.replace(/\/.*$/s, ''), outcome }),
    queue: queueSeries(registers),
  };
}

function renderSeries(registers: Registry[]): Metrics['render'] {
  const renders = new Counter({
    name: 'sekisho_renders_total',
    help: 'Renders that were computed, not answered from memory or disk.',
    registers,
  });
  const hits = new Counter({
    name: 'sekisho_render_cache_hits_total',
    help: 'Renders that were not computed, because nothing that they read has changed, by where the result was: memory, disk.',
    labelNames: ['from'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sekisho_render_seconds',
    help: 'Time of one render that was computed, by tool.',
    labelNames: ['tool'],
    buckets: [0.002, 0.01, 0.05, 0.2, 1, 5, 20, 90],
    registers,
  });
  return ({ from, tool, ms }) => {
    if (from === 'memory' || from === 'disk') {
      hits.inc({ from });
      return;
    }
    renders.inc();
    seconds.observe({ tool }, ms / 1000);
  };
}

function gitSeries(registers: Registry[]): Metrics['gitLook'] {
  const fetches = new Counter({
    name: 'sekisho_git_fetches_total',
    help: 'Looks at remote repositories, by result: changed, unchanged, failed.',
    labelNames: ['repository', 'result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sekisho_git_fetch_seconds',
    help: 'Time of one look at a remote repository, with what it fetched.',
    labelNames: ['repository'],
    buckets: [0.2, 1, 5, 30, 120],
    registers,
  });
  const named = new Set<string>();
  return ({ url, result, ms }) => {
    const address = redactUrl(url);
    if (named.size < MAX_REPOSITORIES) named.add(address);
    const repository = named.has(address) ? address : 'others';
    fetches.inc({ repository, result });
    seconds.observe({ repository }, ms / 1000);
  };
}

function queueSeries(registers: Registry[]): Metrics['queue'] {
  const queues = new Map<string, () => QueueCounts>();
  new Gauge({
    name: 'sekisho_queue_keys',
    help: 'What a work queue holds: queued (to be worked on now), running, delayed (for a later time).',
    labelNames: ['queue', 'state'],
    registers,
    collect() {
      for (const [queue, counts] of queues) {
        for (const [state, value] of Object.entries(counts())) this.set({ queue, state }, value);
      }
    },
  });
  const waits = new Histogram({
    name: 'sekisho_queue_wait_seconds',
    help: 'How long keys were queued until they were worked on.',
    labelNames: ['queue'],
    buckets: [0.005, 0.05, 0.5, 2, 10, 60],
    registers,
  });
  const retries = new Counter({
    name: 'sekisho_queue_retries_total',
    help: 'Work that failed and is tried again after a pause.',
    labelNames: ['queue'],
    registers,
  });
  return (queue, counts) => {
    queues.set(queue, counts);
    return {
      started: (waitedMs) => waits.observe({ queue }, waitedMs / 1000),
      failed: () => retries.inc({ queue }),
    };
  };
}
