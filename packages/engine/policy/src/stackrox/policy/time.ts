import { parseTime, TimeParseError } from '@sekisho/base';

/** Milliseconds since 1970 of an RFC 3339 time; undefined when it is none. */
export function millisecondsOf(time: string): number | undefined {
  try {
    return Number(parseTime('2006-01-02T15:04:05Z07:00', time) / 1_000_000n);
  } catch (error) {
    if (error instanceof TimeParseError) return undefined;
    throw error;
  }
}
