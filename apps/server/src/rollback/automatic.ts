import type { Clock } from '@sekisho/base';
import {
  type ApplicationComparison,
  type ApplicationCondition,
  type OperationState,
  parseDurationMs,
} from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';
import type { Sources } from '../applications/sources.ts';
import { revisionsOf } from './healthy-releases.ts';
import { inputsAt, sameInputs } from './rollback-plan.ts';
import { type RevisionSet, rollbackOf, shortSet } from './rollback-state.ts';
import { lastGood, type RollbackStart } from './rollbacks.ts';

/** On an Application: how long a release may take to be Healthy, such as `5m` or `5m pull-request`. */
export const AUTO_ROLLBACK_ANNOTATION = 'sekisho.dev/auto-rollback';

export interface AutoRollbackPolicy {
  readonly withinMs: number;
  readonly pullRequest: boolean;
}

/** @returns undefined without the annotation; a text that says what is wrong with it */
export function parseAutoRollback(value: string | undefined): AutoRollbackPolicy | string | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const [duration = '', mode, ...rest] = value.trim().split(/[\s,]+/);
  const withinMs = parseDurationMs(duration);
  const isMode = mode === undefined || mode === 'commit' || mode === 'pull-request';
  if (withinMs === undefined || withinMs <= 0 || !isMode || rest.length > 0) {
    return `${AUTO_ROLLBACK_ANNOTATION}: ${JSON.stringify(value.slice(0, 80))} is not like 5m, 90s or 5m pull-request; nothing is rolled back automatically`;
  }
  return { withinMs, pullRequest: mode === 'pull-request' };
}

export interface Verdict {
  readonly conditions: readonly ApplicationCondition[];
  /** Look again then. */
  readonly afterMs?: number;
  readonly start?: RollbackStart;
}

const FINE: Verdict = { conditions: [] };
/** More are not remembered: each release is judged when it is new. */
const MAX_JUDGED = 20;

/**
 * Judges the newest release: one that is Degraded within the time after its sync, or not Healthy at its end, is to be taken
 * back to the last release that was good; also one whose sync waits for the health of a wave for that long. Each bad release is
 * taken back once; a release that goes back is never judged, as nothing before it is better known.
 *
 * @param comparison  of this moment; undefined while the cluster or git can't be seen, and then nothing is judged
 * @param operationState  of an operation that goes on or has just ended; undefined: the Application's status tells of the last one
 */
