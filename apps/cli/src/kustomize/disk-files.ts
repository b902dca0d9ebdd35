import { open, readdir, realpath } from 'node:fs/promises';
import { SekishoError } from '@sekisho/base';
import type { SourceFiles } from '@sekisho/kustomize';

/**
 * All files of this machine, paths counted from its root: a base may lie anywhere. Links are followed, and `realPath` tells
 * where they led, so that the load restrictor looks at what is read.
 */
export function diskFiles(maxBytes: number): SourceFiles {
  return {
    async read(path) {
      const file = await orMissing(() => open(`/${path}`, 'r'));
      if (file === undefined) return undefined;
      try {
        const info = await file.stat();
        if (!info.isFile()) return undefined;
        if (info.size > maxBytes) {
          throw new SekishoError('TREE_TOO_LARGE', `/${path} has ${info.size} bytes; the limit is ${maxBytes}.`);
        }
        return await file.readFile();
      } finally {
        await file.close();
      }
    },
    async list(path) {
      const entries = await orMissing(() => readdir(`/${path}`, { withFileTypes: true }));
      return entries?.map((entry) => ({ name: entry.name, type: entry.isDirectory() ? 'directory' : 'file' }));
    },
    realPath: async (path) => (await orMissing(() => realpath(`/${path}`)))?.slice(1),
  };
}

/** What says that there is nothing; links that lead to each other lead nowhere. */
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE', 'ENXIO']);

async function orMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (MISSING.has(code)) return undefined;
    throw error;
  }
}
