/** Files below the root of a repository: `/` between parts, no `..` left, links resolved inside of the tree. */
export interface SourceFiles {
  /** Bytes of a file; undefined: there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** What a folder holds, in any order; undefined: there is none. */
  list(path: string): Promise<readonly SourceEntry[] | undefined>;
}

export interface SourceEntry {
  readonly name: string;
  readonly type: 'file' | 'directory';
}
