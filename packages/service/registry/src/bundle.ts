import { SekishoError } from '@sekisho/base';
import type { RegistryClient } from './client.ts';
import type { Descriptor, Manifest } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';
import { type BundleFile, MAX_UNPACKED_BYTES, MAX_UNPACKED_FILES, safePath, unpackTar } from './tar.ts';

/** Annotation of a layer that is a file: its path. */
export const BUNDLE_TITLE = 'org.opencontainers.image.title';

/**
 * Files of a bundle of policies: layers with a title are files, layers that are archives are unpacked.
 *
 * @throws SekishoError CHECK_ARCHIVE, and as RegistryClient.getBlob
 */
export async function readBundle(
  client: Pick<RegistryClient, 'getBlob'>,
  reference: Reference,
  { layers }: Pick<Manifest, 'layers'>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<readonly BundleFile[]> {
  if (layers.length > MAX_UNPACKED_FILES) {
    const what = formatReference(reference);
    throw new SekishoError('CHECK_ARCHIVE', `${what} has more than ${MAX_UNPACKED_FILES} layers.`);
  }
  const files: BundleFile[] = [];
  let left = MAX_UNPACKED_BYTES;
  for (const layer of layers) {
    const bytes = await client.getBlob(reference, layer, {
      maxBytes: left,
      ...(signal === undefined ? {} : { signal }),
    });
    left -= bytes.length;
    files.push(...filesOf(layer, bytes));
  }
  return files;
}

function filesOf(layer: Descriptor, bytes: Uint8Array): readonly BundleFile[] {
  const isArchive = /tar(?:\+gzip)?$|gzip$/.test(layer.mediaType);
  if (isArchive) return unpackLayer(layer, bytes);
  const title = layer.annotations?.[BUNDLE_TITLE];
  return title === undefined ? [] : [{ path: safePath(title), content: bytes }];
}

function unpackLayer({ mediaType, digest }: Descriptor, bytes: Uint8Array): readonly BundleFile[] {
  try {
    return unpackTar(bytes, { gzip: /gzip$/.test(mediaType) });
  } catch (cause) {
    if (cause instanceof SekishoError) throw cause;
    throw new SekishoError('CHECK_ARCHIVE', `The layer ${digest} is a damaged archive.`, { cause });
  }
}
