import { civilAt, parseTime, TimeParseError, UTC } from '@sekisho/base';
import { CelFault } from '../runtime/fault.ts';

const SECOND = 1_000_000_000n;
const MIN_TIMESTAMP = -62_135_596_800n * SECOND;
const MAX_TIMESTAMP = 253_402_300_800n * SECOND - 1n;
const MAX_DURATION = 315_576_000_000n * SECOND;
const MAX_INT = 2n ** 63n - 1n;

/** An instant from year 1 to 9999. */
export class Timestamp {
  /** Since 1970. */
  readonly nanoseconds: bigint;

  /** Throws `CelFault` out of range. */
  constructor(nanoseconds: bigint) {
    if (nanoseconds < MIN_TIMESTAMP || nanoseconds > MAX_TIMESTAMP) throw new CelFault('timestamp range error');
    this.nanoseconds = nanoseconds;
  }

  toString(): string {
    const { year, month, day, hour, minute, second, nanosecond } = civilAt(this.nanoseconds, UTC);
    const two = (part: number) => String(part).padStart(2, '0');
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
    return `${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction(nanosecond)}Z`;
  }
}

export class Duration {
  readonly nanoseconds: bigint;

  /** Throws `CelFault` out of range, which is that of 64 bits of nanoseconds as in Go. */
  constructor(nanoseconds: bigint) {
    if (nanoseconds < -MAX_INT - 1n || nanoseconds > MAX_INT) throw new CelFault('duration range error');
    this.nanoseconds = nanoseconds;
  }

  /** `6347s`, `0.5s` */
  toString(): string {
    const sign = this.nanoseconds < 0n ? '-' : '';
    const size = this.nanoseconds < 0n ? -this.nanoseconds : this.nanoseconds;
    return `${sign}${size / SECOND}${fraction(Number(size % SECOND))}s`;
  }
}

function fraction(nanosecond: number): string {
  return nanosecond === 0 ? '' : `.${String(nanosecond).padStart(9, '0').replace(/0+$/, '')}`;
}

export function parseTimestamp(text: string): Timestamp {
  if (!/^\d{4}-\d\d-\d\d[Tt]/.test(text)) throw new CelFault(`invalid timestamp ${JSON.stringify(text.slice(0, 100))}`);
  try {
    return new Timestamp(parseTime('2006-01-02T15:04:05Z07:00', text));
  } catch (error) {
    if (error instanceof TimeParseError) throw new CelFault(`invalid timestamp ${JSON.stringify(text.slice(0, 100))}`);
    throw error;
  }
}

const UNITS: Readonly<Record<string, bigint>> = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ns: 1n,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|μs|ns|h|m|s)/y;

/** As Go writes durations, `1h30m` or `-1.5s`. */
export function parseDuration(text: string): Duration {
  const invalid = () => new CelFault(`invalid duration ${JSON.stringify(text.slice(0, 100))}`);
  if (text.length > 200) throw invalid();
  const isNegative = text.startsWith('-');
  let at = isNegative || text.startsWith('+') ? 1 : 0;
  if (text.slice(at) === '0') return new Duration(0n);
  if (at === text.length) throw invalid();
  let total = 0n;
  while (at < text.length) {
    PART.lastIndex = at;
    const part = PART.exec(text);
    if (part === null) throw invalid();
    total += partNanoseconds(part[1] ?? '', UNITS[part[2] ?? ''] ?? 0n);
    at = PART.lastIndex;
  }
  if (total > MAX_DURATION) throw new CelFault('duration range error');
  return new Duration(isNegative ? -total : total);
}

function partNanoseconds(number: string, unit: bigint): bigint {
  const [whole = '', part = ''] = number.split('.');
  return BigInt(whole || '0') * unit + (BigInt(part || '0') * unit) / 10n ** BigInt(part.length);
}
