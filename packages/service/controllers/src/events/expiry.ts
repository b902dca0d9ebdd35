import { isSekishoError, mapConcurrent } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { EVENTS } from '../kinds/resources.ts';
import { parseTime } from '../kinds/time.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

/** As kube-apiserver's --event-ttl. */
const TTL_MS = 3_600_000;
/** Events that expire close together go together. */
const MIN_WAIT_MS = 300_000;
const PARALLEL_DELETES = 8;

/** The expired events, and when the next look is worth it, from now. */
export function planExpiry(events: readonly KubeObject[], now: number): { expired: KubeObject[]; afterMs: number } {
  const expired: KubeObject[] = [];
  let oldest = now;
  for (const event of events) {
    const last = lastSeen(event);
    if (last + TTL_MS <= now) expired.push(event);
    else oldest = Math.min(oldest, last);
  }
  return { expired, afterMs: Math.max(MIN_WAIT_MS, oldest + TTL_MS - now) };
}

function lastSeen(event: KubeObject): number {
  const series = event['series'] as { lastObservedTime?: string } | undefined;
  const times = [event['lastTimestamp'] as string | undefined, event['eventTime'] as string | undefined];
  const known = [...times, series?.lastObservedTime, event.metadata.creationTimestamp].map(
    (text) => parseTime(text) ?? 0,
  );
  return Math.max(...known);
}

/** Deletes events an hour after they were last seen. Wakes when the oldest is due, not in between. */
export function startEventExpiry(runtime: ControllerRuntime): void {
  const { client, clock } = runtime;
  const queue = runtime.queue('event-expiry', 1, async (_key, signal) => {
    const { items } = await client.list(EVENTS, { signal });
    const { expired, afterMs } = planExpiry(items, clock.now());
    await mapConcurrent(
      expired,
      PARALLEL_DELETES,
      async ({ metadata }) => {
        const { name = '', namespace, uid = '', resourceVersion = '' } = metadata;
        try {
          await client.delete(EVENTS, name, namespace, { preconditions: { uid, resourceVersion } });
        } catch (error) {
          // Seen again meanwhile, or gone with its namespace.
          if (!isSekishoError(error, 'KUBE_CONFLICT') && !isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
        }
      },
      { signal },
    );
    return { afterMs };
  });
  queue.add('events');
}
