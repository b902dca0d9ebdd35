import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';

/** Files of a folder, and of folders in it; a file is itself. */
export interface FoundFile {
  /** As people wrote it, with the rest of the way. */
  readonly path: string;
  readonly absolute: string;
}

const MAX_FILES = 200_000;

/**
 * Sorted by name, folder by folder, as Conftest goes through them. Git's own folder is passed over, and so are links to
 * folders: they could lead in circles.
 *
 * @param accept  which paths count; folders are asked too
 * @throws SekishoError PATH_MISSING, CHECK_TOO_MANY_FILES
 */
export async function findFiles(
  path: string,
  options: { readonly cwd: string; readonly signal: AbortSignal; readonly accept?: (path: string) => boolean },
): Promise<{ readonly isFolder: boolean; readonly files: readonly FoundFile[] }> {
  const absolute = resolve(options.cwd, path);
  const info = await stat(absolute).catch((cause: unknown) => {
    throw new SekishoError('PATH_MISSING', `There is nothing at ${path}.`, {
      cause,
      hint: 'Name a folder or a file of this machine.',
    });
  });
  if (!info.isDirectory()) return { isFolder: false, files: [{ path, absolute }] };
  const files: FoundFile[] = [];
  const walk = async (folder: FoundFile): Promise<void> => {
    options.signal.throwIfAborted();
    const entries = await readdir(folder.absolute, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const found = { path: join(folder.path, entry.name), absolute: join(folder.absolute, entry.name) };
      if (entry.name === '.git' || options.accept?.(found.path) === false) continue;
      if (entry.isDirectory()) await walk(found);
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(found.absolute)))) files.push(found);
      if (files.length > MAX_FILES) {
        throw new SekishoError('CHECK_TOO_MANY_FILES', `${path} holds more than ${MAX_FILES} files.`, {
          hint: 'Name a folder further down, or pass folders over with --ignore.',
        });
      }
    }
  };
  await walk({ path, absolute });
  return { isFolder: true, files };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

/** @throws SekishoError CHECK_FILE_TOO_LARGE, PATH_MISSING */
export async function readBounded({ path, absolute }: FoundFile, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(absolute);
    if (size > maxBytes) {
      throw new SekishoError('CHECK_FILE_TOO_LARGE', `${path} has ${size} bytes; the limit is ${maxBytes}.`);
    }
    return await readFile(absolute);
  } catch (cause) {
    if (cause instanceof SekishoError) throw cause;
    throw new SekishoError('PATH_MISSING', `${path} can't be read.`, { cause });
  }
}
