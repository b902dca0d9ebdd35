import type { KubeObject } from '@sekisho/kube';

/** One column: what the header says and how a cell is read. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 always shown, 1 only in wide output. */
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => unknown;
}
