import type { FieldSpec, ImageConfig } from '../kustomization/types.ts';
import { isMapNode, type Node, scalarText } from '../node/node.ts';
import { applyFieldSpec, type SetValue } from './field-spec.ts';
import { compileRegex, type Pattern } from './regex.ts';
import type { Transformer } from './transformer.ts';

/** Sets name, tag or digest of the images with a name. */
export function imageTransformer(image: ImageConfig, specs: readonly FieldSpec[]): Transformer {
  const set = imageSetter(image);
  return {
    kind: 'ImageTagTransformer',
    transform({ resources }) {
      for (const resource of resources) {
        if (resource.kind !== 'CustomResourceDefinition') visitContainers(resource.node, set);
        for (const spec of specs) applyFieldSpec(resource, { ...spec, create: false }, set);
      }
    },
  };
}

/** Every `containers` and `initContainers`, however deep. */
function visitContainers(node: Node, set: SetValue): void {
  if (Array.isArray(node)) {
    for (const item of node) if (typeof item === 'object') visitContainers(item, set);
  } else if (isMapNode(node)) {
    for (const [key, value] of node) {
      if (typeof value !== 'object') continue;
      if ((key === 'containers' || key === 'initContainers') && Array.isArray(value)) setImages(value, set);
      else visitContainers(value, set);
    }
  }
}

function setImages(containers: readonly Node[], set: SetValue): void {
  for (const container of containers) {
    const image = isMapNode(container) ? container.get('image') : undefined;
    const changed = image === undefined ? undefined : set(image);
    if (changed !== undefined && isMapNode(container)) container.set('image', changed);
  }
}

function imageSetter(image: ImageConfig): SetValue {
  const matcher = imagePattern(image.name ?? '');
  return (value) => {
    const text = scalarText(value);
    if (text === undefined || !matcher.test(text)) return undefined;
    const { name, tag, digest } = splitImage(text);
    const given = replaceTag(image, tag, digest);
    const base = image.newName || name;
    return `${base}${given.tag === '' ? '' : `:${given.tag}`}${given.digest === '' ? '' : `@${given.digest}`}`;
  };
}

const TAG_AND_DIGEST = '(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?$';
const ONLY_TAG_AND_DIGEST = new RegExp(`^${TAG_AND_DIGEST}`);

/** A name is a regular expression to Kustomize; nearly all are words whose dots match anything. */
function imagePattern(name: string): Pattern {
  if (!/^[\w./:@-]*$/.test(name)) return compileRegex(`^${name}${TAG_AND_DIGEST}`);
  return { test: (text) => beginsWith(text, name) && ONLY_TAG_AND_DIGEST.test(text.slice(name.length)) };
}

function beginsWith(text: string, name: string): boolean {
  if (text.startsWith(name)) return true;
  if (!name.includes('.') || text.length < name.length) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== '.' && name[at] !== text[at]) return false;
  return !text.slice(0, name.length).includes('\n');
}

function replaceTag(image: ImageConfig, tag: string, digest: string): { tag: string; digest: string } {
  const { newTag = '', digest: newDigest = '', tagSuffix = '' } = image;
  if (newTag !== '' || newDigest !== '') return { tag: newTag, digest: newDigest };
  return tagSuffix === '' ? { tag, digest } : { tag: tag + tagSuffix, digest: '' };
}

/** A colon in the host part is a port. */
export function splitImage(image: string): { name: string; tag: string; digest: string } {
  const slash = image.indexOf('/');
  const at = image.indexOf('@', slash);
  const digest = at < 0 ? '' : image.slice(at + 1);
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.indexOf(':', slash + 1);
  return colon < 0
    ? { name: rest, tag: '', digest }
    : { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}
