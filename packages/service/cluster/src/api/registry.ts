import { builtinResources, builtinSchema, formatApiVersion, type KubeObject, type ResourceInfo } from '@sekisho/kube';
import type { Storage } from '../storage/storage.ts';
import { autoscalerConversion } from './conversion/autoscaler.ts';
import { eventConversion } from './conversion/events.ts';
import type { ServedResource } from './served-resource.ts';

/** Everything that is served now: built-in resources, and custom ones as their CRDs come and go. */
export interface Registry {
  find(group: string, version: string, resource: string): ServedResource | undefined;
  /** All versions of all resources, built-in first. */
  all(): readonly ServedResource[];
  /** Replaces the custom resources of one CRD (by the CRD's name); an empty list removes them. */
  setCustom(crdName: string, resources: readonly ServedResource[]): void;
  /** Counts up whenever the set changes. */
  readonly generation: number;
}

interface Conversion {
  /** Collection and version that hold the objects. */
  readonly collection: string;
  readonly storageApiVersion: string;
  readonly convert: (object: KubeObject, apiVersion: string) => KubeObject;
}

const CONVERSIONS: Record<string, Conversion> = {
  '/events': eventConversion,
  'events.k8s.io/events': eventConversion,
  'autoscaling/horizontalpodautoscalers': autoscalerConversion,
};

/** Kinds whose metadata.generation stays unset upstream. */
const NO_GENERATION = new Set([
  '/bindings',
  '/configmaps',
  '/endpoints',
  '/events',
  '/limitranges',
  '/namespaces',
  '/nodes',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/podtemplates',
  '/resourcequotas',
  '/secrets',
  '/serviceaccounts',
  '/services',
  'events.k8s.io/events',
  'coordination.k8s.io/leases',
  'autoscaling/horizontalpodautoscalers',
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/csistoragecapacities',
  'certificates.k8s.io/certificatesigningrequests',
  'node.k8s.io/runtimeclasses',
  'apps/controllerrevisions',
]);

export function createRegistry(storage: Storage): Registry {
  const builtin = new Map<string, ServedResource>();
  for (const info of builtinResources) builtin.set(keyOf(info), servedBuiltin(storage, info));
  const custom = new Map<string, ServedResource>();
  const byCrd = new Map<string, readonly ServedResource[]>();
  let generation = 1;
  let list: readonly ServedResource[] | undefined;
  return {
    find: (group, version, resource) => {
      const key = `${group}/${version}/${resource}`;
      return builtin.get(key) ?? custom.get(key);
    },
    all: () => {
      list ??= [...builtin.values(), ...custom.values()];
      return list;
    },
    setCustom: (crdName, resources) => {
      for (const old of byCrd.get(crdName) ?? []) custom.delete(keyOf(old.info));
      if (resources.length === 0) byCrd.delete(crdName);
      else byCrd.set(crdName, resources);
      for (const resource of resources) custom.set(keyOf(resource.info), resource);
      list = undefined;
      generation += 1;
    },
    get generation() {
      return generation;
    },
  };
}

export function collectionId(group: string, resource: string): string {
  return `${group === '' ? 'core' : group}/${resource}`;
}

function keyOf(info: ResourceInfo): string {
  return `${info.group}/${info.version}/${info.resource}`;
}

function servedBuiltin(storage: Storage, info: ResourceInfo): ServedResource {
  const apiVersion = formatApiVersion(info.group, info.version);
  const name = `${info.group}/${info.resource}`;
  const conversion = CONVERSIONS[name];
  const storageApiVersion = conversion?.storageApiVersion ?? storageVersion(info);
  const convert = conversion?.convert ?? withApiVersion;
  return {
    info,
    apiVersion,
    listKind: `${info.kind}List`,
    collection: storage.collection(conversion?.collection ?? collectionId(info.group, info.resource)),
    storageApiVersion,
    hasStatus: info.subresources.includes('status'),
    tracksGeneration: !NO_GENERATION.has(name),
    custom: undefined,
    schema: () => builtinSchema({ group: info.group, version: info.version, kind: info.kind }),
    fromStorage: (object) => (object.apiVersion === apiVersion ? object : convert(object, apiVersion)),
    toStorage: (object) => (object.apiVersion === storageApiVersion ? object : convert(object, storageApiVersion)),
  };
}

/** The first version that discovery lists for a resource holds it on disk. */
function storageVersion(info: ResourceInfo): string {
  const first =
    builtinResources.find((other) => other.group === info.group && other.resource === info.resource) ?? info;
  return formatApiVersion(first.group, first.version);
}

/** What the conversion strategy None does. */
export function withApiVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
