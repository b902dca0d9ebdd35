/** A time as programs in Go write it: `329.645µs`, `1.2ms`, `2.5s`. */
export function durationText(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)}ns`;
  if (ns < 1e6) return `${trimmed(ns / 1e3)}µs`;
  if (ns < 1e9) return `${trimmed(ns / 1e6)}ms`;
  return `${trimmed(ns / 1e9)}s`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(3)));
}
