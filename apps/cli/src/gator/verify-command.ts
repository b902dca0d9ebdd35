import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import {
  gatorVerify,
  isSuite,
  type PolicyDocument,
  parseFilter,
  readDocuments,
  readSuite,
  type SuiteFilter,
  type SuiteOutcome,
  verifyReport,
} from '@sekisho/policy';
import { type FoundFile, findFiles, readBounded } from '../check/disk.ts';
import type { CheckWorld } from '../check/world.ts';
import { writeReport } from './write-report.ts';

export interface VerifyFlags {
  readonly run?: string;
  readonly verbose?: boolean;
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * `gator verify`: exit status 1 when a test fails.
 *
 * @throws SekishoError GATOR_RUN, GATOR_NO_SUITE, PATH_MISSING
 */
export async function verify(
  paths: readonly string[],
  flags: VerifyFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const selects = parseFilter(flags.run ?? '');
  if (selects === undefined) {
    throw new SekishoError('GATOR_RUN', `--run ${JSON.stringify(flags.run)} is no regular expression.`, {
      hint: 'Give one pattern, or two with // between them: TEST//CASE.',
    });
  }
  const outcomes: SuiteOutcome[] = [];
  for (const file of await findSuiteFiles(paths, world, signal)) {
    signal.throwIfAborted();
    outcomes.push(...(await verifyFile(file, selects)));
  }
  if (outcomes.length === 0) {
    throw new SekishoError('GATOR_NO_SUITE', `There is no suite at ${paths.join(' ')}.`, {
      hint: 'Name a file with kind: Suite, its folder, or path/... for all folders below.',
    });
  }
  return writeReport(verifyReport(outcomes, { verbose: flags.verbose === true }), world);
}

/** `path/...` is a folder with all below it, `path` its own files alone. */
async function findSuiteFiles(paths: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    const isDeep = path === '...' || path.endsWith('/...');
    const folder = isDeep ? path.slice(0, -'/...'.length) || '.' : path;
    const { isFolder, files } = await findFiles(folder, { cwd: world.cwd, signal });
    const own = resolve(world.cwd, folder);
    for (const file of files) {
      if (!isFolder || (/\.ya?ml$/.test(file.path) && (isDeep || dirname(file.absolute) === own))) found.push(file);
    }
  }
  return found;
}

/** A file that can't be read as YAML has no suite, unless it looks like one. */
async function verifyFile(file: FoundFile, selects: SuiteFilter): Promise<SuiteOutcome[]> {
  const text = (await readBounded(file, MAX_FILE_BYTES)).toString('utf8');
  if (!/test\.gatekeeper\.sh/.test(text)) return [];
  const { documents, errors } = readDocuments([{ file: file.path, text }]);
  const suites = documents.filter(({ object }) => isSuite(object));
  if (errors.length > 0) return [{ path: file.path, error: errors.join('\n'), ms: 0, tests: [] }];
  return suites.map((document) => verifySuite(document, file, selects));
}

function verifySuite(document: PolicyDocument, file: FoundFile, selects: SuiteFilter): SuiteOutcome {
  const read = readSuite(document);
  if ('error' in read) return { path: file.path, error: read.error, ms: 0, tests: [] };
  const folder = dirname(file.absolute);
  return gatorVerify(file.path, read.suite, (path) => readBeside(folder, path), {
    selects,
    now: () => performance.now(),
  });
}

function readBeside(folder: string, path: string): string {
  const absolute = join(folder, path);
  if (statSync(absolute).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
  return readFileSync(absolute, 'utf8');
}
