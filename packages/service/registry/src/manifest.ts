import { SekishoError } from '@sekisho/base';
import { isDigest } from './digest.ts';

export const MANIFEST_TYPES = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** What points at content. @see the OCI image specification, "Descriptors" */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @see the OCI image specification, "Image Manifest" */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Reads a manifest of one artifact.
 *
 * @throws SekishoError REGISTRY_MANIFEST when it is none, or an index of several
 */
export function parseManifest(text: string, what: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SekishoError('REGISTRY_MANIFEST', `The manifest of ${what} is no JSON.`, { cause });
  }
  const fields = isFields(value) ? value : {};
  const { config, layers, mediaType, artifactType, annotations } = fields;
  if (fields['schemaVersion'] !== 2 || !isDescriptor(config) || !Array.isArray(layers) || !layers.every(isDescriptor)) {
    throw new SekishoError('REGISTRY_MANIFEST', `${what} has no image manifest of version 2.`, {
      hint:
        'manifests' in fields ? 'It is an index: name one of its manifests by digest.' : 'It may be of another kind.',
    });
  }
  return {
    schemaVersion: 2,
    mediaType: typeof mediaType === 'string' ? mediaType : MANIFEST_TYPES.image,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    config,
    layers,
    ...(isTexts(annotations) ? { annotations } : {}),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isFields(value)) return false;
  const { mediaType, digest, size, annotations } = value;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    isDigest(digest) &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    size >= 0 &&
    (annotations === undefined || annotations === null || isTexts(annotations))
  );
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isFields(value) && Object.values(value).every((item) => typeof item === 'string');
}
