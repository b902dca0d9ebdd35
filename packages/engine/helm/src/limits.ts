/** What a chart, and its render, may cost. Beyond a limit the render ends with a diagnostic; nothing is cut. */
export interface HelmLimits {
  /** Bytes of one file. Default 5 MiB, as Helm's. */
  readonly maxFileBytes: number;
  /** Bytes of a chart with its subcharts, unpacked. Default 100 MiB, as Helm's. */
  readonly maxChartBytes: number;
  /** Files of a chart with its subcharts. Default 20,000. */
  readonly maxFiles: number;
  /** Subcharts inside of subcharts. Default 20. */
  readonly maxChartDepth: number;
  /** Characters that all templates of a render give together. Default 50 Mi. */
  readonly maxOutput: number;
  /** Actions and calls of one template. Default 5,000,000. */
  readonly maxSteps: number;
  /** `include` and `tpl` inside of each other. Default 250; Helm's is 1,000 per name. */
  readonly maxIncludeDepth: number;
}

const DEFAULTS: HelmLimits = {
  maxFileBytes: 5 * 1024 * 1024,
  maxChartBytes: 100 * 1024 * 1024,
  maxFiles: 20_000,
  maxChartDepth: 20,
  maxOutput: 50 * 1024 * 1024,
  maxSteps: 5_000_000,
  maxIncludeDepth: 250,
};

export function withDefaults(limits: Partial<HelmLimits> = {}): HelmLimits {
  return { ...DEFAULTS, ...limits };
}
