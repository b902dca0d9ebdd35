import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrent } from '@sekisho/base';
import { UNFINISHED } from './disk-cache.ts';

const PARALLEL = 8;
/** A file that is not finished after so long never will be. */
const UNFINISHED_MS = 60 * 60_000;
/** Share of the bytes that stays, so that not each new result makes for another sweep. */
const KEPT_SHARE = 0.9;

interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/**
 * Removes the results used longest ago when all together are more than `maxBytes`, and what a process that was killed left.
 *
 * @returns bytes that stay
 */
export async function sweep(folder: string, maxBytes: number, signal: AbortSignal): Promise<number> {
  const files = await listFiles(folder, signal);
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return total;
  for (const { path, bytes } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= maxBytes * KEPT_SHARE) break;
    signal.throwIfAborted();
    await rm(path, { force: true });
    total -= bytes;
  }
  return total;
}

async function listFiles(folder: string, signal: AbortSignal): Promise<KeptFile[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const found = await mapConcurrent(names, PARALLEL, (name) => look(join(folder, name)), { signal });
  return found.filter((file) => file !== undefined);
}

async function look(path: string): Promise<KeptFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  if (path.endsWith(UNFINISHED) && Date.now() - found.mtimeMs > UNFINISHED_MS) {
    await rm(path, { force: true });
    return undefined;
  }
  return { path, bytes: found.size, usedMs: found.mtimeMs };
}
