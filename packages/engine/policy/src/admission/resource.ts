import { builtinResources, type ResourceInfo } from '@sekisho/kube';

/** What a request is made to. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case. */
  readonly resource: string;
}

type Info = Pick<ResourceInfo, 'resource' | 'namespaced'>;

const BY_KIND: ReadonlyMap<string, Info> = new Map(
  builtinResources.map((info) => [`${info.group}/${info.kind}`, info] as const),
);
const KINDS: ReadonlyMap<string, string> = new Map(
  builtinResources.map(({ group, resource, kind }) => [`${group}/${resource}`, kind] as const),
);

/** Kubernetes' own resources; undefined for all others. */
export function builtinResource(group: string, kind: string): Info | undefined {
  return BY_KIND.get(`${group}/${kind}`);
}

/** The plural of a kind: of kinds that are not Kubernetes' own as its tools guess it. */
export function resourceOf(group: string, kind: string): string {
  return builtinResource(group, kind)?.resource ?? guessPlural(kind.toLowerCase());
}

/** The kind of a resource; the resource itself when that is not Kubernetes' own. */
export function kindOfResource(group: string, resource: string): string {
  return KINDS.get(`${group}/${resource}`) ?? resource;
}

/** @see apimachinery, meta.UnsafeGuessKindToResource */
function guessPlural(singular: string): string {
  if (singular.endsWith('endpoints')) return singular;
  if (/(?:s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

const FORMER_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['deployments', 'apps'],
  ['daemonsets', 'apps'],
  ['replicasets', 'apps'],
  ['ingresses', 'networking.k8s.io'],
  ['networkpolicies', 'networking.k8s.io'],
]);

/** Groups by which the same objects are reached: a rule for one of them is one for all (`matchPolicy: Equivalent`). */
export function equivalentGroups(group: string, resource: string): readonly string[] {
  if (resource === 'events' && (group === '' || group === 'events.k8s.io')) return ['', 'events.k8s.io'];
  const moved = FORMER_EXTENSIONS.get(resource);
  return moved !== undefined && (group === moved || group === 'extensions') ? [moved, 'extensions'] : [group];
}
