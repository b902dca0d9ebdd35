import { Counter, Gauge, type Registry } from 'prom-client';
import type { DriftTracker } from './tracker.ts';

/** Series of drift: what drifts now is counted at each scrape. */
export function observeDrift(
  registry: Registry,
  tracker: Pick<DriftTracker, 'all'>,
): { detected: Counter<'policy'>; ended: Counter } {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_drift_objects',
    help: 'Objects that drift from git now, by application; only applications that have any.',
    labelNames: ['namespace', 'name', 'project'],
    registers,
    collect() {
      this.reset();
      const counted = new Set<string>();
      for (const { application, object } of tracker.all()) {
        const id = JSON.stringify([application.namespace, application.name, object]);
        if (!counted.has(id)) this.inc({ ...application });
        counted.add(id);
      }
    },
  });
  new Gauge({
    name: 'sekisho_drift_fields',
    help: 'Fields that drift from git now, by what is done about them.',
    labelNames: ['policy'],
    registers,
    collect() {
      this.reset();
      for (const policy of ['report', 'alert', 'heal']) this.set({ policy }, 0);
      for (const { policy } of tracker.all()) this.inc({ policy });
    },
  });
  return {
    detected: new Counter({
      name: 'sekisho_drift_detected_total',
      help: 'Fields that began to drift, by what is done about them.',
      labelNames: ['policy'],
      registers,
    }),
    ended: new Counter({
      name: 'sekisho_drift_ended_total',
      help: 'Fields that are again what git says, whoever did it.',
      registers,
    }),
  };
}
