const MAX_LENGTH = 512;
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d{1,5})?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

export interface ImageReference {
  /** `docker.io` when the image names none. */
  readonly registry: string;
  readonly repository: string;
  /** `latest` when the image names neither tag nor digest. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * Reads an image as a container runtime does; undefined when it is none.
 * @see github.com/distribution/reference, grammar
 */
export function parseImageReference(image: string): ImageReference | undefined {
  if (image === '' || image.length > MAX_LENGTH) return undefined;
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const named = at < 0 ? image : image.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const parts = (hasTag ? named.slice(0, colon) : named).split('/');
  const [first = ''] = parts;
  const hasDomain = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasDomain ? parts.slice(1) : parts;
  if (hasDomain && !DOMAIN.test(first)) return undefined;
  if (path.length === 0 || !path.every((part) => PATH_PART.test(part))) return undefined;
  return {
    registry: hasDomain ? first : 'docker.io',
    repository: path.join('/'),
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}
