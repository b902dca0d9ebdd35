import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@sekisho/base';

/** Processes of an earlier run that are still at work finish within this time. */
const graceMs = 5_000;

/**
 * Removes what git processes leave when they are killed: lock files, which would refuse every later write, and half
 * received packs. Only what is older than this start; what is young may belong to a process that outlived us, so a second
 * look follows. The returned function cancels it.
 */
export async function sweepStaleFiles(root: string, clock: Clock): Promise<() => void> {
  const started = clock.now();
  const repositories = (await readdir(root)).filter((name) => name.endsWith('.git')).map((name) => join(root, name));
  for (const dir of repositories) await sweepRepository(dir, started - graceMs);
  return clock.after(2 * graceMs, () => {
    void Promise.all(repositories.map((dir) => sweepRepository(dir, started))).catch(() => {});
  });
}

async function sweepRepository(dir: string, before: number): Promise<void> {
  const stale = async (path: string) => {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) await rm(path, { recursive: true, force: true });
  };
  for (const name of await names(dir)) if (name.endsWith('.lock')) await stale(join(dir, name));
  for (const name of await names(join(dir, 'objects'))) {
    if (name.startsWith('tmp_objdir-') || name.startsWith('incoming-')) await stale(join(dir, 'objects', name));
  }
  for (const name of await names(join(dir, 'objects', 'pack'))) {
    if (name.startsWith('tmp_') || name.endsWith('.keep')) await stale(join(dir, 'objects', 'pack', name));
  }
  await sweepRefs(join(dir, 'refs'), stale);
}

async function sweepRefs(folder: string, stale: (path: string) => Promise<void>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await sweepRefs(path, stale);
    else if (entry.name.endsWith('.lock')) await stale(path);
  }
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
