import { Counter, Gauge, type Registry } from 'prom-client';
import type { DriftItem } from './drift-item.ts';
import type { DriftTracker } from './tracker.ts';

/** Applications that are named one by one; when more drift, those with the most objects are. */
const MAX_NAMED = 1000;

/** Series of drift: what drifts now is counted at each scrape. */
export function observeDrift(
  registry: Registry,
  tracker: Pick<DriftTracker, 'all'>,
): { detected: Counter<'policy'>; ended: Counter } {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_drift_objects',
    help: `Objects that drift from git now, by application; only applications that have any, at most ${MAX_NAMED}.`,
    labelNames: ['namespace', 'name', 'project'],
    registers,
    collect() {
      this.reset();
      for (const { application, objects } of mostDrifting(tracker)) this.set({ ...application }, objects);
    },
  });
  new Gauge({
    name: 'sekisho_drift_fields',
    help: 'Fields that drift from git now, by what is done about them.',
    labelNames: ['policy'],
    registers,
    collect() {
      this.reset();
      const counts = new Map<string, number>();
      for (const { policy } of tracker.all()) counts.set(policy, (counts.get(policy) ?? 0) + 1);
      for (const policy of ['report', 'alert', 'heal']) this.set({ policy }, counts.get(policy) ?? 0);
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

/** Counted in one pass: fields of one object come one after the other, and objects of one application, too. */
function mostDrifting(tracker: Pick<DriftTracker, 'all'>) {
  const found: { readonly application: DriftItem['application']; objects: number }[] = [];
  let last: DriftItem | undefined;
  for (const item of tracker.all()) {
    const { application, object } = item;
    const isKnown = application.name === last?.application.name && application.namespace === last.application.namespace;
    if (!isKnown) found.push({ application, objects: 0 });
    const entry = found.at(-1);
    if (entry !== undefined && !(isKnown && last !== undefined && isSame(object, last.object))) entry.objects++;
    last = item;
  }
  return found.sort((a, b) => b.objects - a.objects).slice(0, MAX_NAMED);
}

function isSame(a: DriftItem['object'], b: DriftItem['object']): boolean {
  return a.name === b.name && a.kind === b.kind && a.namespace === b.namespace && a.group === b.group;
}
