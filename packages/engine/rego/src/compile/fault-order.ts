import type { RegoFault } from '../fault.ts';

/** Faults by file and place; those without a place first. Those of one place stay in their order. */
export function byLocation(faults: readonly RegoFault[]): readonly RegoFault[] {
  return [...faults].sort((a, b) => {
    if (!a.location || !b.location) return Number(b.location === undefined) - Number(a.location === undefined);
    if (a.location.file !== b.location.file) return a.location.file < b.location.file ? -1 : 1;
    return a.location.row - b.location.row || a.location.col - b.location.col;
  });
}
