import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Auditor } from './auditor.ts';
import type { ViolationBook } from './violation-book.ts';

/** Policies and decisions that are told one by one. */
const MAX_SERIES = 1_000;

/** Series of the audit: what breaks policies now is counted at each scrape. */
export function observeAudit(
  registry: Registry,
  { book, progress }: { book: Pick<ViolationBook, 'all'>; progress: () => Auditor['progress'] },
): { readonly runs: Histogram; readonly asked: Counter; readonly began: Counter<'decision'> } {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_policy_violations',
    help: `Violations of policies by what runs now; at most ${MAX_SERIES} policies and decisions, the largest.`,
    labelNames: ['policy', 'decision'],
    registers,
    collect() {
      this.reset();
      const counts = new Map<string, { policy: string; decision: string; count: number }>();
      for (const { violation } of book.all()) {
        const { policyId: policy, decision } = violation;
        const key = `${policy}\n${decision}`;
        const entry = counts.get(key);
        if (entry === undefined) counts.set(key, { policy, decision, count: 1 });
        else entry.count++;
      }
      const largest = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, MAX_SERIES);
      for (const { policy, decision, count } of largest) this.set({ policy, decision }, count);
    },
  });
  new Gauge({
    name: 'sekisho_policy_audit_objects',
    help: 'Objects that are audited.',
    registers,
    collect() {
      this.set(progress().objects);
    },
  });
  new Gauge({
    name: 'sekisho_policy_audit_pending_objects',
    help: 'Objects that policies must be asked about yet.',
    registers,
    collect() {
      this.set(progress().pending);
    },
  });
  new Gauge({
    name: 'sekisho_policy_audit_last_run_end_time_seconds',
    help: 'When everything had been asked about, in seconds since 1970; 0: not yet.',
    registers,
    collect() {
      this.set((progress().finishedAt ?? 0) / 1000);
    },
  });
  return {
    runs: new Histogram({
      name: 'sekisho_policy_audit_duration_seconds',
      help: 'From a change until policies were asked about all that it touches.',
      buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300],
      registers,
    }),
    asked: new Counter({
      name: 'sekisho_policy_audit_asked_total',
      help: 'Objects that policies were asked about.',
      registers,
    }),
    began: new Counter({
      name: 'sekisho_policy_violations_detected_total',
      help: 'Violations that began, by decision.',
      labelNames: ['decision'],
      registers,
    }),
  };
}
