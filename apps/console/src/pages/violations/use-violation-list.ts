import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import type { Violation, ViolationPage } from '../../api/gates.ts';
import { listViolations, type ViolationFilter } from '../../api/policies.ts';
import { usePagedList } from '../../components/table/paged-list.ts';

/** A list of more pages than this is put right only when somebody asks. */
const FEW_PAGES = 2;

export interface ViolationList {
  readonly rows: readonly Violation[];
  readonly total: number;
  readonly facets: ViolationPage['facets'];
  readonly audit: ViolationPage['audit'];
  readonly isPending: boolean;
  readonly isChanging: boolean;
  readonly error: unknown;
  /** What the audit found meanwhile is not in the list yet. */
  readonly isOutdated: boolean;
  loadUpTo(index: number): void;
  refresh(): void;
}

/**
 * Violations as the server sorts and filters them. When the audit finds something else, a short list follows by itself
 * while nobody points at it: nothing may jump under somebody's pointer. Else it says that it is outdated.
 *
 * @param isStill  whether nobody looks at a row now
 */
export function useViolationList(filter: ViolationFilter, isStill: () => boolean): ViolationList {
  const queryKey = useMemo(() => ['violations', filter] as const, [filter]);
  const read = useCallback(
    (page: { limit: number; cursor: string | undefined }, signal: AbortSignal) => listViolations(filter, page, signal),
    [filter],
  );
  const list = usePagedList<ViolationPage>(queryKey, read);
  // Read anew after events of the audit: see LiveProvider.
  const sums = useQuery({
    queryKey: ['gates', 'sums', filter],
    queryFn: ({ signal }) => listViolations(filter, { limit: 1 }, signal),
    enabled: list.first !== undefined,
    initialData: () => list.first,
    initialDataUpdatedAt: list.readAt,
  });
  const newest = sums.dataUpdatedAt > list.readAt ? sums.data : list.first;
  const isOutdated = newest !== undefined && list.first !== undefined && differs(newest, list.first);
  const { pages, refreshInPlace } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer that differs
  useEffect(() => {
    if (isOutdated && pages <= FEW_PAGES && isStill()) refreshInPlace();
  }, [isOutdated, newest]);
  return {
    rows: list.rows,
    total: list.first?.total ?? 0,
    facets: newest?.facets ?? {},
    audit: newest?.audit,
    isPending: list.isPending,
    isChanging: list.isChanging,
    error: list.error,
    isOutdated,
    loadUpTo: list.loadUpTo,
    refresh: list.refresh,
  };
}

/** By their sums and the first of them: a violation that went while another one of the same kind came is seen later. */
function differs(newest: ViolationPage, read: ViolationPage): boolean {
  return (
    newest.total !== read.total ||
    newest.items[0]?.id !== read.items[0]?.id ||
    JSON.stringify(newest.facets) !== JSON.stringify(read.facets)
  );
}
