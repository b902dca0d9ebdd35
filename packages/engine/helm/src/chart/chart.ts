/** A value of a values file: JSON; numbers of YAML are Go's float64 (number), those of `--set` its int64 (bigint). */
export type Values = Record<string, unknown>;

export interface ChartFile {
  /** Relative to the chart, as `.Files` and `.Template` name it. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** One entry of `dependencies` in Chart.yaml, or of requirements.yaml. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly importValues: readonly unknown[];
  readonly alias: string;
}

export interface Maintainer {
  readonly name: string;
  readonly email: string;
  readonly url: string;
}

/** Chart.yaml; a text that is not there is ''. */
export interface ChartMetadata {
  readonly name: string;
  readonly home: string;
  readonly sources: readonly string[];
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly maintainers: readonly Maintainer[];
  readonly icon: string;
  readonly apiVersion: string;
  readonly condition: string;
  readonly tags: string;
  readonly appVersion: string;
  readonly deprecated: boolean;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly kubeVersion: string;
  readonly dependencies: readonly Dependency[];
  readonly type: string;
}

/** A chart as it was read; shared and read-only. */
export interface Chart {
  readonly metadata: ChartMetadata;
  /** values.yaml; empty when there is none. */
  readonly values: Readonly<Values>;
  /** Text of values.schema.json. */
  readonly schema: string | undefined;
  /** Below templates/. */
  readonly templates: readonly ChartFile[];
  /** Everything else that templates may read through `.Files`, crds/ included. */
  readonly files: readonly ChartFile[];
  /** Text of Chart.lock or requirements.lock. */
  readonly lock: string | undefined;
  /** Subcharts, those of charts/*.tgz included, by name of their folder or archive. */
  readonly dependencies: readonly Chart[];
  /** Where the chart is: a folder, or an archive followed by `!`; prefix of origins. */
  readonly path: string;
}
