import { basename, relative, resolve, sep } from 'node:path';
import { type Diagnostic, formatDiagnostic, SekishoError } from '@sekisho/base';
import { MAX_UNPACKED_BYTES } from '@sekisho/registry';
import { type Bundle, type BundleFiles, type ReadBundleOptions, readBundle } from '@sekisho/rego';
import { findFiles, readBounded } from '../check/disk.ts';
import { isArchive, unpack } from '../check/pull/archive.ts';
import type { CheckWorld } from '../check/world.ts';

/** A bundle on disk. */
export interface FoundBundle {
  readonly path: string;
  readonly isArchive: boolean;
  readonly files: BundleFiles;
}

const BUNDLE_FILE = /^(?:.*\.rego|data\.(?:json|ya?ml)|\.manifest|\.signatures\.json|patch\.json)$/;

/**
 * Files of a bundle: of a .tar.gz, or those of a folder that belong to a bundle.
 *
 * @throws SekishoError PATH_MISSING, CHECK_ARCHIVE, CHECK_FILE_TOO_LARGE
 */
export async function findBundle(
  path: string,
  world: CheckWorld,
  signal: AbortSignal,
  accept?: (path: string) => boolean,
): Promise<FoundBundle> {
  const options = { cwd: world.cwd, signal, ...(accept === undefined ? {} : { accept }) };
  const { isFolder, files } = await findFiles(path, options);
  const [only] = files;
  if (!isFolder && only !== undefined && isArchive(path)) {
    const unpacked = unpack(path, await readBounded(only, MAX_UNPACKED_BYTES), true);
    return { path, isArchive: true, files: new Map(unpacked.map((file) => [file.path, file.content])) };
  }
  const contents = new Map<string, Uint8Array>();
  const root = resolve(world.cwd, path);
  for (const file of files) {
    if (!BUNDLE_FILE.test(basename(file.path))) continue;
    const name = isFolder ? relative(root, file.absolute).split(sep).join('/') : basename(file.path);
    contents.set(name, await readBounded(file, MAX_UNPACKED_BYTES));
  }
  return { path, isArchive: false, files: contents };
}

/** @throws SekishoError REGO_BUNDLE with all faults */
export function openBundle({ path, files }: FoundBundle, options: ReadBundleOptions): Bundle {
  const { bundle, faults } = readBundle(files, options);
  if (bundle === undefined) throw bundleError(path, faults);
  return bundle;
}

export function bundleError(path: string, faults: readonly Diagnostic[]): SekishoError {
  const lines = faults.map((fault) => `  ${formatDiagnostic(fault)}`);
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new SekishoError('REGO_BUNDLE', `The bundle ${path} has ${count}:\n${lines.join('\n')}`);
}
