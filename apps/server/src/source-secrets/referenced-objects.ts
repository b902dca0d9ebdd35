import type { Logger } from '@sekisho/base';
import { createInformer, type Informer, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS, SECRETS } from '../applications/kinds.ts';

/** A ConfigMap or Secret that Applications refer to. */
export interface ObjectRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/** ConfigMaps and Secrets, by name: each one that was asked for is watched from then on. */
export interface ReferencedObjects {
  /** As it is now; undefined when there is none. @throws SekishoError KUBE_* */
  get(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined>;
  onChange(listener: (ref: ObjectRef) => void): void;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<ObjectRef['kind'], ResourceType>> = { ConfigMap: CONFIG_MAPS, Secret: SECRETS };

/** More are read anew each time, and not watched. */
const MAX_WATCHES = 1000;

export function createReferencedObjects({ client, logger }: { client: KubeClient; logger: Logger }): ReferencedObjects {
  const watches = new Map<string, Informer>();
  const listeners = new Set<(ref: ObjectRef) => void>();

  function watch(ref: ObjectRef): Informer | undefined {
    const key = `${ref.kind} ${ref.namespace}/${ref.name}`;
    const known = watches.get(key);
    if (known !== undefined || watches.size >= MAX_WATCHES) return known;
    const informer = createInformer({
      client,
      type: TYPES[ref.kind],
      namespace: ref.namespace,
      fieldSelector: `metadata.name=${ref.name}`,
      logger,
    });
    watches.set(key, informer);
    informer.on(() => {
      // What it holds at first is what the render waits for.
      if (informer.hasSynced) for (const listener of listeners) listener(ref);
    });
    informer.start();
    return informer;
  }

  return {
    async get(ref, signal) {
      const informer = watch(ref);
      if (informer === undefined) return client.getIfExists(TYPES[ref.kind], ref.name, ref.namespace);
      await informer.synced(signal);
      return informer.get(ref.name, ref.namespace);
    },
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      await Promise.all([...watches.values()].map((informer) => informer.close()));
    },
  };
}