export async function judgeRelease(input: {
  readonly application: Application;
  readonly comparison: ApplicationComparison | undefined;
  readonly operationState: OperationState | undefined;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<Verdict> {
  const { application, comparison, sources, signal } = input;
  const { object, name } = application;
  const policy = parseAutoRollback(object.metadata.annotations?.[AUTO_ROLLBACK_ANNOTATION]);
  if (policy === undefined) return FINE;
  if (typeof policy === 'string') return warn(policy);
  const sync = input.operationState === undefined ? lastSync(object) : runningSync(input.operationState);
  if (sync === undefined || comparison === undefined || rollbackOf(object)?.phase === 'Running') return FINE;

  const { status, message = '' } = comparison.health;
  const leftMs = sync.sinceMs + policy.withinMs - input.clock.now();
  const isTimeUp = leftMs <= 0;
  if (status === 'Healthy' || status === 'Suspended' || status === 'Unknown') {
    return isTimeUp ? FINE : { conditions: [], afterMs: leftMs };
  }
  // The status tells times in whole seconds.
  const isDegraded = status === 'Degraded' && degradedSinceMs(object) + 1000 > sync.startedAtMs;
  const isLate = sync.waits === undefined ? !wasHealthy(object, sync.revisions) : sync.waits;
  const isBad = isTimeUp ? isLate : isDegraded;
  if (!isBad) return isTimeUp ? FINE : { conditions: [], afterMs: leftMs };

  // A commit that is gone is judged by its id.
  const bad = await inputsAt(sources, application, sync.revisions, signal).catch(() => []);
  const judged = judgedBefore(object);
  for (const revisions of judged) {
    if (revisions === sync.revisions.join('+') || (await hasInputs(revisions))) return FINE;
  }
  const good = await lastGood(application, bad, sources, signal);
  const when = ` ${seconds(policy.withinMs)} after its sync${sync.waits === undefined ? '' : ' began'}`;
  const what = `${shortSet(sync.revisions.join('+'))} is ${status}${isTimeUp ? when : ''}`;
  if (good === undefined) {
    return warn(`${what}: not rolled back, no earlier release in status.history was Succeeded and Healthy`);
  }
  return {
    conditions: [],
    start: {
      to: good,
      reason: `${name} at ${what}${message === '' ? '' : `: ${message}`}`,
      initiatedBy: { username: 'auto-rollback', automatic: true },
      pullRequest: policy.pullRequest,
      status: { autoRollback: { judged: [...judged, sync.revisions.join('+')].slice(-MAX_JUDGED) } },
    },
  };

  async function hasInputs(revisions: RevisionSet): Promise<boolean> {
    const parts = revisions.split('+');
    if (bad.length === 0 || parts.length !== bad.length) return false;
    return inputsAt(sources, application, parts, signal).then(
      (inputs) => sameInputs(inputs, bad),
      () => false,
    );
  }
}

function warn(message: string): Verdict {
  return { conditions: [{ type: 'AutoRollbackWarning', message }] };
}

type Object = Application['object'];

/** A sync of everything that is to be judged. */
interface JudgedSync {
  readonly revisions: readonly string[];
  readonly startedAtMs: number;
  /** When the time that it has begins. */
  readonly sinceMs: number;
  /** Of one that goes on: whether it waits for the health of what it has applied, and not for a hook, say. */
  readonly waits?: boolean;
}

/** The last sync when it is over. */
function lastSync(object: Object): JudgedSync | undefined {
  if (object['operation'] !== undefined) return undefined;
  const state = asRecord(asRecord(object['status'])['operationState']);
  const finishedAtMs = Date.parse(String(state['finishedAt']));
  return Number.isNaN(finishedAtMs) ? undefined : wholeSync(state, finishedAtMs);
}

function runningSync(state: OperationState): JudgedSync | undefined {
  if (state.phase !== 'Running') return undefined;
  const sync = wholeSync(asRecord(state), Date.parse(state.startedAt));
  return sync === undefined ? undefined : { ...sync, waits: state.message.startsWith('waiting for healthy state of ') };
}

function wholeSync(state: Readonly<Record<string, unknown>>, sinceMs: number): JudgedSync | undefined {
  const { resources, dryRun } = asRecord(asRecord(state['operation'])['sync']);
  const revisions = revisionsOf(asRecord(state['syncResult']));
  const startedAtMs = Date.parse(String(state['startedAt']));
  const isWhole = dryRun !== true && !(Array.isArray(resources) && resources.length > 0);
  if (!isWhole || revisions.length === 0 || Number.isNaN(startedAtMs)) return undefined;
  return { revisions, startedAtMs, sinceMs };
}

/** A Degraded that was there before the sync is not the sync's fault. */
function degradedSinceMs(object: Object): number {
  const { lastTransitionTime, status } = asRecord(asRecord(object['status'])['health']);
  if (status !== 'Degraded') return Number.POSITIVE_INFINITY;
  const at = Date.parse(String(lastTransitionTime));
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
}

function wasHealthy(object: Object, revisions: readonly string[]): boolean {
  const { history } = asRecord(object['status']);
  const newest = asRecord(Array.isArray(history) ? history.at(-1) : undefined);
  return newest['healthyAt'] !== undefined && revisionsOf(newest).join() === revisions.join();
}

function judgedBefore(object: Object): RevisionSet[] {
  const { judged } = asRecord(asRecord(object['status'])['autoRollback']);
  return Array.isArray(judged) ? judged.filter((item) => typeof item === 'string') : [];
}

function seconds(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${Math.round(ms / 1000)} s`;
}
