import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, messageOf } from '@sekisho/base';
import type { PolicyFile } from '@sekisho/policy';

/** Files of a PolicySource as they were found. */
export interface FoundFiles {
  readonly files: readonly PolicyFile[];
  /** Commit, or digest of a bundle. */
  readonly revision: string;
  /** RFC 3339. */
  readonly fetchedAt: string;
}

/** What was fetched last from each place, on disk: it counts while the place is away, after a restart too. */
export interface KeptFiles {
  /** Undefined when there is nothing, or nothing that can be read. */
  get(id: string): Promise<FoundFiles | undefined>;
  put(id: string, found: FoundFiles): Promise<void>;
  remove(id: string): Promise<void>;
}

/** @param folder made when it is missing */
export function createKeptFiles(folder: string, logger: Logger): KeptFiles {
  const pathOf = (id: string) => join(folder, `${id}.json`);
  return {
    async get(id) {
      try {
        const found: unknown = JSON.parse(await readFile(pathOf(id), 'utf8'));
        return isFound(found) ? found : undefined;
      } catch {
        return undefined;
      }
    },
    async put(id, found) {
      const draft = `${pathOf(id)}.new`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(draft, JSON.stringify(found), { mode: 0o600 });
        await rename(draft, pathOf(id));
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'files of a policy source could not be kept');
      }
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  };
}

function isFound(value: unknown): value is FoundFiles {
  const { files, revision, fetchedAt } = (value ?? {}) as Partial<FoundFiles>;
  return (
    typeof revision === 'string' &&
    typeof fetchedAt === 'string' &&
    Array.isArray(files) &&
    files.every(({ text, origin }) => typeof text === 'string' && typeof origin?.file === 'string')
  );
}
