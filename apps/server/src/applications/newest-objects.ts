import type { Informer, InformerEvent, KubeClient, ResourceType } from '@sekisho/client';
import { createThreeWayPatch, type KubeObject } from '@sekisho/kube';

/** The newest state of each object of a kind: the watch's, or our own write as long as that is ahead of it. */
export interface NewestObjects {
  get(key: string): KubeObject | undefined;
  /** Stores an object; only what differs is sent, and nothing when nothing does. */
  write(from: KubeObject, to: KubeObject): Promise<KubeObject>;
  /** Calls `then` for what the watch tells, unless all that is new was written here: whoever wrote it knows. */
  ifForeign(event: InformerEvent, then: () => void): void;
  forget(key: string): void;
}

export function createNewestObjects(
  client: KubeClient,
  type: ResourceType,
  informer: Pick<Informer, 'get'>,
): NewestObjects {
  /** Until the watch has caught up with them. */
  const written = new Map<string, KubeObject>();
  /** Versions before and after the last write of each object. */
  const steps = new Map<string, { readonly from: string | undefined; readonly to: string | undefined }>();
  /** Writes without an answer yet. They never reject. */
  const writing = new Map<string, Promise<void>>();

  async function patch(from: KubeObject, to: KubeObject): Promise<KubeObject> {
    const { name = '', namespace } = from.metadata;
    const body = createThreeWayPatch(undefined, from, to, from);
    const stored = await client.patch(type, name, namespace, { kind: 'merge', body });
    written.set(keyOf(stored), stored);
    steps.set(keyOf(stored), { from: from.metadata.resourceVersion, to: stored.metadata.resourceVersion });
    return stored;
  }

  function isForeign({ type: change, object, previous }: InformerEvent): boolean {
    const step = steps.get(keyOf(object));
    // With somebody else's change in between, the step has another beginning.
    const isStep = step?.to === object.metadata.resourceVersion && step?.from === previous?.metadata.resourceVersion;
    return change !== 'MODIFIED' || !isStep;
  }

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
      const key = keyOf(from);
      const answer = patch(from, to);
      const settled = answer.then(nothing, nothing).finally(() => {
        if (writing.get(key) === settled) writing.delete(key);
      });
      writing.set(key, settled);
      return answer;
    },
    ifForeign(event, then) {
      const judge = () => {
        if (isForeign(event)) then();
      };
      // The watch of an embedded cluster tells of a write before its answer is here.
      const write = writing.get(keyOf(event.object));
      if (write === undefined) judge();
      else void write.then(judge);
    },
    forget(key) {
      written.delete(key);
      steps.delete(key);
    },
  };
}

function nothing(): void {}

/** `namespace/name` */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function versionOf(object: KubeObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? '0');
}
