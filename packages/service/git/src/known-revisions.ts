import { createLru } from '@sekisho/base';
import type { Revision } from './types.ts';

/** What names resolve to, remembered until somebody writes to the repository. */
export interface KnownRevisions {
  resolve(revision: string): Promise<Revision>;
  /** Runs what may move references. While it runs nothing is answered from memory; after it everything is read anew. */
  whileWriting<T>(write: () => Promise<T>): Promise<T>;
}

const maxKnown = 256;

/**
 * References change only through this process, so that what `read` found stays right between two writes: an application
 * that is looked at costs no file access.
 */
export function createKnownRevisions(read: (revision: string) => Promise<Revision>): KnownRevisions {
  const known = createLru<string, Promise<Revision>>({ maxWeight: maxKnown });
  let writers = 0;

  return {
    resolve(revision) {
      if (writers > 0) return read(revision);
      const remembered = known.get(revision);
      if (remembered !== undefined) return remembered;
      const found = read(revision);
      known.set(revision, found);
      // A failure is not kept: a damaged or busy repository may be well again without a write.
      found.catch(() => {
        if (known.get(revision) === found) known.delete(revision);
      });
      return found;
    },
    async whileWriting(write) {
      writers += 1;
      known.clear();
      try {
        return await write();
      } finally {
        writers -= 1;
      }
    },
  };
}
