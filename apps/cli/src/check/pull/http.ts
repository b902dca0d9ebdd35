import { basename } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { type BundleFile, MAX_UNPACKED_BYTES, safePath } from '@sekisho/registry';
import { isArchive, unpack } from './archive.ts';
import { verifyChecksum } from './oci.ts';

const MAX_REDIRECTS = 5;

/** A file, or what is in an archive, from a web server. */
export async function pullHttp(
  source: { readonly url: URL; readonly folder: string; readonly checksum: string | undefined },
  signal: AbortSignal,
): Promise<BundleFile[]> {
  const bytes = await download(source.url, signal);
  verifyChecksum(bytes, source.checksum);
  const name = basename(decodeURIComponent(source.url.pathname));
  if (!isArchive(name)) return [{ path: safePath(name === '' ? 'policy.rego' : name), content: bytes }];
  return inFolder(unpack(name, bytes), source.folder);
}

/** Files below a folder, by their paths in it. */
export function inFolder(files: readonly BundleFile[], folder: string): BundleFile[] {
  const prefix = folder.replace(/\/+$/, '');
  if (prefix === '') return [...files];
  return files.flatMap((file) =>
    file.path.startsWith(`${prefix}/`) ? [{ ...file, path: file.path.slice(prefix.length + 1) }] : [],
  );
}

async function download(from: URL, signal: AbortSignal): Promise<Buffer> {
  let url = from;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, { redirect: 'manual', signal, headers: { 'user-agent': 'sekisho' } }).catch(
      (cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new SekishoError('CHECK_DOWNLOAD', `${url.host} can't be reached.`, { cause, retryable: true });
      },
    );
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      const next = new URL(location, url);
      const isSafe = next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:');
      if (!isSafe || redirects >= MAX_REDIRECTS) {
        throw new SekishoError('CHECK_DOWNLOAD', `${url.host} redirects where nobody may follow.`);
      }
      url = next;
      continue;
    }
    if (response.status !== 200 || response.body === null) {
      throw new SekishoError('CHECK_DOWNLOAD', `${url.host} answered ${response.status} for ${url.pathname}.`, {
        retryable: response.status >= 500,
      });
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > MAX_UNPACKED_BYTES) throw new SekishoError('CHECK_DOWNLOAD', `${url.host} sends more than is read.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
