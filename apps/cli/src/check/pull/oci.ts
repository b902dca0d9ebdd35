import { createHash } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import {
  createRegistryClient,
  type Descriptor,
  dockerCredentials,
  formatReference,
  MANIFEST_TYPES,
  parseReference,
  type RegistryClient,
} from '@sekisho/registry';
import type { CheckWorld } from '../world.ts';
import { MAX_UNPACKED_BYTES, MAX_UNPACKED_FILES, type PulledFile, safePath, unpack } from './archive.ts';

/** Media types of Conftest's bundles. */
const POLICY_LAYER = 'application/vnd.cncf.openpolicyagent.policy.layer.v1+rego';
const DATA_LAYER = 'application/vnd.cncf.openpolicyagent.data.layer.v1+json';
const CONFIG = 'application/vnd.unknown.config.v1+json';
const TITLE = 'org.opencontainers.image.title';

export interface OciOptions {
  readonly tls: boolean;
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
}

/** Files of a bundle: layers with a title are files, layers that are archives are unpacked. */
export async function pullBundle(address: string, options: OciOptions): Promise<PulledFile[]> {
  return withClient(options, async (client) => {
    const reference = parseReference(address);
    const { manifest } = await client.getManifest(reference, options);
    if (manifest.layers.length > MAX_UNPACKED_FILES) throw tooMuch(address);
    const files: PulledFile[] = [];
    let left = MAX_UNPACKED_BYTES;
    for (const layer of manifest.layers) {
      const bytes = await client.getBlob(reference, layer, { maxBytes: left, signal: options.signal });
      left -= bytes.length;
      files.push(...filesOf(layer, bytes));
    }
    return files;
  });
}

function filesOf(layer: Descriptor, bytes: Uint8Array): PulledFile[] {
  const isArchive = /tar(?:\+gzip)?$|gzip$/.test(layer.mediaType);
  if (isArchive) return unpack(/gzip$/.test(layer.mediaType) ? 'bundle.tar.gz' : 'bundle.tar', bytes);
  const title = layer.annotations?.[TITLE];
  return title === undefined ? [] : [{ path: safePath(title), content: bytes }];
}

/** @returns `registry/name:tag@digest` */
export async function pushBundle(
  address: string,
  files: readonly (PulledFile & { readonly kind: 'policy' | 'data' })[],
  options: OciOptions,
): Promise<string> {
  return withClient(options, async (client) => {
    const reference = parseReference(address);
    const config = await client.putBlob(reference, Buffer.from('{}'), CONFIG, options);
    const layers: Descriptor[] = [];
    for (const { path, content, kind } of files) {
      const type = kind === 'policy' ? POLICY_LAYER : DATA_LAYER;
      const descriptor = await client.putBlob(reference, content, type, options);
      layers.push({ ...descriptor, annotations: { [TITLE]: path } });
    }
    const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPES.image, config, layers } as const;
    const digest = await client.putManifest(reference, manifest, options);
    return formatReference({ ...reference, digest });
  });
}

async function withClient<Result>(
  options: OciOptions,
  work: (client: RegistryClient) => Promise<Result>,
): Promise<Result> {
  const client = createRegistryClient({
    plainHttp: !options.tls,
    credentials: dockerCredentials({ env: options.world.env }),
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function tooMuch(address: string): SekishoError {
  return new SekishoError('CHECK_ARCHIVE', `${address} has more than ${MAX_UNPACKED_FILES} layers.`);
}

/** Compares bytes with go-getter's `checksum=sha256:…`. @throws SekishoError CHECK_CHECKSUM */
export function verifyChecksum(bytes: Uint8Array, checksum: string | undefined): void {
  if (checksum === undefined) return;
  const [, algorithm = 'sha256', hex = ''] = /^(?:(sha256|sha512):)?([0-9a-fA-F]+)$/.exec(checksum) ?? [];
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (hex === '' || actual !== hex.toLowerCase()) {
    throw new SekishoError('CHECK_CHECKSUM', `What was fetched is not what ${checksum} says.`, {
      hint: 'It was damaged or exchanged on the way; nothing was written.',
    });
  }
}
