import type { ChartRequest, FetchedChart } from '@sekisho/helm';
import type { Manifest } from '@sekisho/kube';
import type { FileTree, RenderOptions, TreeEntry } from '@sekisho/render';

/** What a render in a thread asks the process: trees, charts and credentials are only there. `tree` is its place in the job. */
export type Question =
  | { readonly kind: 'list'; readonly tree: number; readonly path: string }
  | { readonly kind: 'read'; readonly tree: number; readonly path: string; readonly maxBytes: number }
  | { readonly kind: 'idOf'; readonly tree: number; readonly path: string }
  | { readonly kind: 'chart'; readonly request: Omit<ChartRequest, 'signal'> }
  /** Takes a part of the result: large ones would hold the process up. */
  | { readonly kind: 'manifests'; readonly manifests: readonly Manifest[] };

export interface Answers {
  readonly list: readonly TreeEntry[] | undefined;
  readonly read: Uint8Array;
  readonly idOf: string | undefined;
  readonly chart: FetchedChart;
  readonly manifests: undefined;
}

/** Answers the questions of one render. */
export function createAnswerer(
  trees: readonly FileTree[],
  { fetchChart, signal }: Pick<RenderOptions, 'fetchChart' | 'signal'>,
  takeManifests: (manifests: readonly Manifest[]) => void,
): (question: Question) => Promise<Answers[Question['kind']]> {
  const treeOf = ({ tree }: { readonly tree: number }) => {
    const found = trees[tree];
    if (found === undefined) throw new RangeError(`there is no tree ${tree}`);
    return found;
  };
  return async (question) => {
    switch (question.kind) {
      case 'list':
        return treeOf(question).list(question.path);
      case 'read':
        return treeOf(question).read(question.path, { maxBytes: question.maxBytes });
      case 'idOf':
        return treeOf(question).idOf?.(question.path);
      case 'chart':
        if (fetchChart === undefined) throw new Error('charts are not fetched here');
        return fetchChart({ ...question.request, ...(signal === undefined ? {} : { signal }) });
      case 'manifests':
        takeManifests(question.manifests);
        return undefined;
      default:
        return question satisfies never;
    }
  };
}
