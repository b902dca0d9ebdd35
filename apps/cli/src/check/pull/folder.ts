import { relative, sep } from 'node:path';
import { type BundleFile, MAX_UNPACKED_BYTES } from '@sekisho/registry';
import { findFiles, readBounded } from '../disk.ts';

/** What policies are made of; anything else that lies there is not taken. */
const TAKEN = /\.(?:rego|json|ya?ml)$/i;

/** Policies and data of a folder (or one file) with their paths in it. */
export async function readFolder(
  absolute: string,
  options: { readonly signal: AbortSignal; readonly accept?: (path: string) => boolean },
): Promise<BundleFile[]> {
  const { files, isFolder } = await findFiles(absolute, { cwd: sep, signal: options.signal });
  const taken: BundleFile[] = [];
  for (const found of files) {
    const path = isFolder ? relative(absolute, found.absolute) : (found.absolute.split(sep).at(-1) ?? '');
    if (!TAKEN.test(path) || options.accept?.(path) === false) continue;
    options.signal.throwIfAborted();
    taken.push({ path: path.split(sep).join('/'), content: await readBounded(found, MAX_UNPACKED_BYTES) });
  }
  return taken;
}
