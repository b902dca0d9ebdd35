import { isSekishoError, messageOf } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import { CRON_JOBS, JOBS } from '../kinds/resources.ts';
import { formatTime } from '../kinds/time.ts';
import type { CronJob, Job } from '../kinds/workload.ts';
import { CONTROLLER_INDEX, controllerRefOf, newControllerRef, refersTo } from '../ownership/controller-ref.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { jobReference, planCronJob } from './plan.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export function startCronJobController(runtime: ControllerRuntime): void {
  const cronJobs = runtime.informer(CRON_JOBS);
  const jobs = runtime.informer(JOBS);
  const recorder = runtime.recorder('cronjob-controller');
  const queue = runtime.queue('cronjobs', 4, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const cronJob = cronJobs.get(name, namespace) as CronJob | undefined;
    if (cronJob === undefined) return undefined;
    return reconcile({ runtime, jobs, recorder, cronJob, signal });
  });
  cronJobs.on(({ type, object }) => {
    if (type === 'DELETED') queue.forget(keyOf(object));
    else queue.add(keyOf(object));
  });
  jobs.on(({ object }) => {
    const reference = controllerRefOf(object);
    if (refersTo(reference, CRON_JOBS)) queue.add(`${object.metadata.namespace ?? ''}/${reference.name}`);
  });
}

interface CronWork {
  readonly runtime: ControllerRuntime;
  readonly jobs: Informer;
  readonly recorder: EventRecorder;
  readonly cronJob: CronJob;
  readonly signal: AbortSignal;
}

async function reconcile(work: CronWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, recorder, cronJob, signal } = work;
  const now = runtime.clock.now();
  const owned = work.jobs.byIndex(CONTROLLER_INDEX, cronJob.metadata.uid ?? '') as Job[];
  const plan = planCronJob(cronJob, owned, readSchedule(work), now);
  for (const { type, reason, message } of plan.events) recorder.event(cronJob, type, reason, message);
  for (const job of plan.remove) {
    const { name = '', namespace, uid = '' } = job.metadata;
    try {
      await runtime.client.delete(JOBS, name, namespace, { propagationPolicy: 'Background', preconditions: { uid } });
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    }
    await runtime.observedDeletion(JOBS, job, signal);
  }
  let { status } = plan;
  if (plan.run !== undefined) {
    const job = await createJob(work, plan.run);
    if (job === undefined) return undefined;
    status = {
      ...status,
      active: [...(status.active ?? []).filter(({ uid }) => uid !== job.metadata.uid), jobReference(job)],
    };
  }
  if (status !== cronJob.status) {
    const written = await runtime.client.update(CRON_JOBS, { ...cronJob, status }, { subresource: 'status' });
    await runtime.observed(CRON_JOBS, written, signal);
  }
  return plan.afterMs === undefined ? undefined : { afterMs: plan.afterMs };
}

function readSchedule({ cronJob, recorder }: CronWork): Schedule | undefined {
  const { schedule: text, timeZone } = cronJob.spec;
  const schedule = parseSchedule(text, timeZone);
  if (!('problem' in schedule)) return schedule;
  recorder.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule "${text}" : ${schedule.problem}`);
  return undefined;
}

/** The name carries the scheduled minute: starting the same run twice makes one job. */
async function createJob(
  { runtime, recorder, cronJob, signal }: CronWork,
  scheduledAt: number,
): Promise<Job | undefined> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const name = `${cronJob.metadata.name ?? ''}-${Math.floor(scheduledAt / 60_000)}`;
  const { namespace } = cronJob.metadata;
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: formatTime(scheduledAt) },
      ownerReferences: [newControllerRef(CRON_JOBS, cronJob)],
    },
    spec,
  };
  try {
    const created = (await runtime.client.create(JOBS, job)) as Job;
    recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
    await runtime.observed(JOBS, created, signal);
    return created;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (isSekishoError(error, 'KUBE_ALREADY_EXISTS')) {
      const existing = (await runtime.client.get(JOBS, name, namespace)) as Job;
      if (controllerRefOf(existing)?.uid === cronJob.metadata.uid) return existing;
    }
    recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
    throw error;
  }
}
