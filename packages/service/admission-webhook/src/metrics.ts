import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Outcome = 'allow' | 'deny' | 'break-glass' | 'error';

export interface WebhookMetrics {
  observe(path: string, outcome: Outcome, seconds: number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** @param state read when the metrics are asked for */
export function createMetrics(state: {
  /** End of the serving certificate, milliseconds since 1970. */
  readonly certificateEnd: () => number | undefined;
  readonly policies: () => number;
  readonly inFlight: () => number;
  readonly isReady: () => boolean;
}): WebhookMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'sekisho_admission_requests_total',
    help: 'Admission requests that were answered, by path and outcome.',
    labelNames: ['path', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sekisho_admission_request_seconds',
    help: 'Time from the first byte of an admission request to its answer.',
    labelNames: ['path'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  new Gauge({
    name: 'sekisho_admission_requests_in_flight',
    help: 'Admission requests that are being answered.',
    registers,
    collect() {
      this.set(state.inFlight());
    },
  });
  new Gauge({
    name: 'sekisho_admission_certificate_end_seconds',
    help: 'When the serving certificate ends, seconds since 1970.',
    registers,
    collect() {
      this.set(Math.floor((state.certificateEnd() ?? 0) / 1000));
    },
  });
  new Gauge({
    name: 'sekisho_admission_policies',
    help: 'Policies that are asked.',
    registers,
    collect() {
      this.set(state.policies());
    },
  });
  new Gauge({
    name: 'sekisho_admission_ready',
    help: '1 when requests are answered, 0 when something is missing.',
    registers,
    collect() {
      this.set(state.isReady() ? 1 : 0);
    },
  });
  return {
    observe(path, outcome, elapsed) {
      requests.inc({ path, outcome });
      seconds.observe({ path }, elapsed);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
