/** What one render may take. */
export interface RenderPoolLimits {
  /** Default 90,000, as Argo CD's for the programs that it runs. */
  readonly timeMs?: number;
  /** Memory of the thread that it runs in. Default 512. */
  readonly memoryMb?: number;
}

export const DEFAULT_LIMITS: Required<RenderPoolLimits> = { timeMs: 90_000, memoryMb: 512 };
