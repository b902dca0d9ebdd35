import { messageOf } from '@sekisho/base';
import { createDiscovery, type Discovery, type Informer, type InformerEvent } from '@sekisho/client';
import type { KubeObject, ResourceInfo } from '@sekisho/kube';
import { findCondition } from '../kinds/condition.ts';
import { metadataOnly } from '../kinds/metadata-only.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/resources.ts';
import type { ControllerRuntime } from './runtime.ts';

export interface MonitoredResource {
  readonly info: ResourceInfo;
  readonly informer: Informer;
}

/** A cache for every kind that can be listed, watched and deleted, custom ones as they come and go. */
export interface ResourceMonitor {
  readonly discovery: Discovery;
  readonly resources: ReadonlyMap<string, MonitoredResource>;
  /** Told of every change of every object; must be called before the monitor starts. */
  on(handler: (resource: MonitoredResource, event: InformerEvent) => void): void;
  /** Told when kinds came or went. */
  onKindsChanged(handler: () => void): void;
  /** Resolves when the kinds known at the start are cached. */
  start(): Promise<void>;
}

/** Written all the time, owned by nothing, and gone by themselves. */
const IGNORED = new Set(['/events', 'events.k8s.io/events']);
const NEEDED_VERBS = ['list', 'watch', 'delete'];
/** A definition is served a moment after it says Established; several often come together. */
const SETTLE_MS = 50;
const RETRY_MS = 1_000;
const MAX_RETRIES = 5;

export function createResourceMonitor(runtime: ControllerRuntime): ResourceMonitor {
  const { client, clock, logger } = runtime;
  const discovery = createDiscovery(client, { clock });
  const resources = new Map<string, MonitoredResource>();
  const handlers: ((resource: MonitoredResource, event: InformerEvent) => void)[] = [];
  const kindsHandlers: (() => void)[] = [];
  const definitions = runtime.informer(CUSTOM_RESOURCE_DEFINITIONS);
  let started = false;
  let attempts = 0;

  const queue = runtime.queue('kinds', 1, async () => {
    await discovery.refresh();
    const changed = await follow();
    if (changed) for (const handler of kindsHandlers) handler();
    const missing = servedDefinitions().filter((key) => !resources.has(key));
    if (missing.length === 0 || attempts++ >= MAX_RETRIES) return undefined;
    return { afterMs: RETRY_MS };
  });

  definitions.on(({ type, object, previous }) => {
    if (!started) return;
    const before = previous === undefined ? undefined : establishedState(previous);
    if (type === 'MODIFIED' && before === establishedState(object)) return;
    attempts = 0;
    queue.addAfter('all', SETTLE_MS);
  });

  function servedDefinitions(): string[] {
    return definitions.list().flatMap((definition) => {
      const spec = definition['spec'] as { group?: string; names?: { plural?: string } } | undefined;
      return isEstablished(definition) && definition.metadata.deletionTimestamp === undefined
        ? [`${spec?.group ?? ''}/${spec?.names?.plural ?? ''}`]
        : [];
    });
  }

  /** Starts caches for new kinds and drops those of kinds that are gone. One version of each kind is enough. */
  async function follow(): Promise<boolean> {
    const served = new Map<string, ResourceInfo>();
    for (const info of await discovery.all()) {
      const key = `${info.group}/${info.resource}`;
      if (!served.has(key) && !IGNORED.has(key) && NEEDED_VERBS.every((verb) => info.verbs.includes(verb))) {
        served.set(key, info);
      }
    }
    let changed = false;
    for (const [key, resource] of resources) {
      const now = served.get(key);
      if (now !== undefined && now.version === resource.info.version) continue;
      resources.delete(key);
      changed = true;
      await runtime.release(resource.info);
      for (const object of resource.informer.list()) {
        for (const handler of handlers) handler(resource, { type: 'DELETED', object });
      }
    }
    const added: Promise<void>[] = [];
    for (const [key, info] of served) {
      if (resources.has(key)) continue;
      const informer = runtime.informer(info, metadataOnly);
      const resource = { info, informer };
      resources.set(key, resource);
      for (const handler of handlers) informer.on((event) => handler(resource, event));
      changed = true;
      added.push(
        informer.synced().catch((error) => {
          logger.debug({ resource: key, error: messageOf(error) }, 'a kind went away before it was cached');
        }),
      );
    }
    if (started) await Promise.all(added);
    return changed;
  }

  return {
    discovery,
    resources,
    on: (handler) => void handlers.push(handler),
    onKindsChanged: (handler) => void kindsHandlers.push(handler),
    async start() {
      await follow();
      started = true;
    },
  };
}

function isEstablished(definition: KubeObject): boolean {
  const status = definition['status'] as { conditions?: [] } | undefined;
  return findCondition(status?.conditions, 'Established')?.status === 'True';
}

/** What of a definition decides which kinds are served. */
function establishedState(definition: KubeObject): string {
  return `${definition.metadata.generation ?? 0} ${isEstablished(definition)}`;
}
