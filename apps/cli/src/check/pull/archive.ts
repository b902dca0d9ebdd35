import { SekishoError } from '@sekisho/base';
import {
  type BundleFile,
  MAX_UNPACKED_BYTES,
  MAX_UNPACKED_FILES,
  safePath,
  tooLarge,
  unpackTar,
} from '@sekisho/registry';
import { unzipSync } from 'fflate';

/** Whether a file is an archive by its name. */
export function isArchive(name: string): boolean {
  return /\.(?:tar|tar\.gz|tgz|zip)$/i.test(name);
}

/**
 * Unpacks tar, tar.gz and zip in memory.
 *
 * @param isRooted  paths may begin with a slash, as those of OPA's bundles do; it is taken off
 * @throws SekishoError CHECK_ARCHIVE for paths that lead out, links, devices, damaged or too large archives
 */
export function unpack(name: string, bytes: Uint8Array, isRooted = false): BundleFile[] {
  try {
    if (/\.zip$/i.test(name)) return unzip(bytes);
    return unpackTar(bytes, { gzip: /gz$/i.test(name), isRooted });
  } catch (cause) {
    if (cause instanceof SekishoError) throw cause;
    throw new SekishoError('CHECK_ARCHIVE', `${name} is a damaged archive.`, { cause });
  }
}

function unzip(bytes: Uint8Array): BundleFile[] {
  let total = 0;
  let count = 0;
  const entries = unzipSync(bytes, {
    filter({ name, originalSize }) {
      total += originalSize;
      if (total > MAX_UNPACKED_BYTES || ++count > MAX_UNPACKED_FILES) throw tooLarge();
      return !name.endsWith('/');
    },
  });
  return Object.entries(entries).map(([path, content]) => ({ path: safePath(path), content }));
}
