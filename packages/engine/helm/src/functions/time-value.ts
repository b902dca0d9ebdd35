import { civilAt, findZone, formatTime, MONTHS, secondOf, UTC, weekdayOf, yearDayOf, type Zone } from '@sekisho/base';
import { GoObject, Integer, int64, integerOf, type Value } from '@sekisho/gotemplate';

/** A `time.Time`. */
export interface ZonedTime {
  /** Since 1970. */
  readonly nanoseconds: bigint;
  readonly zone: Zone;
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const STRING_LAYOUT = '2006-01-02 15:04:05.999999999 -0700 MST';
/** Year 1, Go's zero. */
export const ZERO_TIME: ZonedTime = { nanoseconds: -62_135_596_800_000_000_000n, zone: UTC };

/** Zone of a text that says an offset, and perhaps a name. */
export function fixedZone(offset: number, name: string): Zone {
  if (offset === 0 && (name === '' || name === 'UTC')) return UTC;
  const minutes = Math.abs(Math.trunc(offset / 60));
  const sign = offset < 0 ? '-' : '+';
  const numeric = `${sign}${String(Math.trunc(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
  return { name, offsetAt: () => offset, abbreviationAt: () => (name === '' ? numeric : name) };
}

export function formatted(layout: string, { nanoseconds, zone }: ZonedTime): string {
  const second = secondOf(nanoseconds);
  return formatTime(layout, civilAt(nanoseconds, zone), zone.offsetAt(second), () => zone.abbreviationAt(second));
}

export function toRfc3339(time: ZonedTime): string {
  return formatted('2006-01-02T15:04:05.999999999Z07:00', time);
}

/** The time behind a value that {@link goTime} made. */
export function timeOf(value: Value): ZonedTime | undefined {
  return value instanceof GoObject && value.type === 'time.Time' ? (value.inner as ZonedTime) : undefined;
}

/** A `time.Time` with the methods that charts call. */
export function goTime(time: ZonedTime): GoObject {
  const civil = civilAt(time.nanoseconds, time.zone);
  const second = secondOf(time.nanoseconds);
  const at = (nanoseconds: bigint, zone = time.zone): GoObject => goTime({ nanoseconds, zone });
  const other = (value: Value): bigint => timeOf(value)?.nanoseconds ?? 0n;
  return new GoObject({
    type: 'time.Time',
    inner: time,
    text: () => formatted(STRING_LAYOUT, time),
    methods: {
      Format: (layout) => formatted(String(layout), time),
      String: () => formatted(STRING_LAYOUT, time),
      Unix: () => int64(second),
      UnixMilli: () => int64(time.nanoseconds / 1_000_000n),
      UnixNano: () => int64(time.nanoseconds),
      Year: () => BigInt(civil.year),
      Month: () => named('time.Month', civil.month, MONTHS[civil.month - 1] ?? ''),
      Day: () => BigInt(civil.day),
      Hour: () => BigInt(civil.hour),
      Minute: () => BigInt(civil.minute),
      Second: () => BigInt(civil.second),
      Nanosecond: () => BigInt(civil.nanosecond),
      YearDay: () => BigInt(yearDayOf(civil)),
      Weekday: () => named('time.Weekday', WEEKDAYS.indexOf(weekdayOf(civil)), weekdayOf(civil)),
      IsZero: () => time.nanoseconds === ZERO_TIME.nanoseconds,
      UTC: () => at(time.nanoseconds, UTC),
      Local: () => at(time.nanoseconds, UTC),
      Add: (duration) => at(time.nanoseconds + (integerOf(duration) ?? 0n)),
      AddDate: (years, months, days) => {
        const date = new Date(0);
        date.setUTCFullYear(
          civil.year + Number(integerOf(years) ?? 0n),
          civil.month - 1 + Number(integerOf(months) ?? 0n),
          civil.day + Number(integerOf(days) ?? 0n),
        );
        const before = new Date(0);
        before.setUTCFullYear(civil.year, civil.month - 1, civil.day);
        return at(time.nanoseconds + BigInt(date.getTime() - before.getTime()) * 1_000_000n);
      },
      After: (value) => time.nanoseconds > other(value),
      Before: (value) => time.nanoseconds < other(value),
      Equal: (value) => time.nanoseconds === other(value),
    },
  });
}

/** An integer whose text is a name. */
class NamedInteger extends Integer {
  readonly #name: string;
  constructor(type: 'time.Month' | 'time.Weekday', value: bigint, name: string) {
    super(type, value);
    this.#name = name;
  }
  override toString(): string {
    return this.#name;
  }
}

function named(type: 'time.Month' | 'time.Weekday', value: number, name: string): Integer {
  return new NamedInteger(type, BigInt(value), name);
}

/** The zone of that name; UTC when there is none, as Sprig has it. */
export function zoneOr(name: string): Zone {
  return findZone(name) ?? UTC;
}
