import { createHash } from 'node:crypto';
import { type Dirent, lstatSync, type Stats } from 'node:fs';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from '@sekisho/render';

/** A folder on disk as a file tree. Ids are made of size and time: enough to tell a change, and got when asked for. */
export function diskTree(root: string): FileTree {
  const at = (path: string) => join(root, path);
  return {
    async list(path) {
      let entries: Dirent[];
      try {
        entries = await readdir(at(path), { withFileTypes: true });
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      return entries
        .filter((entry) => entry.name !== '.git' && typeOf(entry) !== undefined)
        .map((entry) => new DiskEntry(at(path), entry))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async read(path, { maxBytes }) {
      const info = await lstat(at(path)).catch((cause: unknown) => {
        throw new SekishoError('TREE_NOT_FOUND', `There is no file ${path}.`, { cause });
      });
      if (info.isSymbolicLink()) return Buffer.from(await readlink(at(path)));
      const file = await open(at(path), 'r');
      try {
        const { size } = await file.stat();
        if (size > maxBytes)
          throw new SekishoError('TREE_TOO_LARGE', `${path} has ${size} bytes; the limit is ${maxBytes}.`);
        return await file.readFile();
      } finally {
        await file.close();
      }
    },
  };
}

/** Splits a path of the command line into the folder to look into and the file in it, when it is a file. */
export async function splitPath(path: string): Promise<{ folder: string; file?: string }> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SekishoError('PATH_MISSING', `There is nothing at ${path}.`, {
      cause,
      hint: 'Name a folder or a file of this machine.',
    });
  });
  if (info.isDirectory()) return { folder: path };
  const slash = path.lastIndexOf('/');
  return { folder: slash < 0 ? '.' : path.slice(0, slash), file: path.slice(slash + 1) };
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Folders above a source have thousands of entries that nobody asks about. */
class DiskEntry implements TreeEntry {
  readonly name: string;
  readonly type: TreeEntry['type'];
  readonly #path: string;
  #info: Stats | undefined;

  constructor(folder: string, entry: Dirent) {
    this.name = entry.name;
    this.type = typeOf(entry) ?? 'file';
    this.#path = join(folder, entry.name);
  }

  get id(): string {
    const { size, mtimeMs, ino } = this.#stat();
    return createHash('sha256').update(`${size}:${mtimeMs}:${ino}`).digest('hex');
  }

  get size(): number {
    return this.#stat().size;
  }

  #stat(): Stats {
    this.#info ??= lstatSync(this.#path);
    return this.#info;
  }
}

/** Undefined for what is no content: sockets, devices. */
function typeOf(entry: Dirent): TreeEntry['type'] | undefined {
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  return entry.isFile() ? 'file' : undefined;
}
