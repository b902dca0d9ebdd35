import type { Clock } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { createTurns } from '../turns.ts';
import type { DriftItem, DriftNotice } from './drift-item.ts';

/** What newly drifted in one application since the last announcement. */
export interface DriftAnnouncement {
  readonly key: string;
  readonly application: KubeObject;
  /** At most {@link NAMED} of them. */
  readonly items: readonly DriftItem[];
  readonly fields: number;
  readonly objects: number;
}

/** Says once what many fields of an application do at once. */
export interface Announcer {
  add(key: string, application: KubeObject, items: readonly DriftItem[]): void;
  forget(key: string): void;
  close(): void;
}

/** Fields that are told one by one. */
export const NAMED = 20;
/** Time in which more may come before the first word. */
const GATHER_MS = 1_000;
/** Between two announcements about one application. */
const QUIET_MS = 30_000;

interface Gathered {
  readonly application: KubeObject;
  readonly items: DriftItem[];
  fields: number;
  readonly objects: Set<string>;
}

export function createAnnouncer(options: {
  announce: (announcement: DriftAnnouncement) => void;
  clock: Clock;
  gatherMs?: number;
  quietMs?: number;
}): Announcer {
  const { announce, clock, gatherMs = GATHER_MS, quietMs = QUIET_MS } = options;
  const waiting = new Map<string, Gathered>();
  const toldAt = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function schedule(ms: number): void {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void tell();
    }, ms).unref();
  }

  async function tell(): Promise<void> {
    const giveWay = createTurns();
    let nextMs: number | undefined;
    for (const [key, { application, items, fields, objects }] of [...waiting]) {
      const leftMs = (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) + quietMs - clock.now();
      if (leftMs > 0) {
        nextMs = Math.min(nextMs ?? leftMs, leftMs);
        continue;
      }
      waiting.delete(key);
      toldAt.set(key, clock.now());
      announce({ key, application, items, fields, objects: objects.size });
      await giveWay();
      if (closed) return;
    }
    for (const [key, at] of toldAt) if (clock.now() - at > quietMs && !waiting.has(key)) toldAt.delete(key);
    if (nextMs !== undefined) schedule(Math.max(gatherMs, nextMs));
  }

  return {
    add(key, application, items) {
      if (items.length === 0 || closed) return;
      let gathered = waiting.get(key);
      if (gathered === undefined) {
        gathered = { application, items: [], fields: 0, objects: new Set() };
        waiting.set(key, gathered);
      }
      for (const item of items) {
        if (gathered.items.length < NAMED) gathered.items.push(item);
        gathered.fields++;
        gathered.objects.add(JSON.stringify(item.object));
      }
      schedule(gatherMs);
    },
    forget(key) {
      waiting.delete(key);
      toldAt.delete(key);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      waiting.clear();
    },
  };
}

/** For those who listen to single fields: the first one, with how many there are. */
export function noticeOf({ items, fields, objects }: DriftAnnouncement): DriftNotice | undefined {
  const [first] = items;
  return first === undefined ? undefined : { ...first, fields, objects };
}
