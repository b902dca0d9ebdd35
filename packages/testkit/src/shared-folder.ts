import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** The root of this repository. */
export function repositoryRoot(): string {
  return REPOSITORY;
}

/** The folder `shared` beside the repository (conformance suites, real repositories); undefined when it is not there. */
export function sharedDir(): string | undefined {
  const path = join(REPOSITORY, '..', 'shared');
  return existsSync(path) ? path : undefined;
}

/**
 * A path inside {@link sharedDir}, for `test.skipIf(path === undefined)`. When it is missing a line says what is skipped.
 * @param what  what the test shows, for the line
 */
export function requireShared(what: string, ...parts: string[]): string | undefined {
  const shared = sharedDir();
  const path = shared === undefined ? undefined : join(shared, ...parts);
  if (path !== undefined && existsSync(path)) return path;
  tellSkipped(what, `../shared/${parts.join('/')} is missing`);
  return undefined;
}

/** Skips are never silent. */
export function tellSkipped(what: string, reason: string): void {
  process.stderr.write(`SKIPPED ${what}: ${reason}\n`);
}
