/** An image reference in the parts that AssignImage replaces. */
export interface ImageParts {
  /** Empty when the reference names no registry. */
  readonly domain: string;
  readonly path: string;
  /** With its `:` or `@`; empty when there is none. */
  readonly tag: string;
}

/** The part before the first slash is a registry when it has a dot or a port, or is localhost. */
export function splitImage(reference: string): ImageParts {
  const slash = reference.indexOf('/');
  const first = reference.slice(0, Math.max(0, slash));
  const hasDomain = /[.:]/.test(first) || first === 'localhost';
  const rest = hasDomain ? reference.slice(slash + 1) : reference;
  const end = rest.search(/[:@]/);
  return {
    domain: hasDomain ? first : '',
    path: end < 0 ? rest : rest.slice(0, end),
    tag: end < 0 ? '' : rest.slice(end),
  };
}

export function joinImage({ domain, path, tag }: ImageParts): string {
  return `${domain === '' ? '' : `${domain}/`}${path}${tag}`;
}

const DOMAIN = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^:\w[\w.-]{0,127}$/;
const DIGEST = /^@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** What is wrong with a part that is to be assigned, if anything is. */
export function faultOfImagePart(part: keyof ImageParts, text: string): string | undefined {
  switch (part) {
    case 'domain':
      if (text.length <= 255 && DOMAIN.test(text) && splitImage(`${text}/x`).domain !== '') return undefined;
      return 'must be a registry: a name with a dot, a port, or localhost';
    case 'path':
      return text.length <= 255 && text.split('/').every((name) => PATH_PART.test(name))
        ? undefined
        : 'must be a path of names in lower case, like library/nginx';
    case 'tag':
      return TAG.test(text) || DIGEST.test(text) ? undefined : 'must be a tag with its `:`, or a digest with its `@`';
  }
}
