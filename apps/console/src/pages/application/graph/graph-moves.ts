import type { PlacedItem } from './use-layout.ts';

/** Where an arrow key leads: along the lines to the left and right, within a column up and down. */
export function moveFrom(placed: readonly PlacedItem[], current: string, key: string): string | undefined {
  const here = placed.find(({ item }) => item.id === current);
  if (here === undefined) return placed[0]?.item.id;
  switch (key) {
    case 'ArrowLeft':
      return here.item.parent;
    case 'ArrowRight':
      return nearest(
        placed.filter(({ item }) => item.parent === current),
        here.y,
      );
    case 'ArrowUp':
      return column(placed, here).findLast(({ y }) => y < here.y)?.item.id;
    case 'ArrowDown':
      return column(placed, here).find(({ y }) => y > here.y)?.item.id;
    case 'Home':
      return placed[0]?.item.id;
    case 'End':
      return placed.at(-1)?.item.id;
    default:
      return undefined;
  }
}

function column(placed: readonly PlacedItem[], { x }: PlacedItem): PlacedItem[] {
  return placed.filter((other) => Math.abs(other.x - x) < 1).sort((a, b) => a.y - b.y);
}

function nearest(candidates: readonly PlacedItem[], y: number): string | undefined {
  return [...candidates].sort((a, b) => Math.abs(a.y - y) - Math.abs(b.y - y))[0]?.item.id;
}
