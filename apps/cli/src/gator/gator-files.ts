import { extname } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { GatorFile } from '@sekisho/policy';
import { findFiles, readBounded } from '../check/disk.ts';
import type { GatorWorld } from './world.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const EXTENSIONS = ['.yaml', '.yml', '.json'];

export interface FileFlags {
  readonly filename?: readonly string[];
  /** Addresses of images of policies. */
  readonly image?: readonly string[];
  /** False: registries are spoken to by plain HTTP. */
  readonly tls?: boolean;
}

/**
 * The files that were named, those in folders and images that were named, and what is sent to standard input.
 *
 * @throws SekishoError USAGE, GATOR_FILE_TYPE, PATH_MISSING, CHECK_FILE_TOO_LARGE, and those of registries
 */
export async function readGatorFiles(flags: FileFlags, world: GatorWorld, signal: AbortSignal): Promise<GatorFile[]> {
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
  for (const image of flags.image ?? []) files.push(...(await pullImage(image, flags, world, signal)));
  if (paths.includes('-') || world.hasStdin(paths.length === 0 && (flags.image ?? []).length === 0)) {
    const text = Buffer.from(await world.readStdin()).toString('utf8');
    if (text.trim() !== '') files.push({ file: '-', text });
  }
  return files;
}

/** Files of an image lie nowhere but in memory. */
async function pullImage(
  image: string,
  { tls = true }: FileFlags,
  world: GatorWorld,
  signal: AbortSignal,
): Promise<GatorFile[]> {
  const { pullBundle } = await import('../check/pull/oci.ts');
  const files = await pullBundle(image.replace(/^oci:\/\//, ''), { tls, world, signal });
  return files
    .filter(({ path }) => EXTENSIONS.includes(extname(path)))
    .map(({ path, content }) => ({ file: `${image}/${path}`, text: Buffer.from(content).toString('utf8') }));
}
