import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { ApplicationRow, DriftItem } from '../api/types.ts';
import { type EventStream, openEventStream, type StreamEvent, type StreamState } from './event-stream.ts';
import { createRowStore, newestRow, type RowStore, rowKey } from './row-store.ts';

interface Live {
  readonly stream: EventStream;
  readonly rows: RowStore;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Pages that show sums are read again this long after something changed, and not more often. */
const SUMMARY_DELAY_MS = 2_000;

/** Opens the event stream for everything below it. */
export function LiveProvider({ onRefused, children }: { onRefused: () => void; children: ReactNode }) {
  const [live, setLive] = useState<Live>();
  const queries = useQueryClient();
  useEffect(() => {
    const rows = createRowStore((callback) => requestAnimationFrame(callback));
    const stream = openEventStream('/api/v1/events', onRefused);
    let summaries: ReturnType<typeof setTimeout> | undefined;
    const due = new Set<string>();
    const refreshSoon = (part: string) => {
      due.add(part);
      summaries ??= setTimeout(() => {
        summaries = undefined;
        for (const queryKey of due) void queries.invalidateQueries({ queryKey: [queryKey] });
        due.clear();
      }, SUMMARY_DELAY_MS);
    };
    const stop = stream.onEvent((event) => {
      applyEvent(event, rows);
      if (event.type === 'reset') void queries.invalidateQueries();
      else if (event.type === 'signed-out') onRefused();
      else refreshSoon(event.type === 'violations' ? 'gates' : 'overview');
      if (event.type === 'notification') void queries.invalidateQueries({ queryKey: ['notifications'] });
      if (event.type === 'drift') {
        const { application } = event.data as DriftItem;
        void queries.invalidateQueries({ queryKey: ['application', rowKey(application), 'drift'] });
      }
    });
    setLive({ stream, rows });
    return () => {
      clearTimeout(summaries);
      stop();
      stream.close();
    };
  }, [queries, onRefused]);
  return live === undefined ? null : <LiveContext value={live}>{children}</LiveContext>;
}

function applyEvent({ type, data }: StreamEvent, rows: RowStore): void {
  if (type === 'application') rows.put(data as ApplicationRow);
  else if (type === 'application-deleted') rows.remove(rowKey(data as ApplicationRow));
  else if (type === 'reset') rows.clear();
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('useLive outside LiveProvider');
  return live;
}

export function useStreamState(): StreamState {
  const { stream } = useLive();
  return useSyncExternalStore(
    (listener) => stream.onState(listener),
    () => stream.state,
  );
}

/** How many events of this type came since the value changed. */
export function useEventCount(type: string, since: unknown): number {
  const { stream } = useLive();
  const [counted, setCounted] = useState({ since, count: 0 });
  useEffect(
    () =>
      stream.onEvent((event) => {
        if (event.type !== type) return;
        setCounted((before) => ({ since, count: before.since === since ? before.count + 1 : 1 }));
      }),
    [stream, type, since],
  );
  return counted.since === since ? counted.count : 0;
}

/** The row as it is now; undefined when the application was deleted. */
export function useLiveRow(read: ApplicationRow): ApplicationRow | undefined {
  const { rows } = useLive();
  const key = rowKey(read);
  const live = useSyncExternalStore(
    (listener) => rows.subscribe(key, listener),
    () => rows.get(key),
  );
  return newestRow(read, live);
}
