const STEPS: readonly (readonly [limitSeconds: number, unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  [60, 'second', 1],
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [86_400 * 14, 'day', 86_400],
  [86_400 * 60, 'week', 86_400 * 7],
  [86_400 * 730, 'month', 86_400 * 30],
  [Number.POSITIVE_INFINITY, 'year', 86_400 * 365],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** `3 minutes ago`, `in 2 hours`, `just now`. */
export function formatRelative(time: number, now: number): string {
  const seconds = (time - now) / 1000;
  if (Math.abs(seconds) < 5) return 'just now';
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? ['', 'second', 1];
  return relative.format(Math.trunc(seconds / size), unit as Intl.RelativeTimeFormatUnit);
}

/** With seconds and time zone. */
export function formatAbsolute(time: number): string {
  return absolute.format(time);
}

/** `1m 20s`, `340 ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** Milliseconds since 1970 of what an API wrote (text, or seconds as tokens have); undefined when it is no time. */
export function toTime(value: string | number | undefined | null): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const time = typeof value === 'number' ? (value < 1e11 ? value * 1000 : value) : Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
