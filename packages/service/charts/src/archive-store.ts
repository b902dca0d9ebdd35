import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLru, type Logger, messageOf } from '@sekisho/base';

/** Archives by the SHA-256 of their bytes, in hex. What is not there is fetched again: nothing depends on it. */
export interface ArchiveStore {
  get(digest: string): Promise<Uint8Array | undefined>;
  /** Never throws: a full disk costs a fetch, not a render. */
  put(digest: string, archive: Uint8Array): Promise<void>;
}

export function createMemoryStore(maxBytes: number): ArchiveStore {
  const kept = createLru<string, Uint8Array>({ maxWeight: maxBytes, weigh: ({ length }) => length });
  return {
    get: async (digest) => kept.get(digest),
    put: async (digest, archive) => kept.set(digest, archive),
  };
}

const NAME = /^[0-9a-f]{64}\.tgz$/;
/** What a killed process left half written is taken away after this. */
const UNFINISHED_MS = 3_600_000;

/**
 * Keeps archives in a folder: several processes may share it. Files appear whole (written beside, then renamed), are verified when
 * they are read, and those that were not used for longest go when there are too many bytes.
 */
export function createDiskStore(folder: string, maxBytes: number, logger: Logger): ArchiveStore {
  /** Bytes in the folder as far as we know; undefined until it was looked at. */
  let bytes: number | undefined;
  let sweeping: Promise<void> | undefined;
  let unfinished = 0;

  const fileOf = (digest: string): string => join(folder, `${digest}.tgz`);

  async function write(digest: string, archive: Uint8Array): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `${digest}.${process.pid}.${unfinished++}.tmp`);
    try {
      await writeFile(temporary, archive, { mode: 0o600 });
      await rename(temporary, fileOf(digest));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    if (bytes !== undefined) bytes += archive.length;
    if (bytes === undefined || bytes > maxBytes) {
      sweeping ??= sweep().finally(() => {
        sweeping = undefined;
      });
      await sweeping;
    }
  }

  /** Down to nine tenths, so that not every write sweeps. */
  async function sweep(): Promise<void> {
    const files: { path: string; size: number; usedAt: number }[] = [];
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      if (NAME.test(name)) files.push({ path, size: found.size, usedAt: found.mtimeMs });
      else if (name.endsWith('.tmp') && Date.now() - found.mtimeMs > UNFINISHED_MS) await rm(path, { force: true });
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    if (total > maxBytes) {
      for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
        if (total <= maxBytes * 0.9) break;
        await rm(path, { force: true });
        total -= size;
      }
    }
    bytes = total;
  }

  return {
    async get(digest) {
      const archive = await readFile(fileOf(digest)).catch(() => undefined);
      if (archive === undefined) return undefined;
      if (sha256(archive) !== digest) {
        await rm(fileOf(digest), { force: true });
        return undefined;
      }
      const now = new Date();
      await utimes(fileOf(digest), now, now).catch(() => {});
      return archive;
    },
    put: (digest, archive) =>
      write(digest, archive).catch((error: unknown) => {
        logger.warn({ folder, reason: messageOf(error) }, 'a chart could not be kept on disk');
      }),
  };
}

/** In hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
