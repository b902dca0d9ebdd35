import { gvkOf, type KubeObject } from '@sekisho/kube';
import { objectId, readTrackingId } from '@sekisho/sync';
import type { Application } from './application.ts';
import type { ApplicationSource } from './application-source.ts';
import type { Destination } from './destinations.ts';
import type { LiveChange } from './live-cache.ts';
import type { Rendered } from './merged-sources.ts';

/** What is remembered of one application between reconciliations. All of it can be computed anew. */
export interface Memory {
  /** What was rendered. */
  readonly sources: readonly ApplicationSource[];
  readonly rendered: Rendered;
}

/** Knows which applications a commit or a change in a cluster concerns, without looking at all of them. */
export interface Concerned {
  /** Its repositories concern it. */
  follow(application: Application): void;
  /** What it desires concerns it, also what nobody tracks. */
  remember(application: Application, rendered: Rendered, destination: Destination | undefined): void;
  memory(key: string): Memory | undefined;
  /** New and deleted objects of the namespace concern it; undefined: of none. */
  watchNamespace(key: string, namespace: string | undefined): void;
  byRepository(repoURL: string): Iterable<string>;
  /** @returns owners: who tracks or desires the object; bystanders: who watches the namespace that it came to or left */
  byChange(change: LiveChange): { owners: ReadonlySet<string>; bystanders: Iterable<string> };
  forget(key: string): void;
}

/** @param keyOfInstance  of a tracking id's application */
export function createConcerned(keyOfInstance: (instance: string) => string): Concerned {
  const memories = new Map<string, Memory & { readonly desired: ReadonlySet<string> }>();
  const repositories = new Map<string, Set<string>>();
  const desiring = new Map<string, string>();
  const namespaces = new Map<string, Set<string>>();

  function forgetDesired(key: string): void {
    for (const id of memories.get(key)?.desired ?? []) if (desiring.get(id) === key) desiring.delete(id);
  }

  return {
    follow({ key, sources }) {
      for (const { repoURL } of sources) add(repositories, repoURL, key);
    },
    remember({ key, sources, spec }, rendered, destination) {
      const memory = memories.get(key);
      if (memory?.rendered.result === rendered.result) {
        memories.set(key, { ...memory, sources, rendered });
        return;
      }
      forgetDesired(key);
      const desired = new Set<string>();
      for (const { object } of rendered.result.manifests) {
        const info = destination?.live.discovery.resourceForSync(gvkOf(object));
        const namespace = info?.namespaced === false ? '' : (object.metadata.namespace ?? spec.destination.namespace);
        desired.add(objectId({ ...object, metadata: { ...object.metadata, namespace } }));
      }
      for (const id of desired) desiring.set(id, key);
      memories.set(key, { sources, rendered, desired });
    },
    memory: (key) => memories.get(key),
    watchNamespace(key, namespace) {
      for (const keys of namespaces.values()) keys.delete(key);
      if (namespace !== undefined) add(namespaces, namespace, key);
    },
    byRepository: (repoURL) => repositories.get(repoURL) ?? [],
    byChange({ type, object, previous }) {
      const owners = new Set<string>();
      for (const version of [object, previous]) {
        const instance = version === undefined ? undefined : readTrackingId(version)?.app;
        if (instance !== undefined) owners.add(keyOfInstance(instance));
      }
      const key = desiring.get(objectId(object));
      if (key !== undefined) owners.add(key);
      return { owners, bystanders: type === 'MODIFIED' ? [] : (namespaces.get(namespaceOf(object)) ?? []) };
    },
    forget(key) {
      forgetDesired(key);
      memories.delete(key);
      for (const keys of repositories.values()) keys.delete(key);
      for (const keys of namespaces.values()) keys.delete(key);
    },
  };
}

function add(index: Map<string, Set<string>>, name: string, key: string): void {
  const keys = index.get(name);
  if (keys === undefined) index.set(name, new Set([key]));
  else keys.add(key);
}

function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}
