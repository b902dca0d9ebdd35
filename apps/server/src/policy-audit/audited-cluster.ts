import type { KubeObject } from '@sekisho/kube';
import type { LiveChange } from '../applications/live-cache.ts';

/** A cluster whose objects are audited. */
export interface AuditedCluster {
  /** By which it is known: its address. */
  readonly name: string;
  /** Everything that lives in it now. */
  objects(): Iterable<KubeObject>;
  get(kind: { readonly group: string; readonly kind: string }, name: string, namespace: string): KubeObject | undefined;
  /** Called with each change from now on. */
  onChange(listener: (change: LiveChange) => void): () => void;
}
