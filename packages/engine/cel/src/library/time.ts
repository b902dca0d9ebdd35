import { type CivilTime, civilAt, findZone, UTC, yearDayOf, type Zone } from '@sekisho/base';
import { CelFault } from '../runtime/fault.ts';
import type { Duration, Timestamp } from '../value/time.ts';
import { method, type Overload } from './function.ts';

const MILLISECOND = 1_000_000n;
const DAY_MS = 86_400_000;

/** An IANA name, or an offset as `+02:00` or `02:00`. */
function zoneOf(name: string): Zone {
  const offset = /^([+-]?)(\d{1,2}):(\d\d)$/.exec(name);
  const zone = offset === null ? findZone(name) : fixedZone(name, offset);
  if (zone === undefined) throw new CelFault(`unknown time zone ${JSON.stringify(name.slice(0, 100))}`);
  return zone;
}

function fixedZone(name: string, [, sign, hours, minutes]: RegExpExecArray): Zone | undefined {
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === '-' ? -1 : 1);
  return { name, offsetAt: () => seconds, abbreviationAt: () => name };
}

function dayOfWeek({ year, month, day }: CivilTime): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return (((Math.floor(date.getTime() / DAY_MS) + 4) % 7) + 7) % 7;
}

const PARTS: Readonly<Record<string, (time: CivilTime) => number>> = {
  getFullYear: (time) => time.year,
  getMonth: (time) => time.month - 1,
  getDate: (time) => time.day,
  getDayOfMonth: (time) => time.day - 1,
  getDayOfWeek: dayOfWeek,
  getDayOfYear: (time) => yearDayOf(time) - 1,
  getHours: (time) => time.hour,
  getMinutes: (time) => time.minute,
  getSeconds: (time) => time.second,
  getMilliseconds: (time) => Math.floor(time.nanosecond / 1_000_000),
};

function timestampParts([name, part]: [string, (time: CivilTime) => number]): Overload[] {
  const get = (time: Timestamp, zone: Zone) => BigInt(part(civilAt(time.nanoseconds, zone)));
  return [
    method(`timestamp.${name}()`, (time: Timestamp) => get(time, UTC)),
    method(`timestamp.${name}(string)`, (time: Timestamp, zone: string) => get(time, zoneOf(zone))),
  ];
}

const durationIn = (unit: bigint) => (duration: Duration) => duration.nanoseconds / unit;

export const TIME: readonly Overload[] = [
  ...Object.entries(PARTS).flatMap(timestampParts),
  method('duration.getHours()', durationIn(3_600_000n * MILLISECOND)),
  method('duration.getMinutes()', durationIn(60_000n * MILLISECOND)),
  method('duration.getSeconds()', durationIn(1000n * MILLISECOND)),
  method('duration.getMilliseconds()', (duration: Duration) => (duration.nanoseconds / MILLISECOND) % 1000n),
];
