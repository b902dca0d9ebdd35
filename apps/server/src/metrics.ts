import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface ApplicationLabels {
  readonly sync: string;
  readonly health: string;
}

/** Prometheus series of the server. */
export interface Metrics {
  readonly registry: Registry;
  readonly reconciles: Counter<'result'>;
  readonly reconcileSeconds: Histogram;
  readonly renders: Counter;
  readonly syncs: Counter<'phase'>;
  readonly webhooks: Counter<'sender' | 'result'>;
  readonly syncSeconds: Histogram<'phase'>;
  readonly deploySeconds: Histogram;
  /** Sets where the gauge of applications gets its values, asked at each scrape. */
  observeApplications(statuses: () => Iterable<ApplicationLabels>): void;
}

/**
 * Node samples the delay of its event loop with a timer, every 10 ms by default: that alone is 1 % of a processor while nothing
 * happens. `nodejs_eventloop_lag_seconds`, which is measured at a scrape, stays; what is made of samples goes.
 */
const NEVER_MS = 2 ** 30;
const SAMPLED_LAG = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const name of SAMPLED_LAG) registry.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`);
  const registers = [registry];
  let statuses: () => Iterable<ApplicationLabels> = () => [];
  new Gauge({
    name: 'sekisho_applications',
    help: 'Applications by sync and health status.',
    labelNames: ['sync', 'health'],
    registers,
    collect() {
      this.reset();
      for (const { sync, health } of statuses()) this.inc({ sync, health });
    },
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
    renders: new Counter({
      name: 'sekisho_renders_total',
      help: 'Renders that were computed, not answered from memory.',
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
    observeApplications(from) {
      statuses = from;
    },
  };
}
