import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';

/** The first page is small, so that something stands there at once. */
const FIRST_PAGE = 100;
const NEXT_PAGE = 500;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next?: string;
}

export interface PagedList<P extends Page<unknown>> {
  readonly rows: readonly P['items'][number][];
  /** Undefined until it is there. */
  readonly first: P | undefined;
  readonly pages: number;
  readonly readAt: number;
  readonly isPending: boolean;
  /** A filter was changed, and its answer is under way. */
  readonly isChanging: boolean;
  readonly error: unknown;
  /** Loads on until this row is there. */
  loadUpTo(index: number): void;
  /** Reads the list anew: order and membership become right again. */
  refresh(): void;
  /** The same, and what is shown stays until the answer is there. */
  refreshInPlace(): void;
}

/**
 * A list that the server sorts and filters, read page by page as far as somebody looks. It stays as it was read until
 * `refresh`.
 *
 * @param queryKey  the same instance while nothing changes
 */
export function usePagedList<P extends Page<unknown>>(
  queryKey: readonly unknown[],
  read: (page: { readonly limit: number; readonly cursor: string | undefined }, signal: AbortSignal) => Promise<P>,
): PagedList<P> {
  const queries = useQueryClient();
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      read({ limit: pageParam === undefined ? FIRST_PAGE : NEXT_PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.next,
    placeholderData: keepPreviousData,
    // Events keep rows as they are; order changes only when somebody asks.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    gcTime: 60_000,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);

  const wanted = useRef(0);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const loadOn = useCallback(() => {
    if (wanted.current >= rows.length && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  useEffect(loadOn, [loadOn]);

  return {
    rows,
    first: list.data?.pages[0],
    pages: list.data?.pages.length ?? 0,
    readAt: list.dataUpdatedAt,
    isPending: list.isPending,
    isChanging: list.isPlaceholderData,
    error: list.error,
    loadUpTo(index) {
      wanted.current = index;
      loadOn();
    },
    refresh: () => void queries.resetQueries({ queryKey }),
    refreshInPlace: () => void queries.invalidateQueries({ queryKey }),
  };
}
