import { extname } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { GatorFile } from '@sekisho/policy';
import { findFiles, readBounded } from '../check/disk.ts';
import type { GatorWorld } from './world.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const EXTENSIONS = ['.yaml', '.yml', '.json'];

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly image?: readonly string[];
}

/**
 * The files that were named, those in folders that were named, and what is sent to standard input.
 *
 * @throws SekishoError USAGE, GATOR_FILE_TYPE, PATH_MISSING, CHECK_FILE_TOO_LARGE
 */
export async function readGatorFiles(flags: FileFlags, world: GatorWorld, signal: AbortSignal): Promise<GatorFile[]> {
  if (flags.image !== undefined) {
    throw new SekishoError('USAGE', 'Images are not read by gator here.', {
      hint: 'Pull them into a folder with `sekisho check pull`, and name that with --filename.',
    });
  }
  const paths = flags.filename ?? [];
  const files: GatorFile[] = [];
  for (const path of paths.filter((one) => one !== '-')) {
    const found = await findFiles(path, { cwd: world.cwd, signal });
    if (!found.isFolder && !EXTENSIONS.includes(extname(path))) {
      throw new SekishoError(
        'GATOR_FILE_TYPE',
        `path ${JSON.stringify(path)} must be of extensions: [${EXTENSIONS.join(' ')}]`,
      );
    }
    for (const file of found.files) {
      if (!EXTENSIONS.includes(extname(file.path))) continue;
      signal.throwIfAborted();
      files.push({ file: file.path, text: (await readBounded(file, MAX_FILE_BYTES)).toString('utf8') });
    }
  }
  if (paths.includes('-') || world.hasStdin(paths.length === 0)) {
    const text = Buffer.from(await world.readStdin()).toString('utf8');
    if (text.trim() !== '') files.push({ file: '-', text });
  }
  return files;
}
