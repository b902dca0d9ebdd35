import { gunzipSync } from 'node:zlib';
import { SekishoError } from '@sekisho/base';

/** A file that was in an archive or bundle: its path, with `/`, relative and without `..`. */
export interface BundleFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** Most bytes that an archive may unfold to, and most files. */
export const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
export const MAX_UNPACKED_FILES = 20_000;

/** @throws SekishoError CHECK_ARCHIVE unless a path stays inside */
export function safePath(path: string): string {
  const clean = path.replace(/^(?:\.\/)+/, '');
  const parts = clean.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/^[A-Za-z]:|[\\\u0000-\u001f]/.test(clean) || clean.startsWith('/') || parts.includes('..')) {
    throw new SekishoError('CHECK_ARCHIVE', `The path ${JSON.stringify(path.slice(0, 200))} leads out of the folder.`, {
      hint: 'Nothing was written. Do not trust where this came from.',
    });
  }
  return clean;
}

const BLOCK = 512;

/**
 * Unpacks a tar in memory: ustar with long names (GNU and pax).
 *
 * @param options.gzip      it is compressed
 * @param options.isRooted  paths may begin with a slash, as those of OPA's bundles do; it is taken off
 * @throws SekishoError CHECK_ARCHIVE for paths that lead out, links, devices, damaged or too large archives
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function unpackTar(
  archive: Uint8Array,
  { gzip = false, isRooted = false }: { readonly gzip?: boolean; readonly isRooted?: boolean } = {},
): BundleFile[] {
  const bytes = gzip ? gunzip(archive) : archive;
  const files: BundleFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = Buffer.from(bytes.buffer, bytes.byteOffset + at, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0 || at + BLOCK + size > bytes.length || !hasChecksum(header)) {
      throw new SekishoError('CHECK_ARCHIVE', 'The archive is damaged.');
    }
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') longName = text(Buffer.from(content), 0, size);
    else if (type === 'x') longName = paxPath(Buffer.from(content).toString('utf8')) ?? longName;
    else if (type === 'g') continue;
    else {
      const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
      const name = longName ?? (prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`);
      const path = safePath(isRooted ? name.replace(/^\//, '') : name);
      longName = undefined;
      if (type === '5') continue;
      if (type !== '0' && type !== '\0') {
        throw new SekishoError('CHECK_ARCHIVE', `${path} in the archive is no file but a link or a device.`, {
          hint: 'Nothing was written.',
        });
      }
      files.push({ path, content });
      if (files.length > MAX_UNPACKED_FILES) throw tooLarge();
    }
  }
  return files;
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : cause;
  }
}

function hasChecksum(header: Buffer): boolean {
  const wanted = Number.parseInt(text(header, 148, 8).trim(), 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] ?? 0);
  return sum === wanted;
}

function paxPath(records: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(records)?.[1];
}

function text(buffer: Buffer, start: number, length: number): string {
  const end = buffer.indexOf(0, start);
  return buffer.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

export function tooLarge(): SekishoError {
  return new SekishoError(
    'CHECK_ARCHIVE',
    `The archive unfolds to more than ${MAX_UNPACKED_BYTES} bytes or ${MAX_UNPACKED_FILES} files.`,
  );
}
