import { parseDuration } from '../duration.ts';
import type { FieldReader } from '../field-reader.ts';
import type { Pattern } from '../pattern.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** A time in which syncs of some applications are allowed, or denied. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  /** Cron of five fields, as written. */
  readonly schedule: string;
  /** As Go writes it: `1h30m`. */
  readonly duration: string;
  /** IANA name; default UTC. */
  readonly timeZone: string;
  readonly description: string;
  readonly applications: readonly Pattern[];
  /** Of destinations. */
  readonly namespaces: readonly Pattern[];
  /** Names and addresses of destinations. */
  readonly clusters: readonly Pattern[];
  readonly manualSync: boolean;
  readonly syncOverrun: boolean;
  readonly andOperator: boolean;
  readonly times: Schedule;
}

const FIELDS = [
  'kind',
  'schedule',
  'duration',
  'applications',
  'namespaces',
  'clusters',
  'manualSync',
  'timeZone',
  'syncOverrun',
  'andOperator',
  'description',
];

/** One entry of `spec.syncWindows`; undefined when its faults were noted. */
export function readWindow(reader: FieldReader): SyncWindow | undefined {
  reader.onlyFields(FIELDS);
  const kind = reader.text('kind');
  const schedule = reader.text('schedule') ?? '';
  const duration = reader.text('duration') ?? '';
  const timeZone = reader.text('timeZone') || 'UTC';
  const lists = {
    applications: reader.patterns('applications'),
    namespaces: reader.patterns('namespaces'),
    clusters: reader.patterns('clusters'),
  };
  if (kind !== 'allow' && kind !== 'deny') reader.fault('kind', 'must be allow or deny');
  const durationMs = parseDuration(duration);
  if (durationMs === undefined || durationMs < 1) {
    reader.fault('duration', `"${duration}" is no duration`, 'Write it like 1h30m.');
  }
  const parsed = parseSchedule(schedule, durationMs ?? 1, timeZone);
  if ('fault' in parsed) reader.fault('schedule', parsed.fault);
  if (reader.hasFaults() || 'fault' in parsed || (kind !== 'allow' && kind !== 'deny')) return undefined;
  if (!parsed.schedule.everOpens) {
    const effect = kind === 'deny' ? 'it forbids nothing' : 'alone, it keeps its applications from being synced';
    reader.warning('PROJECT_WINDOW_NEVER_OPENS', 'schedule', `"${schedule}" never comes: ${effect}`);
  }
  if (Object.values(lists).every((list) => list.length === 0)) {
    const hint = 'Add applications, namespaces or clusters.';
    reader.warning('PROJECT_WINDOW_EMPTY', '', 'applies to no application', hint);
  }
  return {
    kind,
    schedule,
    duration,
    timeZone,
    description: reader.text('description') ?? '',
    ...lists,
    manualSync: reader.flag('manualSync') ?? false,
    syncOverrun: reader.flag('syncOverrun') ?? false,
    andOperator: reader.flag('andOperator') ?? false,
    times: parsed.schedule,
  };
}
