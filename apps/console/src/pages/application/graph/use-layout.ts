import { useEffect, useMemo, useRef, useState } from 'react';
import type { GraphItem } from './graph-model.ts';
import type { LayoutAnswer, LayoutRequest } from './layout.ts';

export const NODE_WIDTH = 288;
export const NODE_HEIGHT = 54;

export interface PlacedItem {
  readonly item: GraphItem;
  readonly x: number;
  readonly y: number;
}

/** Places the items in a worker; the last placement stays until the next is there. */
export function useLayout(items: readonly GraphItem[]): readonly PlacedItem[] | undefined {
  const worker = useRef<Worker>(undefined);
  const [positions, setPositions] = useState<ReadonlyMap<string, { x: number; y: number }>>();
  const asked = useRef({ id: 0, items });
  // Only what is drawn and how it hangs together moves nodes; a change of health does not.
  const shape = items.map(({ id, parent }) => `${parent ?? ''}>${id}`).join('\n');

  useEffect(() => {
    const started = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      if (data.id !== asked.current.id) return;
      setPositions(new Map(asked.current.items.map(({ id }, i) => [id, data.positions[i] ?? { x: 0, y: 0 }])));
    };
    worker.current = started;
    return () => started.terminate();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for what of `items` matters
  useEffect(() => {
    const id = asked.current.id + 1;
    asked.current = { id, items };
    const request: LayoutRequest = {
      id,
      nodes: items.map((item) => ({ id: item.id, width: NODE_WIDTH, height: NODE_HEIGHT })),
      edges: items.flatMap((item) => (item.parent === undefined ? [] : [[item.parent, item.id] as const])),
    };
    worker.current?.postMessage(request);
  }, [shape]);

  return useMemo(() => {
    if (positions === undefined) return undefined;
    return items.flatMap((item) => {
      const place = positions.get(item.id);
      return place === undefined ? [] : [{ item, ...place }];
    });
  }, [items, positions]);
}
