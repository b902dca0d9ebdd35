import type { SourceFiles } from '../files.ts';
import type { Limits } from '../limits.ts';
import type { ChartRequest, ChartText } from './chart-request.ts';

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
  readonly renderChart: ((chart: ChartRequest) => Promise<ChartText>) | undefined;
  readonly enableHelm: boolean;
  kustomizations: number;
}
