/** How many objects are asked about in one message: as many as take about {@link GOAL_MS}. */
export interface BatchSize {
  readonly current: number;
  note(objects: number, ms: number): void;
}

const GOAL_MS = 100;
const FIRST = 25;
const MIN = 5;
/** What one message holds is copied in one go. */
const MAX = 50;

export function createBatchSize(): BatchSize {
  let current = FIRST;
  return {
    get current() {
      return Math.round(current);
    },
    note(objects, ms) {
      // What was asked of few objects says little about many.
      if (objects * 2 < current) return;
      const fitting = (objects * GOAL_MS) / Math.max(ms, 1);
      current = Math.min(MAX, Math.max(MIN, Math.min(current * 2, (current + fitting) / 2)));
    },
  };
}
