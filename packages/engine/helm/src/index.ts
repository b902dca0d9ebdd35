export type { Chart, ChartFile, ChartMetadata, Dependency, Maintainer, Values } from './chart/chart.ts';
export type { ChartRequest, FetchChart, FetchedChart } from './chart/fetch.ts';
export { type LoadedChart, type LoadOptions, loadChart, loadChartArchive, readChartArchive } from './chart/load.ts';
export { chooseVersion, isVersion, sortVersions, type VersionChoice } from './chart/version-choice.ts';
export {
  type AddedDependency,
  type CompletedChart,
  type CompleteOptions,
  completeDependencies,
} from './dependencies/complete.ts';
export { createFunctions, type FunctionContext } from './functions/index.ts';
export { seededBytes } from './functions/random.ts';
export type { HelmLimits } from './limits.ts';
export type { CrdFile } from './release/crds.ts';
export type { Hook, HookDeletePolicy, HookEvent } from './release/hooks.ts';
export type { Manifest } from './release/manifests.ts';
export { type RenderChartOptions, type RenderedChart, renderChart } from './release/render-chart.ts';
export type { SourceEntry, SourceFiles } from './source-files.ts';
export { inFlagOrder, type ValuesLayer } from './values/layers.ts';
