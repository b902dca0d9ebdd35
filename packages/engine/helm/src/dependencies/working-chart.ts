import type { Chart, ChartMetadata, Values } from '../chart/chart.ts';

/** A chart while a render prepares it: dependencies are enabled, renamed and imported from; the chart itself stays as it is. */
export interface WorkingChart {
  readonly source: Chart;
  metadata: ChartMetadata;
  values: Readonly<Values>;
  dependencies: WorkingChart[];
}

export function workingCopy(source: Chart): WorkingChart {
  return {
    source,
    metadata: source.metadata,
    values: source.values,
    dependencies: source.dependencies.map(workingCopy),
  };
}
