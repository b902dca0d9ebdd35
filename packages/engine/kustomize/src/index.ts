export type { ChartRequest, ChartText, ChartValues } from './accumulate/chart-request.ts';
export { type BuildOptions, type BuildResult, type BuiltManifest, buildKustomization } from './build.ts';
export type { SourceEntry, SourceFiles } from './files.ts';
export type { HelmChartConfig, ImageConfig, Kustomization, LabelConfig, PatchConfig } from './kustomization/types.ts';
export type { KustomizeLimits } from './limits.ts';
export { type OutputFile, outputFiles } from './output-files.ts';
