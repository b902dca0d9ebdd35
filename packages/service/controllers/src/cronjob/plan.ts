import { deepEqual } from '@sekisho/kube';
import { isJobFinished } from '../job/plan.ts';
import { findCondition, isConditionTrue } from '../kinds/condition.ts';
import { formatTime, parseTime } from '../kinds/time.ts';
import type { CronJob, Job } from '../kinds/workload.ts';
import { createdAt } from '../pods/pod-state.ts';
import type { Schedule } from './schedule.ts';

export interface CronEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronPlan {
  /** The scheduled time of the job to create. */
  readonly run: number | undefined;
  readonly remove: readonly Job[];
  readonly status: NonNullable<CronJob['status']>;
  readonly events: readonly CronEvent[];
  readonly afterMs: number | undefined;
}

/** A start may be this late and still counts as on time. */
const LATE_MS = 100;

/** What a CronJob does now. `jobs` are those it controls. */
export function planCronJob(
  cronJob: CronJob,
  jobs: readonly Job[],
  schedule: Schedule | undefined,
  now: number,
): CronPlan {
  const events: CronEvent[] = [];
  const surplus = surplusJobs(cronJob, jobs);
  const status = statusOf(cronJob, jobs);
  const idle: CronPlan = { run: undefined, remove: surplus, status, events, afterMs: undefined };
  if (cronJob.metadata.deletionTimestamp !== undefined) return { ...idle, remove: [] };
  if (schedule === undefined || cronJob.spec.suspend === true) return idle;

  const next = schedule.next(now);
  const waiting: CronPlan = { ...idle, afterMs: next === undefined ? undefined : next - now + LATE_MS };
  const due = schedule.lastBetween(parseTime(cronJob.status?.lastScheduleTime) ?? createdAt(cronJob), now);
  if (due === undefined) return waiting;
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (startingDeadlineSeconds !== undefined && now - due > startingDeadlineSeconds * 1000) {
    const message = `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`;
    return { ...waiting, events: [{ type: 'Warning', reason: 'MissSchedule', message }] };
  }
  const active = jobs.filter((job) => !isJobFinished(job));
  if (active.length > 0 && concurrencyPolicy === 'Forbid') {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { ...waiting, events: [{ type: 'Normal', reason: 'JobAlreadyActive', message }] };
  }
  const replaced = concurrencyPolicy === 'Replace' ? active : [];
  return {
    ...waiting,
    run: due,
    remove: [...surplus, ...replaced],
    status: {
      ...statusOf(
        cronJob,
        jobs.filter((job) => !replaced.includes(job)),
      ),
      lastScheduleTime: formatTime(due),
    },
  };
}

function surplusJobs(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const byAge = [...jobs].filter(isJobFinished).sort((a, b) => createdAt(a) - createdAt(b));
  const succeeded = byAge.filter((job) => isConditionTrue(job.status?.conditions, 'Complete'));
  const failed = byAge.filter((job) => !isConditionTrue(job.status?.conditions, 'Complete'));
  const beyond = (list: readonly Job[], limit: number): Job[] => list.slice(0, Math.max(0, list.length - limit));
  return [
    ...beyond(succeeded, cronJob.spec.successfulJobsHistoryLimit ?? 3),
    ...beyond(failed, cronJob.spec.failedJobsHistoryLimit ?? 1),
  ].filter((job) => job.metadata.deletionTimestamp === undefined);
}

export function jobReference(job: Job): Readonly<Record<string, unknown>> {
  const { name, namespace, uid, resourceVersion } = job.metadata;
  return { kind: 'Job', namespace, name, uid, apiVersion: 'batch/v1', resourceVersion };
}

function statusOf(cronJob: CronJob, jobs: readonly Job[]): NonNullable<CronJob['status']> {
  const before = cronJob.status ?? {};
  const known = before.active ?? [];
  const active = jobs
    .filter((job) => !isJobFinished(job) && job.metadata.deletionTimestamp === undefined)
    .sort((a, b) => createdAt(a) - createdAt(b))
    // A reference stays as it was written, or each of the job's own writes would ask for one here.
    .map((job) => known.find(({ uid }) => uid === job.metadata.uid) ?? jobReference(job));
  const ends = jobs
    .filter((job) => isConditionTrue(job.status?.conditions, 'Complete'))
    .map(
      (job) =>
        parseTime(
          job.status?.completionTime ?? findCondition(job.status?.conditions, 'Complete')?.lastTransitionTime,
        ) ?? 0,
    );
  const last = Math.max(parseTime(before.lastSuccessfulTime) ?? 0, ...ends);
  const status = {
    ...(active.length === 0 ? {} : { active }),
    ...(before.lastScheduleTime === undefined ? {} : { lastScheduleTime: before.lastScheduleTime }),
    ...(last === 0 ? {} : { lastSuccessfulTime: formatTime(last) }),
  };
  return deepEqual(status, before) ? before : status;
}
