import type { ResMap } from '../resource/res-map.ts';

/** Changes resources in place. @throws BuildFault */
export interface Transformer {
  /** Its kind among the built-in plugins: `PrefixTransformer`. */
  readonly kind: string;
  transform(resources: ResMap): void;
}

export function entriesOf(pairs: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(pairs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
