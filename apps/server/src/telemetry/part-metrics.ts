import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';
import { version } from '../version.ts';
import { SCRAPE_WAIT_MS, scrapeQuestion } from './scrape-question.ts';

/** Asked at each scrape; each must answer at once. */
export interface ObservedParts {
  /** The database of history and audit. Rejects when it does not answer. */
  readonly ping: () => Promise<void>;
  /** Clusters that applications go to, by what they are called. */
  readonly clusters: () => Iterable<{ readonly cluster: string; readonly up: boolean }>;
  /** Audit entries that are not in the log yet. */
  readonly auditWaiting: () => number;
}

/** How often the event loop is sampled. A finer look would wake an idle process more often. */
const LOOP_SAMPLE_MS = 100;

/** Gauges of the parts of the server. @returns what ends the sampling */
export function observeParts(registry: Registry, parts: ObservedParts): { close(): void } {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_build_info',
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const isUp = scrapeQuestion(() => parts.ping().then(() => true));
  new Gauge({
    name: 'sekisho_store_up',
    help: `Whether the database of history and audit answers, within ${SCRAPE_WAIT_MS / 1000} s.`,
    registers,
    async collect() {
      this.set((await isUp()) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sekisho_cluster_up',
    help: 'Whether a cluster that applications go to answers.',
    labelNames: ['cluster'],
    registers,
    collect() {
      this.reset();
      for (const { cluster, up } of parts.clusters()) this.set({ cluster }, up ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sekisho_audit_waiting',
    help: 'Audit entries that wait for the database; they are kept in a file until it answers.',
    registers,
    collect() {
      this.set(parts.auditWaiting());
    },
  });
  return observeEventLoop(registry);
}

function observeEventLoop(registry: Registry): { close(): void } {
  const delay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
  delay.enable();
  new Gauge({
    name: 'sekisho_event_loop_delay_seconds',
    help: `How late the event loop was since the last scrape, sampled every ${LOOP_SAMPLE_MS} ms; quantile 1 is the latest.`,
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [0.5, 0.99, 1]) {
        const ns = delay.count === 0 ? 0 : delay.percentile(quantile * 100);
        this.set({ quantile: String(quantile) }, Math.max(0, ns / 1e9 - LOOP_SAMPLE_MS / 1000));
      }
      delay.reset();
    },
  });
  return { close: () => void delay.disable() };
}
