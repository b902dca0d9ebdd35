import { defined } from '@sekisho/base';
import type { ImageConfig, Kustomization, LabelConfig, PatchConfig } from '@sekisho/kustomize';
import type { KustomizeSource } from './kustomize-source.ts';

/** What can't be edited, in the words of `kustomize edit`. */
export class EditFault extends Error {}

/**
 * The kustomization as Argo CD's calls of `kustomize edit` leave it, in their order.
 *
 * @param substitute for the variables in images, labels and (where asked for) annotations
 * @throws EditFault
 */
export function editKustomization(
  kustomization: Kustomization,
  source: KustomizeSource,
  substitute: (text: string) => string,
): Kustomization {
  const { namePrefix, nameSuffix, namespace, images = [], replicas = [], patches = [], components = [] } = source;
  let edited = kustomization;
  if (namePrefix) edited = { ...edited, namePrefix };
  if (nameSuffix) edited = { ...edited, nameSuffix };
  if (images.length > 0) edited = { ...edited, images: setImages(edited.images ?? [], images.map(substitute)) };
  if (replicas.length > 0) edited = { ...edited, replicas: setReplicas(edited.replicas ?? [], replicas) };
  edited = addLabels(edited, source, substitute);
  edited = addAnnotations(edited, source, substitute);
  if (namespace) edited = { ...edited, namespace };
  if (patches.length > 0)
    edited = {
      ...edited,
      patches: [...(edited.patches ?? []), ...patches.map((patch): PatchConfig => defined(patch))],
    };
  if (components.length > 0) {
    edited = { ...edited, components: [...new Set([...(edited.components ?? []), ...components])] };
  }
  return edited;
}

/** Images of the same name are replaced as a whole; `*` keeps a part. The order is that of names. */
function setImages(known: readonly ImageConfig[], wanted: readonly string[]): ImageConfig[] {
  const images = new Map(wanted.map(parseImage).map((image) => [image.name, image]));
  for (const image of known) {
    const { name = '' } = image;
    const own = images.get(name);
    images.set(name, own === undefined ? { ...image, name } : keepParts(own, image));
  }
  return [...images.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

type NamedImage = ImageConfig & { readonly name: string };

function keepParts(image: NamedImage, known: ImageConfig): NamedImage {
  const part = (field: 'newName' | 'newTag' | 'digest') => (image[field] === '*' ? known[field] : image[field]);
  return withoutAbsent({ name: image.name, newName: part('newName'), newTag: part('newTag'), digest: part('digest') });
}

/** `name=new:tag@digest`, `name:tag`, `name@digest`. */
function parseImage(text: string): NamedImage {
  const equals = text.indexOf('=');
  const { name, tag, digest } = splitImage(text.slice(equals + 1));
  if (equals >= 0) {
    return withoutAbsent({ name: text.slice(0, equals), newName: name || undefined, newTag: tag, digest });
  }
  if (tag !== undefined || digest !== undefined) return withoutAbsent({ name, newTag: tag, digest });
  throw new EditFault(
    `invalid format of image ${JSON.stringify(text)}, use one of <image>=<newimage>:<newtag>, <image>=<newimage>@<digest>, <image>=<newimage>, <image>:<newtag> or <image>@<digest>`,
  );
}

function splitImage(text: string): { name: string; tag?: string | undefined; digest?: string | undefined } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const match = /^(.*):([a-zA-Z0-9._-]*|\*)$/.exec(named);
  return match === null ? { name: named, digest } : { name: match[1] ?? '', tag: match[2], digest };
}

type Replica = NonNullable<Kustomization['replicas']>[number];

function setReplicas(known: readonly Replica[], wanted: NonNullable<KustomizeSource['replicas']>): Replica[] {
  const replicas = new Map(known.map((replica) => [replica.name ?? '', replica]));
  for (const { name, count } of wanted) {
    if (!/^[+-]?\d+$/.test(String(count))) {
      throw new EditFault(`expected integer value for count of the replicas of ${name}. Received: ${count}`);
    }
    replicas.set(name, { name, count: Number(count) });
  }
  return [...replicas.values()];
}

function addLabels(
  edited: Kustomization,
  source: KustomizeSource,
  substitute: (text: string) => string,
): Kustomization {
  const {
    commonLabels = {},
    forceCommonLabels: force = false,
    labelIncludeTemplates: includeTemplates = false,
  } = source;
  const labels = mapValues(commonLabels, substitute);
  if (Object.keys(labels).length === 0) return edited;
  if (source.labelWithoutSelector !== true) {
    if (includeTemplates) throw new EditFault('labelIncludeTemplates needs labelWithoutSelector');
    return { ...edited, commonLabels: merged('label', edited.commonLabels ?? {}, labels, force) };
  }
  const list: readonly LabelConfig[] = edited.labels ?? [];
  const at = list.findIndex(
    (each) => each.includeSelectors !== true && (each.includeTemplates === true) === includeTemplates,
  );
  if (at < 0) {
    return { ...edited, labels: [...list, { pairs: labels, includeSelectors: false, includeTemplates }] };
  }
  const changed = list.map((each, index) =>
    index === at ? { ...each, pairs: merged('label', each.pairs ?? {}, labels, force) } : each,
  );
  return { ...edited, labels: changed };
}

function addAnnotations(
  edited: Kustomization,
  source: KustomizeSource,
  substitute: (text: string) => string,
): Kustomization {
  const { commonAnnotations = {}, forceCommonAnnotations: force = false } = source;
  if (Object.keys(commonAnnotations).length === 0) return edited;
  const added =
    source.commonAnnotationsEnvsubst === true ? mapValues(commonAnnotations, substitute) : commonAnnotations;
  return { ...edited, commonAnnotations: merged('annotation', edited.commonAnnotations ?? {}, added, force) };
}

type Texts = Readonly<Record<string, string>>;

function merged(kind: 'label' | 'annotation', known: Texts, added: Texts, force: boolean): Texts {
  const taken = force ? undefined : Object.keys(added).find((key) => Object.hasOwn(known, key));
  if (taken !== undefined) {
    throw new EditFault(
      `${kind} ${taken} already in kustomization file. Use ${kind === 'label' ? 'forceCommonLabels' : 'forceCommonAnnotations'} to override.`,
    );
  }
  return { ...known, ...added };
}

function mapValues(texts: Texts, change: (text: string) => string): Texts {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));
}

function withoutAbsent(image: { [K in keyof ImageConfig]: ImageConfig[K] | undefined } & { name: string }): NamedImage {
  return Object.fromEntries(Object.entries(image).filter(([, part]) => part !== undefined)) as unknown as NamedImage;
}
