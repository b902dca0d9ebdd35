import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RenderResult } from '@sekisho/render';
import type { IsCurrent } from './currency.ts';
import { decodeResult, encodeResult, type KeptResult } from './kept-result.ts';
import type { SourceKeys } from './source-key.ts';

/** Results in a folder, by key. Threads and processes may share it: a file appears as a whole, and one that is damaged is none. */
export interface DiskCache {
  /**
   * The result of a source that is still current. One that is damaged is removed.
   *
   * @param maxBytes larger ones are not read. Default: all are
   */
  find(
    keys: SourceKeys,
    isCurrent: IsCurrent,
    options?: { readonly maxBytes?: number },
  ): Promise<RenderResult | undefined>;
  /** @returns bytes that were written; 0 when the result must not be kept, or could not be */
  write(key: string, result: RenderResult): Promise<number>;
}

/** When a result was used last is noted so often at most. */
const NOTED_MS = 60 * 60_000;

/** @param folder made when it is needed, for its owner alone */
export function createDiskCache(folder: string): DiskCache {
  return {
    async find({ shared, own }, isCurrent, { maxBytes = Number.POSITIVE_INFINITY } = {}) {
      for (const key of [shared, own]) {
        const kept = await read(pathOf(folder, key), maxBytes);
        if (kept !== undefined && (await isCurrent(kept))) return kept.result();
      }
      return undefined;
    },
    async write(key, result) {
      const bytes = mayBeKept(result) ? encodeResult(result) : undefined;
      if (bytes === undefined) return 0;
      const path = pathOf(folder, key);
      const unfinished = `${path}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(unfinished, bytes, { mode: 0o600 });
        await rename(unfinished, path);
        return bytes.length;
      } catch {
        // A disk that is full, say: the result is made anew the next time.
        await rm(unfinished, { force: true }).catch(() => undefined);
        return 0;
      }
    },
  };
}

export const UNFINISHED = '.tmp';

async function read(path: string, maxBytes: number): Promise<KeptResult | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.size > maxBytes) return undefined;
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const kept = decodeResult(bytes);
  if (kept === undefined) await rm(path, { force: true }).catch(() => undefined);
  else if (Date.now() - found.mtimeMs > NOTED_MS) {
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
  }
  return kept;
}

function pathOf(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), key);
}

/** Secrets never lie on disk in the clear, and faults are looked for again. */
function mayBeKept({ manifests, diagnostics }: RenderResult): boolean {
  if (diagnostics.some(({ severity }) => severity === 'error')) return false;
  return !manifests.some(({ object: { kind } }) => kind === 'Secret' || kind.endsWith('List'));
}
