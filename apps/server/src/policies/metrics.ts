import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AdmissionObserver } from './admission/admission-gate.ts';
import type { PolicyBook } from './policy-book.ts';

/** Series of the policies that count, and of admission to the embedded cluster; names as the webhook has them. */
export function observePolicies(registry: Registry, book: Pick<PolicyBook, 'info'>): AdmissionObserver {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_admission_policies',
    help: 'Policies that are asked.',
    registers,
    collect() {
      this.set(book.info().policies.length);
    },
  });
  new Gauge({
    name: 'sekisho_policy_faults',
    help: 'Faults of policies and waivers that do not count as they are written.',
    registers,
    collect() {
      this.set(book.info().diagnostics.filter(({ severity }) => severity === 'error').length);
    },
  });
  const requests = new Counter({
    name: 'sekisho_admission_requests_total',
    help: 'Admission requests that were answered, by path and outcome.',
    labelNames: ['path', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sekisho_admission_request_seconds',
    help: 'Time until admission requests were answered.',
    labelNames: ['path'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  return (path, outcome, ms) => {
    requests.inc({ path, outcome });
    seconds.observe({ path }, ms / 1000);
  };
}
