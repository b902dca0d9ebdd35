import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type ApplicationFilter, listApplications } from '../../api/applications.ts';
import type { ApplicationPage, ApplicationRow, Facet, FacetValue } from '../../api/types.ts';
import { usePagedList } from '../../components/table/paged-list.ts';
import { useLive } from '../../live/live.tsx';
import { type LiveRow, type RowKey, rowKey } from '../../live/row-store.ts';
import { type Outdated, outdatedBy } from './rows-outdated.ts';

/** Sums beside the filters follow events, but not each of them. */
const COUNTS_DELAY_MS = 3_000;

export interface ApplicationList {
  readonly rows: readonly ApplicationRow[];
  readonly total: number;
  readonly facets: Partial<Record<Facet, readonly FacetValue[]>>;
  readonly isPending: boolean;
  /** A filter was changed, and its answer is under way. */
  readonly isChanging: boolean;
  readonly error: unknown;
  readonly outdated: Outdated;
  /** Loads on until this row is there. */
  loadUpTo(index: number): void;
  /** Reads the list anew: order and membership become right again. */
  refresh(): void;
}

export function useApplicationList(filter: ApplicationFilter): ApplicationList {
  const queryKey = useMemo(() => ['applications', filter] as const, [filter]);
  const read = useCallback(
    (page: { limit: number; cursor: string | undefined }, signal: AbortSignal) =>
      listApplications(filter, page, signal),
    [filter],
  );
  const { rows, first, readAt, isPending, isChanging, error, loadUpTo, refresh } = usePagedList(queryKey, read);
  const { outdated, changes } = useOutdated(rows, filter, readAt);
  const counts = useCounts(filter, changes);
  return {
    rows,
    total: counts?.total ?? first?.total ?? 0,
    facets: counts?.facets ?? first?.facets ?? {},
    isPending,
    isChanging,
    error,
    outdated,
    loadUpTo,
    refresh,
  };
}

/** Follows what events say beyond the rows themselves. `changes` grows with each frame that brought something. */
function useOutdated(rows: readonly ApplicationRow[], filter: ApplicationFilter, readAt: number) {
  const live = useLive();
  const [state, setState] = useState<{ outdated: Outdated; changes: number }>({ outdated: NOTHING, changes: 0 });
  const read = useMemo(() => new Map(rows.map((row) => [rowKey(row), row])), [rows]);
  const touched = useRef(new Set<RowKey>());
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new answer begins a new count
  useEffect(() => {
    touched.current = new Set();
    setState(({ changes }) => ({ outdated: NOTHING, changes }));
  }, [readAt, filter]);
  useEffect(
    () =>
      live.rows.subscribeAll((keys) => {
        for (const key of keys) touched.current.add(key);
        const changed = [...touched.current].flatMap((key): [RowKey, LiveRow][] => {
          const row = live.rows.get(key);
          return row === undefined ? [] : [[key, row]];
        });
        const outdated = outdatedBy(read, changed, filter, readAt);
        setState((before) => ({
          outdated: isSame(before.outdated, outdated) ? before.outdated : outdated,
          changes: before.changes + 1,
        }));
      }),
    [live, read, filter, readAt],
  );
  return state;
}

const NOTHING: Outdated = { arrived: 0, deleted: 0, moved: 0 };
const isSame = (a: Outdated, b: Outdated) => a.arrived === b.arrived && a.deleted === b.deleted && a.moved === b.moved;

/** Sums beside the filters, read again after changes; the list itself stays as it is. */
function useCounts(filter: ApplicationFilter, changes: number): ApplicationPage | undefined {
  const [due, setDue] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (changes === 0 || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setDue((n) => n + 1);
    }, COUNTS_DELAY_MS);
  }, [changes]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { data } = useQuery({
    queryKey: ['application-counts', filter, due],
    queryFn: ({ signal }) => listApplications(filter, { limit: 1 }, signal),
    enabled: due > 0,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return due > 0 ? data : undefined;
}
