import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus series of the server. */
export interface Metrics {
  readonly registry: Registry;
  readonly reconciles: Counter<'result'>;
  readonly reconcileSeconds: Histogram;
  readonly renders: Counter;
  readonly syncs: Counter<'phase'>;
  readonly applications: Gauge<'sync' | 'health'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
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
    applications: new Gauge({
      name: 'sekisho_applications',
      help: 'Applications by sync and health status.',
      labelNames: ['sync', 'health'],
      registers,
    }),
  };
}
