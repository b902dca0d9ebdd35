import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { GateLook } from './gate-look.ts';

export interface GateMetrics {
  readonly looks: Counter<'result'>;
  readonly seconds: Histogram;
}

/** Series of the gate before a sync. */
export function observeGate(registry: Registry, looks: () => Iterable<GateLook>): GateMetrics {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_gate_applications',
    help: 'Applications that policies deny, or warn about, before a sync.',
    labelNames: ['decision'],
    registers,
    collect() {
      let denied = 0;
      let warned = 0;
      for (const { deny, warn, fault } of looks()) {
        if (deny > 0 || fault !== undefined) denied++;
        else if (warn > 0) warned++;
      }
      this.set({ decision: 'deny' }, denied);
      this.set({ decision: 'warn' }, warned);
    },
  });
  return {
    looks: new Counter({
      name: 'sekisho_gate_looks_total',
      help: 'Questions to policies about what an application is rendered to, by result.',
      labelNames: ['result'],
      registers,
    }),
    seconds: new Histogram({
      name: 'sekisho_gate_seconds',
      help: 'Time of one such question.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
  };
}
