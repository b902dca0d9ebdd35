import { invalid, required } from '../../schema/field-error.ts';
import { type Errors, type Json, nonNegative, recordAt, textAt } from './report.ts';
import { validateJobSpec } from './workloads.ts';

const maxNameLength = 52;

export function validateCronJob(job: Json, errors: Errors): void {
  const name = textAt(recordAt(job, 'metadata'), 'name');
  // Jobs get eleven characters appended.
  if (name.length > maxNameLength) {
    errors.push(invalid('metadata.name', name, `must be no more than ${maxNameLength} characters`));
  }
  const spec = recordAt(job, 'spec') ?? {};
  const schedule = textAt(spec, 'schedule');
  if (schedule === '') errors.push(required('spec.schedule'));
  else {
    const fault = scheduleFault(schedule);
    if (fault !== undefined) errors.push(invalid('spec.schedule', schedule, fault));
  }
  const zone = spec['timeZone'];
  if (typeof zone === 'string') {
    const fault = timeZoneFault(zone);
    if (fault !== undefined) errors.push(invalid('spec.timeZone', zone, fault));
  }
  for (const key of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) {
    nonNegative(errors, spec, key, 'spec');
  }
  validateJobSpec(recordAt(recordAt(spec, 'jobTemplate'), 'spec') ?? {}, 'spec.jobTemplate.spec', errors);
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The five fields: their bounds, and the names that stand for numbers. */
const fields: readonly { readonly min: number; readonly max: number; readonly names?: readonly string[] }[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];

/** What is wrong with a cron schedule; undefined for a good one. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.includes('TZ=')) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  if (schedule.startsWith('@')) return macroFault(schedule);
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [index, field] of fields.entries()) {
    for (const range of (parts[index] ?? '').split(',')) {
      const fault = rangeFault(range, field);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function macroFault(schedule: string): string | undefined {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return undefined;
  if (/^@every /.test(schedule)) {
    return /^@every ((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(schedule)
      ? undefined
      : `failed to parse duration ${schedule}`;
  }
  return `unrecognized descriptor: ${schedule}`;
}

function rangeFault(
  text: string,
  { min, max, names }: { readonly min: number; readonly max: number; readonly names?: readonly string[] },
): string | undefined {
  const [range = '', step, ...more] = text.split('/');
  const [low = '', high, ...rest] = range.split('-');
  if (more.length > 0) return `too many slashes: ${text}`;
  if (rest.length > 0) return `too many hyphens: ${text}`;
  if (step !== undefined && !/^[1-9]\d*$/.test(step)) {
    return /^0+$/.test(step)
      ? `step of range should be a positive number: ${text}`
      : `failed to parse int from ${step}`;
  }
  if (low === '*' || low === '?') return high === undefined ? undefined : `failed to parse int from ${low}`;
  const start = numberOf(low, min, names);
  const end = high === undefined ? start : numberOf(high, min, names);
  if (start === undefined) return `failed to parse int from ${low}`;
  if (end === undefined) return `failed to parse int from ${high}`;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${text}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return undefined;
}

function numberOf(text: string, min: number, names: readonly string[] | undefined): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + min;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function timeZoneFault(zone: string): string | undefined {
  if (zone === '') return 'timeZone must be nil or non-empty string';
  if (zone.toLowerCase() === 'local') {
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return `unknown time zone ${zone}`;
  }
}
