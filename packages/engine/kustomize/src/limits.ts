/** What one build may take. */
export interface KustomizeLimits {
  /** Bytes of one file. Default 10 MiB. */
  readonly maxFileBytes?: number;
  /** Bytes of all files; one that is read twice counts twice. Default 64 MiB. */
  readonly maxTotalBytes?: number;
  /** Nesting of collections in a file. Default 200. */
  readonly maxDepth?: number;
  /** Nodes of one document, those behind aliases included, and those that patches copy. Default 1,000,000. */
  readonly maxNodes?: number;
  /** Kustomizations inside one another. Default 64. */
  readonly maxNesting?: number;
  /** Kustomizations in all. Default 2,000. */
  readonly maxKustomizations?: number;
  /** Resources in all. Default 50,000. */
  readonly maxResources?: number;
  /** Characters of the text. Default 200 Mi. */
  readonly maxOutput?: number;
}

export interface Limits extends Required<KustomizeLimits> {
  /** A key that stands twice in a map: the last one counts, as in kustomization files. */
  readonly lastKeyWins: boolean;
}

/** How configuration files are read: the last of equal keys counts, and scalars are those of YAML 1.1. */
export function forConfiguration(limits: Limits): Limits {
  return { ...limits, lastKeyWins: true };
}

const DEFAULTS: Limits = {
  maxFileBytes: 10 * 1024 * 1024,
  maxTotalBytes: 64 * 1024 * 1024,
  maxDepth: 200,
  maxNodes: 1_000_000,
  maxNesting: 64,
  maxKustomizations: 2000,
  maxResources: 50_000,
  maxOutput: 200 * 1024 * 1024,
  lastKeyWins: false,
};

export function completeLimits(limits: KustomizeLimits | undefined): Limits {
  return limits === undefined ? DEFAULTS : { ...DEFAULTS, ...limits };
}
