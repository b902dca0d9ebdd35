import { Cron } from 'croner';

/** When a window is open. */
export interface WindowState {
  readonly open: boolean;
  /** When that may change, ms since 1970; undefined when it never will. */
  readonly changesAt: number | undefined;
  /** It will not change before, and nobody has looked further. */
  readonly atLeast?: true;
}

/** Times of a window: it opens whenever its cron says so and stays open for a while. */
export interface Schedule {
  /** @param now ms since 1970 */
  stateAt(now: number): WindowState;
  /** Whether it opens at all: 30 February never comes. */
  readonly everOpens: boolean;
}

export type ParsedSchedule = { readonly schedule: Schedule } | { readonly fault: string };

/** How many openings that run into each other are followed; who asks again later is told of the rest. */
const MAX_CHAIN = 20;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface FieldRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly FieldRange[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day of week', from: 0, to: 7, names: WEEKDAYS },
];

/**
 * Reads five fields as Argo CD's cron does: `*`, `?`, numbers, names of months and days, ranges, steps and lists. A day
 * of month and a day of week are either-or when both are restricted.
 *
 * @param timeZone IANA name; local times that a clock change skips or repeats are those of the zone
 */
export function parseSchedule(cron: string, durationMs: number, timeZone: string): ParsedSchedule {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return { fault: `the schedule "${cron}" has ${fields.length} fields; it needs 5: minute hour day month weekday` };
  }
  const sets: Set<number>[] = [];
  for (const [i, range] of FIELDS.entries()) {
    const set = parseField(fields[i] ?? '', range);
    if (typeof set === 'string') return { fault: `the schedule "${cron}": ${set}` };
    sets.push(set);
  }
  if (!isTimeZone(timeZone)) return { fault: `"${timeZone}" is no known time zone; use a name like Europe/Berlin` };
  const isAnyDay = /^[*?]/.test(fields[2] ?? '');
  const isAnyWeekday = /^[*?]/.test(fields[4] ?? '');
  const [minutes = new Set(), hours = new Set(), days = new Set(), months = new Set(), weekdays = new Set()] = sets;
  const list = (set: Set<number>) => [...set].sort((a, b) => a - b).join(',');
  const pattern = [
    list(minutes),
    list(hours),
    isAnyDay && days.size === 31 ? '*' : list(days),
    list(months),
    isAnyWeekday && weekdays.size >= 7 ? '*' : list(weekdays),
  ].join(' ');
  const everOpens =
    !(isAnyDay || isAnyWeekday) || [...months].some((month) => Math.min(...days) <= (DAYS[month - 1] ?? 0));
  // A star with a step still counts as "any": both must be met then.
  const cronOptions = {
    timezone: timeZone,
    paused: true,
    mode: '5-part',
    domAndDow: isAnyDay || isAnyWeekday,
  } as const;
  return { schedule: everOpens ? openings(new Cron(pattern, cronOptions), durationMs) : NEVER };
}

const NEVER: Schedule = { everOpens: false, stateAt: () => ({ open: false, changesAt: undefined }) };

function openings(cron: Cron, durationMs: number): Schedule {
  const after = (ms: number): number | undefined => cron.nextRun(new Date(ms))?.getTime();
  // Many applications ask at about the same time.
  let known: { from: number; state: WindowState } | undefined;

  function compute(now: number): WindowState {
    const start = after(now - durationMs);
    if (start === undefined || start > now) return { open: false, changesAt: start };
    let last = start;
    for (let i = 0; i < MAX_CHAIN; i++) {
      const next = after(last);
      if (next === undefined || next > last + durationMs) return { open: true, changesAt: last + durationMs };
      last = next;
    }
    return { open: true, changesAt: last + durationMs, atLeast: true };
  }

  return {
    everOpens: true,
    stateAt(now) {
      if (known === undefined || now < known.from || now >= (known.state.changesAt ?? Number.POSITIVE_INFINITY)) {
        known = { from: now, state: compute(now) };
      }
      return known.state;
    },
  };
}

/** The values of a field, or what is wrong with it. */
function parseField(text: string, range: FieldRange): Set<number> | string {
  const values = new Set<number>();
  const wrong = `"${text}" is no ${range.name} (${range.from}-${range.to})`;
  for (const part of text.split(',')) {
    const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(part);
    if (match === null) return wrong;
    const [, star, first = '', second, stepText] = match;
    const from = star === undefined ? numberOf(first, range) : range.from;
    const highest = range.to === 7 && star !== undefined ? 6 : range.to;
    const to =
      star !== undefined || (second === undefined && stepText !== undefined)
        ? highest
        : second === undefined
          ? from
          : numberOf(second, range);
    const step = stepText === undefined ? 1 : Number(stepText);
    if (from === undefined || to === undefined || step === 0) return wrong;
    if (from > to) return `"${part}" begins after it ends`;
    for (let value = from; value <= to; value += step) values.add(range.to === 7 ? value % 7 : value);
  }
  return values;
}

function numberOf(text: string, { from, to, names }: FieldRange): number | undefined {
  const index = names?.indexOf(text.toUpperCase()) ?? -1;
  if (index >= 0) return index + from;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= from && value <= to ? value : undefined;
}

const timeZones = new Map<string, boolean>();

function isTimeZone(name: string): boolean {
  const known = timeZones.get(name);
  if (known !== undefined) return known;
  let isKnown = true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    isKnown = false;
  }
  if (timeZones.size < 1000) timeZones.set(name, isKnown);
  return isKnown;
}
