import type { Zone } from './time-zone.ts';

/** A date and time of day as clocks show it, in the calendar that goes on for ever (proleptic Gregorian). */
export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

const SECOND = 1_000_000_000n;
const DAY = 86_400;

export const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const;
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970; months and days beyond their range carry over. */
export function daysOf(year: number, month: number, day: number): number {
  const carried = year + Math.floor((month - 1) / 12);
  const index = (((month - 1) % 12) + 12) % 12;
  const date = new Date(0);
  date.setUTCFullYear(carried, index, 1);
  return Math.round(date.getTime() / 1000 / DAY) + day - 1;
}

/** Whole seconds since 1970, rounded down. */
export function secondOf(ns: bigint): number {
  const second = ns / SECOND;
  return Number(ns % SECOND < 0n ? second - 1n : second);
}

export function civilAt(ns: bigint, zone: Zone): CivilTime {
  const utc = secondOf(ns);
  const nanosecond = Number(ns - BigInt(utc) * SECOND);
  const local = utc + zone.offsetAt(utc);
  const date = new Date(local * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
  };
}

/** The instant at which clocks of a zone show a time, in nanoseconds since 1970. */
export function instantOf(time: CivilTime, zone: Zone): bigint {
  const local = daysOf(time.year, time.month, time.day) * DAY + time.hour * 3600 + time.minute * 60 + time.second;
  let utc = local - zone.offsetAt(local);
  const offset = zone.offsetAt(utc);
  // The offset of the guess was another's.
  if (utc + offset !== local) utc = local - offset;
  return BigInt(utc) * SECOND + BigInt(time.nanosecond);
}

export function weekdayOf({ year, month, day }: CivilTime): string {
  return WEEKDAYS[(((daysOf(year, month, day) + 4) % 7) + 7) % 7] as string;
}

export function yearDayOf({ year, month, day }: CivilTime): number {
  return daysOf(year, month, day) - daysOf(year, 1, 1) + 1;
}
