import type { SourceFiles } from '../files.ts';
import type { HelmChartConfig } from '../kustomization/types.ts';
import type { Limits } from '../limits.ts';

/** A chart that a kustomization asks for. */
export interface ChartRequest extends HelmChartConfig {
  /** Folder of the kustomization. */
  readonly folder: string;
  /** Folder that holds charts, below the tree's root; by default `charts` beside the kustomization. */
  readonly chartHome: string;
  readonly files: SourceFiles;
}

/** What is the same for all kustomizations of one build. */
export interface BuildContext {
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly warnings: string[];
  readonly reads: Set<string>;
  /** Folder of the outermost kustomization: origins are relative to it. */
  readonly topRoot: string;
  readonly restricted: boolean;
  readonly recordTransformations: boolean;
  readonly fetchRemote: ((url: string) => Promise<{ files: SourceFiles; path: string }>) | undefined;
  readonly renderChart: ((chart: ChartRequest) => Promise<string>) | undefined;
  readonly enableHelm: boolean;
  kustomizations: number;
}
