import { type FileTree, type RenderOptions, type RenderResult, readsHold } from '@sekisho/render';

/** Whether what a result read is still what the trees have. */
export type IsCurrent = (result: Pick<RenderResult, 'reads'>) => Promise<boolean>;

/** @param tree undefined: the source's own content has not changed for sure */
export function currencyOf(
  tree: FileTree | undefined,
  { revision, refs }: Pick<RenderOptions, 'revision' | 'refs'>,
): IsCurrent {
  const own = tree && { tree, revision };
  return ({ reads }) => {
    const looked = own === undefined ? reads.filter(({ ref }) => ref !== undefined) : reads;
    return readsHold(looked, (ref) => (ref === undefined ? own : refs?.get(ref)));
  };
}
