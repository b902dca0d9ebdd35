import type { Figure } from '../shape.ts';

/** Met when the value is below the goal. */
export function figure(name: string, value: number, unit: string, goal?: number): Figure {
  const rounded = Math.round(value * 100) / 100;
  return {
    name,
    value: rounded,
    unit,
    ...(goal === undefined ? {} : { goal: `< ${goal} ${unit}`, met: value < goal }),
  };
}

/** Met when the value is at least the goal: how many times as fast, say. */
export function atLeast(name: string, value: number, goal: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit: 'x', goal: `>= ${goal} x`, met: value >= goal };
}

/** @param p  0 to 100 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** 0 to count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
