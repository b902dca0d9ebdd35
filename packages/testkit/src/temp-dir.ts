import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir {
  readonly path: string;
  /** Deletes the folder with everything in it. */
  remove(): Promise<void>;
}

/** A new empty folder under the system's temporary folder. */
export async function tempDir(prefix = 'sekisho-test-'): Promise<TempDir> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
