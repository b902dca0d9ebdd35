import {
  type CivilTime,
  civilAt,
  daysInMonth,
  findZone,
  formatTime,
  instantOf,
  LAYOUTS,
  parseTime,
  quoteGo,
  secondOf,
  TimeParseError,
  UTC,
  weekdayOf,
  type Zone,
} from '@sekisho/base';
import { anyOf, fn, numberType, stringType, tupleOf } from '../types/construct.ts';
import { kindOf } from '../value/kind.ts';
import { BigNumber, isIntegerNumber, numberFromBigInt, toBigInt } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, integerOperand, operandFault, stringOperand, typeFault } from './operand.ts';

const MAX_NS = (1n << 63n) - 1n;
const MIN_NS = -(1n << 63n);
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['d', 86_400_000_000_000n],
  ['w', 604_800_000_000_000n],
  ['y', 31_536_000_000_000_000n],
]);

interface ZonedTime {
  readonly ns: bigint;
  readonly zone: Zone;
  readonly layout: string | undefined;
}

/** `ns`, `[ns, zone]` or `[ns, zone, layout]`. */
function timeOperand(name: string, position: number, value: Value): ZonedTime {
  const parts = Array.isArray(value) ? (value as readonly Value[]) : [value];
  const [ns, zoneName, layout] = parts;
  const isNumber = typeof ns === 'number' || ns instanceof BigNumber;
  if (ns === undefined || (parts.length === 1 && !isNumber)) {
    const wanted = 'must be either number (ns) or [number (ns), string (tz)]';
    throw typeFault(name, `operand ${position} ${wanted} but got ${kindOf(value)}`);
  }
  if (!isNumber) throw operandFault(name, position, ns, 'number');
  const instant = isIntegerNumber(ns) ? toBigInt(ns) : undefined;
  if (instant === undefined || instant > MAX_NS || instant < MIN_NS) throw builtinFault(name, 'timestamp too big');
  let zone: Zone | undefined = UTC;
  if (zoneName !== undefined) {
    const text = stringOperand(name, position, zoneName);
    zone = findZone(text);
    if (zone === undefined) throw builtinFault(name, `unknown time zone ${text}`);
  }
  return { ns: instant, zone, layout: layout === undefined ? undefined : stringOperand(name, position, layout) };
}

function checkedNs(name: string, ns: bigint): Value {
  if (ns > MAX_NS || ns < MIN_NS) throw builtinFault(name, 'time outside of valid range');
  return numberFromBigInt(ns);
}

function parse(name: string, layout: string, text: string): Value {
  try {
    return checkedNs(name, parseTime(LAYOUTS[layout] ?? layout, text));
  } catch (error) {
    throw error instanceof TimeParseError ? builtinFault(name, error.message) : error;
  }
}

function parseDuration(value: Value): Value {
  const name = 'time.parse_duration_ns';
  const text = stringOperand(name, 1, value);
  const invalid = (problem = `invalid duration ${quoteGo(text)}`) => builtinFault(name, `time: ${problem}`);
  const sign = text.startsWith('-') ? -1n : 1n;
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '' || unsigned.length > 1000) throw invalid();
  const part = /(\d*)(?:\.(\d*))?([^\d.]*)/y;
  let total = 0n;
  while (part.lastIndex < unsigned.length) {
    const [, whole = '', fraction = '', unit = ''] = part.exec(unsigned) as RegExpExecArray;
    if (whole === '' && fraction === '') throw invalid();
    if (unit === '') throw invalid(`missing unit in duration ${quoteGo(text)}`);
    const scale = UNITS.get(unit);
    if (scale === undefined) throw invalid(`unknown unit ${quoteGo(unit)} in duration ${quoteGo(text)}`);
    total += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
  }
  if (total > (sign < 0n ? -MIN_NS : MAX_NS)) throw invalid();
  return numberFromBigInt(sign * total);
}

