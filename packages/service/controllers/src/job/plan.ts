import { deepEqual } from '@sekisho/kube';
import { type Condition, findCondition, isConditionTrue } from '../kinds/condition.ts';
import type { Pod } from '../kinds/pod.ts';
import { formatTime, parseTime } from '../kinds/time.ts';
import { countOf, type Job, type JobStatus } from '../kinds/workload.ts';
import { deletionOrder } from '../pods/deletion-order.ts';
import { createdAt, isFinished, isReady, isTerminating } from '../pods/pod-state.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';

export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

const MAX_BACKOFF_MS = 600_000;

export interface JobState {
  readonly job: Job;
  /** All pods the job controls. */
  readonly pods: readonly Pod[];
  readonly now: number;
  /** Wait after the first failed pod; doubles with each further one. */
  readonly backoffMs: number;
}

export interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface JobPlan {
  /** One entry per pod to create: its completion index, or undefined in a job without. */
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly Pod[];
  /** The same instance as the job's when nothing changed. Counts what is there now, without `create` and `remove`. */
  readonly status: JobStatus;
  readonly events: readonly JobEvent[];
  readonly afterMs: number | undefined;
}

export function isJobFinished(job: Job): boolean {
  const conditions = job.status?.conditions;
  return isConditionTrue(conditions, 'Complete') || isConditionTrue(conditions, 'Failed');
}

/** What happens next to a job that is not finished. */
export function planJob(state: JobState): JobPlan {
  const { job } = state;
  if (isJobFinished(job) || job.metadata.deletionTimestamp !== undefined) {
    return { create: [], remove: [], status: job.status ?? {}, events: [], afterMs: undefined };
  }
  const tally = tallyPods(state);
  const end = endOf(state, tally);
  if (end !== undefined) return finish(state, tally, end);
  if (job.spec.suspend === true) return suspend(state, tally);
  return run(state, tally);
}

interface Tally {
  readonly active: readonly Pod[];
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Only for indexed jobs. */
  readonly completed: Set<number> | undefined;
}

function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed';
}

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Counts pods. Pods that were counted and are gone since still count: `succeeded` and `failed` never fall, and completed
 * indexes stay completed. (Upstream holds each pod with a finalizer until it is counted; here a pod that ends and vanishes
 * between two looks is run again.)
 */
function tallyPods({ job, pods }: JobState): Tally {
  const active = pods.filter((pod) => !isFinished(pod) && !isTerminating(pod));
  const failedPods = pods.filter((pod) => pod.status?.phase === 'Failed');
  const failed = Math.max(countOf(job.status?.failed), failedPods.length);
  const succeededPods = pods.filter((pod) => pod.status?.phase === 'Succeeded');
  const terminating = pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
  if (!isIndexed(job)) {
    const succeeded = Math.max(countOf(job.status?.succeeded), succeededPods.length);
    return { active, terminating, succeeded, failed, completed: undefined };
  }
  const completed = parseIndexes(job.status?.completedIndexes);
  for (const pod of succeededPods) {
    const index = indexOf(pod);
    if (index !== undefined && index < (job.spec.completions ?? 0)) completed.add(index);
  }
  return { active, terminating, succeeded: completed.size, failed, completed };
}

