import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { openStore } from '@sekisho/store';
import { tempDir } from '@sekisho/testkit';

/** Tells the processes that run the tests. */
const VARIABLE = 'SEKISHO_TEST_DATABASE';
/** Where the embedded database lies in a folder of data. */
const PLACE = ['store', 'pgdata'] as const;

/**
 * Makes an embedded database once for all files of tests: to make one takes seconds, and a server that is stopped waits until
 * its own is there.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await tempDir('sekisho-made-database-');
  const store = await openStore({ dataDir: folder.path, logger: silentLogger });
  await store.notifications.waiting();
  await store.close();
  process.env[VARIABLE] = join(folder.path, ...PLACE);
  return () => folder.remove();
}

/** Puts it into a folder of data that has none; does nothing outside of tests. */
export async function copyMadeDatabase(dataDir: string): Promise<void> {
  const made = process.env[VARIABLE];
  const place = join(dataDir, ...PLACE);
  if (made === undefined || existsSync(place)) return;
  await mkdir(join(dataDir, PLACE[0]), { recursive: true, mode: 0o700 });
  await cp(made, place, { recursive: true });
}
