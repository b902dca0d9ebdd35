export interface TreeEntry {
  /** Name inside its directory, without `/`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'submodule';
  /** Hash of the content (git's object id): the same id is the same content. A directory's covers all below it. */
  readonly id: string;
  /** Bytes of a file, when known without reading it. */
  readonly size?: number;
  readonly executable?: boolean;
}

/** The files of one commit (or of a folder): all that the renderer sees of the world. Paths have `/`, no leading one; '' is the root. */
export interface FileTree {
  /** The entries of a directory, in any order; undefined when there is no directory at `path`. Symlinks are not followed. */
  list(path: string): Promise<readonly TreeEntry[] | undefined>;
  /**
   * The bytes of a file; of a symlink, its target.
   * @throws SekishoError TREE_NOT_FOUND (nothing there, or no file) | TREE_TOO_LARGE (more than `maxBytes`; nothing was read)
   */
  read(path: string, options: { readonly maxBytes: number }): Promise<Uint8Array>;
  /** The id of the file or directory at `path` ('' is the root), when the tree knows ids. */
  idOf?(path: string): Promise<string | undefined>;
}
