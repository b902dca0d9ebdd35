/** One application as people keep it in git: the files that its render reads, and how it is rendered. */
export interface Workload {
  readonly name: string;
  readonly tool: 'kustomize' | 'helm';
  /** Folder of the overlay or the chart. */
  readonly path: string;
  /** All files by path, from the root of the repository. */
  readonly files: Readonly<Record<string, string>>;
  /** Helm: values files by their path in the chart, and `--set`. */
  readonly valueFiles: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** Namespace that charts are rendered for. */
export const NAMESPACE = 'production';
