import { parseZonedTime, TimeParseError, UTC } from '@sekisho/base';
import { goFunction, Integer, type TemplateFunction, TemplateFunctionError, type Value } from '@sekisho/gotemplate';
import { toInt64 } from './cast.ts';
import type { FunctionContext } from './context.ts';
import { formatDuration, parseDuration, roundDuration } from './duration.ts';
import { fixedZone, formatted, goTime, timeOf, ZERO_TIME, type ZonedTime, zoneOr } from './time-value.ts';

const ANY = 'interface {}';
const S = 'string';
const TIME = 'time.Time';
const SECOND = 1_000_000_000n;

/** The local zone of a render is UTC, wherever it runs. */
export function dateFunctions({ now }: FunctionContext): Record<string, TemplateFunction> {
  /** Times as they are, integers as seconds since 1970, all else is now. */
  const timeFrom = (value: Value): ZonedTime => {
    const time = timeOf(value);
    if (time !== undefined) return time;
    const isSeconds =
      typeof value === 'bigint' || (value instanceof Integer && ['int64', 'int32'].includes(value.type));
    return { nanoseconds: isSeconds ? toInt64(value) * SECOND : now(), zone: UTC };
  };
  const inZone = (layout: string, value: Value, zone: string): string =>
    formatted(layout, { ...timeFrom(value), zone: zoneOr(zone) });
  const modify = (duration: string, value: Value): Value => {
    const time = timeOf(value) ?? ZERO_TIME;
    return goTime({ ...time, nanoseconds: time.nanoseconds + parseDuration(duration) });
  };
  const modifyOrKeep = (duration: string, value: Value): Value => orElse(() => modify(duration, value), value);
  return {
    now: goFunction([], () => goTime({ nanoseconds: now(), zone: UTC })),
    date: goFunction([S, ANY], (layout: string, value: Value) => inZone(layout, value, 'UTC')),
    dateInZone: goFunction([S, ANY, S], inZone),
    date_in_zone: goFunction([S, ANY, S], inZone),
    htmlDate: goFunction([ANY], (value: Value) => inZone('2006-01-02', value, 'UTC')),
    htmlDateInZone: goFunction([ANY, S], (value: Value, zone: string) => inZone('2006-01-02', value, zone)),
    dateModify: goFunction([S, TIME], modifyOrKeep),
    date_modify: goFunction([S, TIME], modifyOrKeep),
    mustDateModify: goFunction([S, TIME], modify),
    must_date_modify: goFunction([S, TIME], modify),
    toDate: goFunction([S, S], (layout: string, text: string) => orElse(() => toDate(layout, text), goTime(ZERO_TIME))),
    mustToDate: goFunction([S, S], toDate),
    unixEpoch: goFunction([TIME], (value: Value) => String((timeOf(value)?.nanoseconds ?? 0n) / SECOND)),
    ago: goFunction([ANY], (value: Value) => {
      const passed = now() - timeFrom(value).nanoseconds;
      // Go rounds to whole seconds, half away from zero.
      const half = passed < 0n ? -SECOND / 2n : SECOND / 2n;
      return formatDuration(((passed + half) / SECOND) * SECOND);
    }),
    duration: goFunction([ANY], (value: Value) => formatDuration(secondsOf(value) * SECOND)),
    durationRound: goFunction([ANY], (value: Value) => roundDuration(roundedFrom(value, now))),
  };
}

function orElse(run: () => Value, fallback: Value): Value {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateFunctionError) return fallback;
    throw error;
  }
}

function toDate(layout: string, text: string): Value {
  try {
    const { nanoseconds, offset, zone } = parseZonedTime(layout, text);
    return goTime({ nanoseconds, zone: fixedZone(offset, zone) });
  } catch (error) {
    throw error instanceof TimeParseError ? new TemplateFunctionError(error.message) : error;
  }
}

function isInt64(value: Value): value is Integer {
  return value instanceof Integer && value.type === 'int64';
}

function secondsOf(value: Value): bigint {
  return typeof value === 'string' || isInt64(value) ? toInt64(value) : 0n;
}

function roundedFrom(value: Value, now: () => bigint): bigint {
  if (typeof value === 'string') {
    try {
      return parseDuration(value);
    } catch {
      return 0n;
    }
  }
  if (isInt64(value)) return value.value;
  const time = timeOf(value);
  return time === undefined ? 0n : now() - time.nanoseconds;
}
