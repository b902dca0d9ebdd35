import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Series of ApplicationSets. */
export interface ApplicationSetMetrics {
  readonly reconciles: Counter<'result'>;
  readonly changes: Counter<'action'>;
  /** Generators of a set ran. */
  readonly run: (ms: number, failed: boolean) => void;
}

/** @param counts sets now, by how they are; asked at each scrape */
export function observeApplicationSets(
  registry: Registry,
  counts: () => ReadonlyMap<string, number>,
): ApplicationSetMetrics {
  const registers = [registry];
  new Gauge({
    name: 'sekisho_applicationsets',
    help: 'ApplicationSets now, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of counts()) this.set({ state }, count);
    },
  });
  const seconds = new Histogram({
    name: 'sekisho_applicationset_generate_seconds',
    help: 'Time in which the generators of a set ran.',
    labelNames: ['result'],
    buckets: [0.005, 0.05, 0.2, 1, 5, 30],
    registers,
  });
  return {
    reconciles: new Counter({
      name: 'sekisho_applicationset_reconciles_total',
      help: 'Looks at ApplicationSets by result.',
      labelNames: ['result'],
      registers,
    }),
    changes: new Counter({
      name: 'sekisho_applicationset_changes_total',
      help: 'Applications that sets created, updated and deleted.',
      labelNames: ['action'],
      registers,
    }),
    run: (ms, failed) => seconds.observe({ result: failed ? 'failed' : 'done' }, ms / 1000),
  };
}
