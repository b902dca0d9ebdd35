/** What one application may cost. Over a limit is an error, never a silent cut. */
export interface RenderLimits {
  /** Of one file. Default 10 MiB. */
  readonly maxFileBytes: number;
  /** Of all files together. Default 64 MiB. */
  readonly maxTotalBytes: number;
  /** Manifest files. Default 10,000. */
  readonly maxFiles: number;
  /** Directory entries looked at. Default 200,000. */
  readonly maxEntries: number;
  /** Default 50,000. */
  readonly maxObjects: number;
}

export const DEFAULT_LIMITS: RenderLimits = {
  maxFileBytes: 10 * 1024 * 1024,
  maxTotalBytes: 64 * 1024 * 1024,
  maxFiles: 10_000,
  maxEntries: 200_000,
  maxObjects: 50_000,
};