interface JobEnd {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

function endOf(state: JobState, tally: Tally): JobEnd | undefined {
  const { job, now } = state;
  const target = findCondition(job.status?.conditions, 'FailureTarget');
  if (target?.status === 'True') {
    return { type: 'Failed', reason: target.reason ?? '', message: target.message ?? '' };
  }
  const limit = job.spec.backoffLimit ?? 6;
  if (tally.failed > limit || restartsExceed(job, tally.active, limit)) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const deadline = deadlineInMs(job, now);
  if (deadline !== undefined && deadline <= 0 && job.spec.suspend !== true) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  if (isComplete(job, tally)) {
    return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  }
  return undefined;
}

function isComplete(job: Job, tally: Tally): boolean {
  const { completions } = job.spec;
  if (completions !== undefined) return tally.succeeded >= completions;
  // A work queue: one success says that the queue is empty; the others may end.
  return tally.succeeded > 0 && tally.active.length === 0;
}

function restartsExceed(job: Job, active: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of active) {
    for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
      restarts += status.restartCount;
    }
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function deadlineInMs(job: Job, now: number): number | undefined {
  const started = parseTime(job.status?.startTime);
  const { activeDeadlineSeconds } = job.spec;
  if (started === undefined || activeDeadlineSeconds === undefined) return undefined;
  return started + activeDeadlineSeconds * 1000 - now;
}

/** Ends the remaining pods first; the final condition comes when none is left. */
function finish(state: JobState, tally: Tally, end: JobEnd): JobPlan {
  const { job } = state;
  const waiting = tally.active.length > 0 || tally.terminating > 0;
  const early = end.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  let conditions = withTrue(job.status?.conditions, early, end, state.now);
  if (!waiting) conditions = withTrue(conditions, end.type, end, state.now);
  const message = end.type === 'Complete' ? 'Job completed' : end.message;
  const event: JobEvent = {
    type: end.type === 'Complete' ? 'Normal' : 'Warning',
    reason: end.type === 'Complete' ? 'Completed' : end.reason,
    message,
  };
  const completionTime = end.type === 'Complete' && !waiting ? { completionTime: formatTime(state.now) } : {};
  const status = statusOf(state, tally, conditions, completionTime);
  return { create: [], remove: tally.active, status, events: waiting ? [] : [event], afterMs: undefined };
}

function suspend(state: JobState, tally: Tally): JobPlan {
  const { job, now } = state;
  const conditions = withStatus(
    job.status?.conditions,
    { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' },
    now,
  );
  const events: JobEvent[] =
    conditions === job.status?.conditions ? [] : [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' }];
  const status = statusOf(state, tally, conditions, { startTime: undefined });
  return { create: [], remove: tally.active, status, events, afterMs: undefined };
}

function run(state: JobState, tally: Tally): JobPlan {
  const { job, now } = state;
  const resumed = isConditionTrue(job.status?.conditions, 'Suspended');
  const conditions = resumed
    ? withStatus(
        job.status?.conditions,
        { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
        now,
      )
    : (job.status?.conditions ?? []);
  const startTime = resumed || job.status?.startTime === undefined ? formatTime(now) : job.status.startTime;
  const events: JobEvent[] = resumed ? [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' }] : [];
  const status = statusOf(state, tally, conditions, { startTime });
  const next = { ...state, job: { ...job, status } };
  const waits = [deadlineInMs(next.job, now), undefined].filter((ms) => ms !== undefined);

  const wanted = wantedActive(job, tally);
  const surplus = tally.active.length - wanted;
  if (surplus > 0) {
    const remove = deletionOrder(tally.active).slice(0, surplus);
    return { create: [], remove, status, events, afterMs: shortest(waits) };
  }
  const missing = wanted - tally.active.length;
  const backoff = missing > 0 ? backoffInMs(state, tally) : 0;
  if (backoff > 0) return { create: [], remove: [], status, events, afterMs: shortest([...waits, backoff]) };
  return { create: newPods(job, tally, missing), remove: [], status, events, afterMs: shortest(waits) };
}

function shortest(waits: readonly number[]): number | undefined {
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
}

function wantedActive(job: Job, tally: Tally): number {
  const parallelism = job.spec.parallelism ?? 1;
  if (job.spec.completions === undefined)
    return tally.succeeded > 0 ? Math.min(tally.active.length, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, job.spec.completions - tally.succeeded));
}

function newPods(job: Job, tally: Tally, missing: number): (number | undefined)[] {
  if (missing <= 0) return [];
  if (!isIndexed(job)) return new Array<undefined>(missing).fill(undefined);
  const taken = new Set(tally.active.map(indexOf));
  const result: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && result.length < missing; index++) {
    if (!taken.has(index) && tally.completed?.has(index) !== true) result.push(index);
  }
  return result;
}

/** How long to hold new pods back after failures in a row. */
function backoffInMs({ pods, now, backoffMs }: JobState, tally: Tally): number {
  if (tally.failed === 0) return 0;
  const lastSuccess = latest(pods.filter((pod) => pod.status?.phase === 'Succeeded'));
  const failed = pods.filter((pod) => pod.status?.phase === 'Failed' && endedAt(pod) > lastSuccess);
  if (failed.length === 0) return 0;
  const wait = Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** (failed.length - 1));
  return Math.max(0, latest(failed) + wait - now);
}

function latest(pods: readonly Pod[]): number {
  return pods.reduce((last, pod) => Math.max(last, endedAt(pod)), 0);
}

function endedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map((s) => parseTime(s.state.terminated?.finishedAt) ?? 0);
  return Math.max(createdAt(pod), ...ends);
}

function withTrue(
  conditions: readonly Condition[] | undefined,
  type: string,
  end: JobEnd,
  now: number,
): readonly Condition[] {
  return withStatus(conditions, { type, status: 'True', reason: end.reason, message: end.message }, now);
}

function withStatus(
  conditions: readonly Condition[] | undefined,
  next: { type: string; status: 'True' | 'False'; reason: string; message: string },
  now: number,
): readonly Condition[] {
  const list = conditions ?? [];
  const current = findCondition(list, next.type);
  if (current?.status === next.status) return list;
  const time = formatTime(now);
  const { type, status, reason, message } = next;
  const condition = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message } as const;
  return current === undefined ? [...list, condition] : list.map((old) => (old === current ? condition : old));
}

function statusOf(
  { job, pods }: JobState,
  tally: Tally,
  conditions: readonly Condition[],
  times: { readonly startTime?: string | undefined; readonly completionTime?: string },
): JobStatus {
  const before = job.status ?? {};
  const startTime = 'startTime' in times ? times.startTime : before.startTime;
  const removed = conditions.some(({ type }) => type === 'Complete' || type === 'Failed');
  const active = removed ? 0 : tally.active.length;
  const status: JobStatus = {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(times.completionTime === undefined ? {} : { completionTime: times.completionTime }),
    ...(active === 0 ? {} : { active }),
    ready: removed ? 0 : pods.filter((pod) => isReady(pod) && !isTerminating(pod) && !isFinished(pod)).length,
    terminating: tally.terminating,
    ...(tally.succeeded === 0 ? {} : { succeeded: tally.succeeded }),
    ...(tally.failed === 0 ? {} : { failed: tally.failed }),
    ...(tally.completed === undefined || tally.completed.size === 0
      ? {}
      : { completedIndexes: formatIndexes(tally.completed) }),
    uncountedTerminatedPods: {},
  };
  return deepEqual(status, before) ? before : status;
}

/** Milliseconds until a finished job is to be deleted; undefined when it stays. */
export function ttlInMs(job: Job, now: number): number | undefined {
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (seconds === undefined || !isJobFinished(job)) return undefined;
  const condition =
    findCondition(job.status?.conditions, 'Complete') ?? findCondition(job.status?.conditions, 'Failed');
  const finishedAt = parseTime(condition?.lastTransitionTime) ?? now;
  return Math.max(0, finishedAt + seconds * 1000 - now);
}
