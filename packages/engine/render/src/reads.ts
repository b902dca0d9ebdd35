import type { FileTree } from './file-tree.ts';

/** Something of a tree that a render depends on. */
export interface Read {
  readonly path: string;
  /** The file's, or the directory's with all below it; '' when nothing was there. */
  readonly id: string;
  /** Name of the referenced source whose tree it is; undefined: the source's own. */
  readonly ref?: string;
  /** What `id` stands for, if not the content at `path`. `names`: the entries of a directory; `revision`: the commit. */
  readonly of?: 'names' | 'revision';
}

/** A tree as it is now, with its commit. */
export interface CurrentTree {
  readonly tree: FileTree;
  readonly revision?: string | undefined;
}

/**
 * Whether everything that a render read is still the same.
 *
 * @param treeOf the tree of a referenced source, or of the source itself (undefined); undefined when there is none any more
 */
export async function readsHold(
  reads: readonly Read[],
  treeOf: (ref: string | undefined) => CurrentTree | undefined,
): Promise<boolean> {
  for (const { path, id, ref, of } of reads) {
    const current = treeOf(ref);
    if (current === undefined) return false;
    if (of === 'revision') {
      if (current.revision !== id) return false;
    } else if (of === 'names') {
      if ((await namesId(current.tree, path)) !== id) return false;
    } else if (((await current.tree.idOf?.(path)) ?? '') !== id) return false;
  }
  return true;
}

/** Changes when an entry comes, goes, or becomes something else; '' when there is no directory. */
export async function namesId(tree: FileTree, path: string): Promise<string> {
  const entries = await tree.list(path);
  if (entries === undefined) return '';
  return JSON.stringify(entries.map(({ name, type }) => `${type} ${name}`).sort());
}
