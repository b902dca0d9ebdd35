import { matchesAny } from '../pattern.ts';
import type { SyncWindow } from './window.ts';

/** What windows look at of an application. */
export interface WindowedApplication {
  readonly name: string;
  readonly destination: {
    readonly server?: string | undefined;
    readonly name?: string | undefined;
    readonly namespace: string;
  };
}

export interface WindowDecision {
  readonly allowed: boolean;
  /** Why not: which window, until when. */
  readonly reason?: string;
  /** Those that apply to the application and are open now. */
  readonly active: readonly SyncWindow[];
  /** All that apply to it. */
  readonly relevant: readonly SyncWindow[];
  /** When the answer may change, ms since 1970; absent when it never will. */
  readonly nextChangeAt?: number;
}

/**
 * Whether a sync may run now. No window applies: yes. An open deny window: no. Allow windows apply: one must be open. A
 * manual sync may run anyway when all windows in its way have `manualSync`. A sync that began when it was allowed may end
 * when all windows in its way have `syncOverrun`.
 *
 * @param options now, startedAt: ms since 1970; startedAt: of a sync that is running
 */
export function windowDecision(
  windows: readonly SyncWindow[],
  application: WindowedApplication,
  options: { now: number; manual: boolean; startedAt?: number },
): WindowDecision {
  const { now, manual, startedAt } = options;
  const relevant = windows.filter((window) => appliesTo(window, application));
  const active = openAt(relevant, now);
  const changes = relevant.map((window) => window.times.stateAt(now).changesAt).filter((at) => at !== undefined);
  const next = changes.length === 0 ? {} : { nextChangeAt: Math.min(...changes) };
  const obstacles = obstaclesAt(relevant, now);
  const allowed =
    obstacles.length === 0 ||
    (manual && obstacles.every((window) => window.manualSync)) ||
    (startedAt !== undefined && mayEnd(relevant, obstacles, { now, manual, startedAt }));
  return { allowed, active, relevant, ...next, ...(allowed ? {} : { reason: reasonOf(obstacles, now) }) };
}

/** Whether a window speaks of an application: one of its lists matches, or with `andOperator` all that it has. */
export function appliesTo(window: SyncWindow, { name, destination }: WindowedApplication): boolean {
  const answers: boolean[] = [];
  if (window.applications.length > 0) answers.push(matchesAny(window.applications, name));
  if (window.namespaces.length > 0) answers.push(matchesAny(window.namespaces, destination.namespace));
  if (window.clusters.length > 0) {
    const names = [destination.name, destination.server].filter((value) => value !== undefined && value !== '');
    answers.push(names.some((value) => matchesAny(window.clusters, value as string)));
  }
  if (answers.length === 0) return false;
  return window.andOperator ? answers.every(Boolean) : answers.some(Boolean);
}

/** Windows that stand in the way: open deny windows, else allow windows when none of them is open. */
function obstaclesAt(relevant: readonly SyncWindow[], at: number): SyncWindow[] {
  const active = openAt(relevant, at);
  const denies = active.filter((window) => window.kind === 'deny');
  if (denies.length > 0) return denies;
  if (active.some((window) => window.kind === 'allow')) return [];
  return relevant.filter((window) => window.kind === 'allow');
}

function mayEnd(
  relevant: readonly SyncWindow[],
  obstacles: readonly SyncWindow[],
  { now, manual, startedAt }: { now: number; manual: boolean; startedAt: number },
): boolean {
  if (startedAt >= now) return false;
  const then = obstaclesAt(relevant, startedAt);
  if (then.length > 0 && !(manual && then.every((window) => window.manualSync))) return false;
  const [first] = obstacles;
  // What let it begin decides: of the allow windows, those that were open.
  const deciding = first?.kind === 'deny' ? obstacles : openAt(obstacles, startedAt);
  return deciding.length > 0 && deciding.every((window) => window.syncOverrun);
}

function openAt(windows: readonly SyncWindow[], at: number): SyncWindow[] {
  return windows.filter((window) => window.times.stateAt(at).open);
}

function reasonOf(obstacles: readonly SyncWindow[], now: number): string {
  const [first] = obstacles;
  if (first === undefined) return '';
  const states = obstacles.map((window) => window.times.stateAt(now));
  const changes = states.map(({ changesAt }) => changesAt).filter((at) => at !== undefined);
  if (first.kind === 'deny') {
    const atLeast = states.some((state) => state.atLeast) ? ' at least' : '';
    // Only when the last of them has ended is the way free.
    const until = changes.length < obstacles.length ? '' : ` until ${formatTime(Math.max(...changes))}${atLeast}`;
    return `the deny window ${describeWindow(first)} is open${until}`;
  }
  if (changes.length === 0) return `no allow window is open, and ${describeWindow(first)} never opens`;
  return `no allow window is open; the next one opens at ${formatTime(Math.min(...changes))}`;
}

/** `"0 9 * * 1-5" (8h, Europe/Berlin)`. */
export function describeWindow({ schedule, duration, timeZone }: SyncWindow): string {
  return `"${schedule}" (${duration}${timeZone === 'UTC' ? '' : `, ${timeZone}`})`;
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
