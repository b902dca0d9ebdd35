import { createHash } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import {
  BUNDLE_TITLE,
  type BundleFile,
  createRegistryClient,
  type Descriptor,
  dockerCredentials,
  formatReference,
  MANIFEST_TYPES,
  parseReference,
  type RegistryClient,
  readBundle,
} from '@sekisho/registry';
import type { CheckWorld } from '../world.ts';

/** Media types of Conftest's bundles. */
const POLICY_LAYER = 'application/vnd.cncf.openpolicyagent.policy.layer.v1+rego';
const DATA_LAYER = 'application/vnd.cncf.openpolicyagent.data.layer.v1+json';
const CONFIG = 'application/vnd.unknown.config.v1+json';

export interface OciOptions {
  readonly tls: boolean;
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
}

/** Files of a bundle: layers with a title are files, layers that are archives are unpacked. */
export async function pullBundle(address: string, options: OciOptions): Promise<readonly BundleFile[]> {
  return withClient(options, async (client) => {
    const reference = parseReference(address);
    const { manifest } = await client.getManifest(reference, options);
    return readBundle(client, reference, manifest, options);
  });
}

/** @returns `registry/name:tag@digest` */
export async function pushBundle(
  address: string,
  files: readonly (BundleFile & { readonly kind: 'policy' | 'data' })[],
  options: OciOptions,
): Promise<string> {
  return withClient(options, async (client) => {
    const reference = parseReference(address);
    const config = await client.putBlob(reference, Buffer.from('{}'), CONFIG, options);
    const layers: Descriptor[] = [];
    for (const { path, content, kind } of files) {
      const type = kind === 'policy' ? POLICY_LAYER : DATA_LAYER;
      const descriptor = await client.putBlob(reference, content, type, options);
      layers.push({ ...descriptor, annotations: { [BUNDLE_TITLE]: path } });
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
