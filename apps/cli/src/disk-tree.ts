import { createHash } from 'node:crypto';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from '@sekisho/render';

/** A folder on disk as a file tree. Ids are made of size and time: enough to tell a change, cheap to get. */
export function diskTree(root: string): FileTree {
  const at = (path: string) => join(root, path);
  return {
    async list(path) {
      let names: string[];
      try {
        names = (await readdir(at(path))).sort();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      const entries: TreeEntry[] = [];
      for (const name of names) {
        if (name === '.git') continue;
        const info = await lstat(join(at(path), name));
        const id = createHash('sha256').update(`${info.size}:${info.mtimeMs}:${info.ino}`).digest('hex');
        const type = info.isDirectory() ? 'directory' : info.isSymbolicLink() ? 'symlink' : 'file';
        if (type === 'file' && !info.isFile()) continue;
        entries.push({ name, type, id, size: info.size });
      }
      return entries;
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
