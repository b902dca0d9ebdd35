import { BuildFault } from './fault.ts';

/** One entry of a folder. */
export interface SourceEntry {
  readonly name: string;
  readonly type: 'file' | 'directory';
}

/** The files of a tree. Paths are `/`-separated, relative to its root, without `..`; links are followed inside the tree. */
export interface SourceFiles {
  /** Undefined: there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Undefined: there is no such folder. `''` is the root. */
  list(path: string): Promise<readonly SourceEntry[] | undefined>;
  /** Where a path leads once links are followed; undefined: there is nothing. Without it no path is a link. */
  realPath?(path: string): Promise<string | undefined>;
}

/** Bytes of one file, and of all together; a file that is read twice counts twice. */
export interface FileLimits {
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
}

/** Reads through a {@link SourceFiles} and notes what was looked for, whether it was there or not. */
export class RecordedFiles {
  readonly reads: Set<string>;
  readonly #files: SourceFiles;
  readonly #limits: FileLimits;
  #total = 0;
  readonly #prefix: string;

  /** @param prefix stands before every noted path: tells trees apart */
  constructor(files: SourceFiles, limits: FileLimits, reads: Set<string>, prefix = '') {
    this.#files = files;
    this.#limits = limits;
    this.reads = reads;
    this.#prefix = prefix;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.reads.add(this.#prefix + path);
    const bytes = await this.#files.read(path);
    const { maxFileBytes, maxTotalBytes } = this.#limits;
    if (bytes !== undefined && bytes.length > maxFileBytes) {
      throw new BuildFault(`${path} is larger than ${maxFileBytes} bytes`, { file: path }, 'KUSTOMIZE_LIMIT');
    }
    this.#total += bytes?.length ?? 0;
    if (this.#total > maxTotalBytes) {
      throw new BuildFault(`the build reads more than ${maxTotalBytes} bytes`, undefined, 'KUSTOMIZE_LIMIT');
    }
    return bytes;
  }

  async list(path: string): Promise<readonly SourceEntry[] | undefined> {
    this.reads.add(this.#prefix + path);
    return this.#files.list(path);
  }

  /** The path without links; as it is when there is nothing. */
  async realPath(path: string): Promise<string> {
    return (await this.#files.realPath?.(path)) ?? path;
  }

  async isFolder(path: string): Promise<boolean> {
    if (path === '') return true;
    this.reads.add(this.#prefix + path);
    return (await this.#files.list(path)) !== undefined;
  }
}

/** `base` and a relative path as one path below the root; undefined when it leaves the root. */
export function joinPath(base: string, path: string): string | undefined {
  const parts = base === '' ? [] : base.split('/');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The way from the folder `from` to `to`, as filepath.Rel gives it. */
export function relativePath(from: string, to: string): string {
  const start = from === '' ? [] : from.split('/');
  const end = to === '' ? [] : to.split('/');
  let same = 0;
  while (same < start.length && same < end.length && start[same] === end[same]) same++;
  return [...start.slice(same).map(() => '..'), ...end.slice(same)].join('/') || '.';
}
