import type { Manifest } from '@sekisho/kube';
import type { ManifestFileOptions, RenderResult } from '@sekisho/render';
import type { PlainOptions, SourceKeys } from './source-key.ts';

export interface JobTree {
  /** Id of the root; undefined when the tree does not know ids. */
  readonly rootId: string | undefined;
  /** Of a referenced source; undefined: the source itself. */
  readonly ref?: { readonly name: string; readonly repo?: string | undefined; readonly revision?: string | undefined };
}

export interface RenderJob {
  readonly kind: 'render';
  readonly options: PlainOptions;
  /** The source's own, then those of references. */
  readonly trees: readonly JobTree[];
  readonly fetchesCharts: boolean;
  /** Nothing that it reads is kept in the thread. */
  readonly secret: boolean;
  /** Where the result is kept, if it may be. */
  readonly keep:
    | { readonly folder: string; readonly keys: SourceKeys; readonly isNew: boolean; readonly isPinned: boolean }
    | undefined;
}

export interface ParseJob {
  readonly kind: 'parse';
  readonly text: string;
  readonly options: ManifestFileOptions;
}

export type Job = RenderJob | ParseJob;

/** The manifests are the last part: others came before. */
export interface RenderAnswer {
  readonly result: RenderResult;
  /** It was on disk, and still is what its inputs give. */
  readonly wasKept: boolean;
  /** Bytes that it takes on disk now; 0: it was not written. */
  readonly writtenBytes: number;
}

/** So many manifests travel at a time. */
export const PART = 200;

/** Hands over all but the last part. @returns the last part */
export async function handOver(
  manifests: readonly Manifest[],
  take: (part: readonly Manifest[]) => Promise<unknown>,
): Promise<readonly Manifest[]> {
  let at = 0;
  for (; manifests.length - at > PART; at += PART) await take(manifests.slice(at, at + PART));
  return at === 0 ? manifests : manifests.slice(at);
}
