import { messageOf } from '@sekisho/base';
import { Cron } from 'croner';

export interface Schedule {
  /** The last time in (after, until], milliseconds; undefined when there is none. */
  lastBetween(after: number, until: number): number | undefined;
  next(after: number): number | undefined;
}

/** Reads a CronJob's schedule (five fields or a macro such as `@daily`) in its time zone; default UTC. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule | { readonly problem: string } {
  if (/^\s*(?:CRON_)?TZ=/.test(text)) return { problem: 'TZ or CRON_TZ in the schedule is not allowed: use timeZone' };
  let cron: Cron;
  try {
    cron = new Cron(text.trim(), {
      timezone: timeZone ?? 'Etc/UTC',
      ...(text.trim().startsWith('@') ? {} : { mode: '5-part' }),
    });
    // An unknown time zone shows only now.
    cron.nextRun();
  } catch (error) {
    return { problem: messageOf(error) };
  }
  return {
    lastBetween(after, until) {
      // Looks back from `until`, so that a schedule that was missed for months costs no more than one missed once.
      const [last] = cron.previousRuns(1, new Date(Math.floor(until / 1000) * 1000 + 1000));
      if (last === undefined || last.getTime() <= after || last.getTime() > until) return undefined;
      return last.getTime();
    },
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
  };
}