function addDate(value: Value, years: Value, months: Value, days: Value): Value {
  const name = 'time.add_date';
  const { ns, zone } = timeOperand(name, 1, value);
  const civil = civilAt(ns, zone);
  const year = civil.year + integerOperand(name, 2, years);
  const month = civil.month + integerOperand(name, 3, months);
  const day = civil.day + integerOperand(name, 4, days);
  // Whatever leaves these bounds is outside of the valid range, too.
  if (Math.abs(year) > 1e5 || Math.abs(month) > 1e6 || Math.abs(day) > 1e8) {
    throw builtinFault(name, 'time outside of valid range');
  }
  return checkedNs(name, instantOf({ ...civil, year, month, day }, zone));
}

/** Years, months, days, hours, minutes and seconds between, as clocks of the first one's zone show them. */
function diff(a: Value, b: Value): Value {
  const one = timeOperand('time.diff', 1, a);
  const other = timeOperand('time.diff', 2, b);
  const [from, to] = one.ns <= other.ns ? [one.ns, other.ns] : [other.ns, one.ns];
  const start = civilAt(from, one.zone);
  const end = civilAt(to, one.zone);
  let year = end.year - start.year;
  let month = end.month - start.month;
  let day = end.day - start.day;
  let hour = end.hour - start.hour;
  let minute = end.minute - start.minute;
  let second = end.second - start.second;
  if (second < 0) {
    second += 60;
    minute--;
  }
  if (minute < 0) {
    minute += 60;
    hour--;
  }
  if (hour < 0) {
    hour += 24;
    day--;
  }
  if (day < 0) {
    day += daysInMonth(start.year, start.month);
    month--;
  }
  if (month < 0) {
    month += 12;
    year--;
  }
  return [year, month, day, hour, minute, second];
}

function format(value: Value): string {
  const { ns, zone, layout } = timeOperand('time.format', 1, value);
  const second = secondOf(ns);
  const wanted = layout === undefined ? (LAYOUTS.RFC3339Nano as string) : (LAYOUTS[layout] ?? layout);
  return formatTime(wanted, civilAt(ns, zone), zone.offsetAt(second), () => zone.abbreviationAt(second));
}

const zoned = anyOf(numberType, tupleOf([numberType, stringType]));

function ofTime(name: string, result: typeof stringType, evaluate: (time: CivilTime) => Value): Builtin {
  return {
    name,
    type: fn([zoned], result),
    evaluate: (_, value) => {
      const { ns, zone } = timeOperand(name, 1, value as Value);
      return evaluate(civilAt(ns, zone));
    },
  };
}

const three = tupleOf([numberType, numberType, numberType]);
const six = tupleOf([numberType, numberType, numberType, numberType, numberType, numberType]);

export const TIME_BUILTINS: readonly Builtin[] = [
  {
    name: 'time.now_ns',
    type: fn([], numberType),
    nondeterministic: true,
    evaluate: (context: BuiltinContext) => numberFromBigInt(context.nowNs()),
  },
  {
    name: 'time.parse_ns',
    type: fn([stringType, stringType], numberType),
    evaluate: (_, layout, text) => {
      const name = 'time.parse_ns';
      return parse(name, stringOperand(name, 1, layout as Value), stringOperand(name, 2, text as Value));
    },
  },
  {
    name: 'time.parse_rfc3339_ns',
    type: fn([stringType], numberType),
    evaluate: (_, text) =>
      parse('time.parse_rfc3339_ns', 'RFC3339', stringOperand('time.parse_rfc3339_ns', 1, text as Value)),
  },
  {
    name: 'time.parse_duration_ns',
    type: fn([stringType], numberType),
    evaluate: (_, text) => parseDuration(text as Value),
  },
  ofTime('time.date', three, ({ year, month, day }) => [year, month, day]),
  ofTime('time.clock', three, ({ hour, minute, second }) => [hour, minute, second]),
  ofTime('time.weekday', stringType, weekdayOf),
  {
    name: 'time.add_date',
    type: fn([numberType, numberType, numberType, numberType], numberType),
    evaluate: (_, ns, years, months, days) => addDate(ns as Value, years as Value, months as Value, days as Value),
  },
  { name: 'time.diff', type: fn([zoned, zoned], six), evaluate: (_, a, b) => diff(a as Value, b as Value) },
  {
    name: 'time.format',
    type: fn(
      [anyOf(numberType, tupleOf([numberType, stringType]), tupleOf([numberType, stringType, stringType]))],
      stringType,
    ),
    evaluate: (_, value) => format(value as Value),
  },
];
