import type { Informer, KubeClient, ResourceType } from '@sekisho/client';
import { createThreeWayPatch, type KubeObject } from '@sekisho/kube';

/** The newest state of each object of a kind: the watch's, or our own write as long as that is ahead of it. */
export interface NewestObjects {
  get(key: string): KubeObject | undefined;
  /** Stores an object; only what differs is sent, and nothing when nothing does. */
  write(from: KubeObject, to: KubeObject): Promise<KubeObject>;
  /** Whether the watch tells of what was written here. */
  isOwnWrite(object: KubeObject): boolean;
  forget(key: string): void;
}

export function createNewestObjects(
  client: KubeClient,
  type: ResourceType,
  informer: Pick<Informer, 'get'>,
): NewestObjects {
  /** Until the watch has caught up with them. */
  const written = new Map<string, KubeObject>();

  return {
    get(key) {
      const [namespace = '', name = ''] = key.split('/');
      const watched = informer.get(name, namespace);
      const own = written.get(key);
      if (own === undefined || watched === undefined) return watched;
      if (versionOf(watched) < versionOf(own) && watched.metadata.uid === own.metadata.uid) return own;
      written.delete(key);
      return watched;
    },
    async write(from, to) {
      if (from === to) return from;
      const { name = '', namespace } = from.metadata;
      const body = createThreeWayPatch(undefined, from, to, from);
      const stored = await client.patch(type, name, namespace, { kind: 'merge', body });
      written.set(keyOf(stored), stored);
      return stored;
    },
    isOwnWrite: (object) => written.get(keyOf(object))?.metadata.resourceVersion === object.metadata.resourceVersion,
    forget(key) {
      written.delete(key);
    },
  };
}

/** `namespace/name` */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function versionOf(object: KubeObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? '0');
}
