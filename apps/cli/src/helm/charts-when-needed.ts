import type { Charts } from '@sekisho/charts';
import type { FetchChart } from '@sekisho/helm';
import type { CheckWorld } from '../check/world.ts';

/** Charts of repositories; what reaches the network loads when the first of them is asked for. */
export function chartsWhenNeeded(world: CheckWorld): { readonly fetch: FetchChart; close(): Promise<void> } {
  let charts: Promise<Charts> | undefined;
  return {
    async fetch(request) {
      charts ??= import('./chart-access.ts').then(({ openCharts }) => openCharts({}, '', world));
      return (await charts).fetch(request);
    },
    async close() {
      await (await charts)?.close();
    },
  };
}
