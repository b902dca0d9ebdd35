import { useSyncExternalStore } from 'react';
import { formatAbsolute, formatRelative, toTime } from '../format/time.ts';

/** One clock for all times of a page: they change together, twice a minute. */
const TICK_MS = 30_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const told of listeners) told();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** How long ago, with the exact time on hover. */
export function Time({ value }: { value: string | number | undefined | null }) {
  const current = useSyncExternalStore(subscribe, () => now);
  const time = toTime(value);
  if (time === undefined) return <span className="sk-muted">–</span>;
  return (
    <time dateTime={new Date(time).toISOString()} title={formatAbsolute(time)}>
      {formatRelative(time, Math.max(current, Math.min(time, Date.now())))}
    </time>
  );
}
