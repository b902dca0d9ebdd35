import type { Diagnostic } from '@sekisho/base';
import type { SourceFiles } from '../files.ts';
import type { HelmChartConfig } from '../kustomization/types.ts';

/** A chart that a kustomization asks for. */
export interface ChartRequest extends HelmChartConfig {
  readonly name: string;
  /** Folder of the chart, below the tree's root; it may not be there when there is a `repo`. */
  readonly path: string;
  /** In the order of Helm's `-f`: later ones win. */
  readonly values: readonly ChartValues[];
  readonly files: SourceFiles;
}

export type ChartValues =
  /** A file as it is written. */
  | { readonly file: string; readonly text: string }
  /** What the kustomization says, merged with a file. */
  | { readonly values: Readonly<Record<string, unknown>> };

/** What `helm template` prints for a chart; when there are errors, the first of them is told. */
export interface ChartText {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}
