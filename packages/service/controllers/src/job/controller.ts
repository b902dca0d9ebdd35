import { messageOf } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import type { Pod } from '../kinds/pod.ts';
import { JOBS, PODS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import type { Job } from '../kinds/workload.ts';
import { claimObjects } from '../ownership/claim.ts';
import { CONTROLLER_INDEX, controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { createPods, deletePods } from '../pods/pod-writer.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { INDEX_ANNOTATION, isJobFinished, planJob, ttlInMs } from './plan.ts';

/** Pods change in bursts (created, bound, running): one look serves several. */
const SETTLE_MS = 20;

const DEFAULT_BACKOFF_MS = 10_000;

export function startJobController(runtime: ControllerRuntime, options: { readonly backoffMs?: number } = {}): void {
  const jobs = runtime.informer(JOBS);
  const pods = runtime.informer(PODS);
  const recorder = runtime.recorder('job-controller');
  const backoffMs = options.backoffMs ?? DEFAULT_BACKOFF_MS;
  const queue = runtime.queue('jobs', 8, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const job = jobs.get(name, namespace) as Job | undefined;
    if (job === undefined || isManagedElsewhere(job)) return undefined;
    return reconcile({ runtime, pods, recorder, job, backoffMs, signal });
  });

  jobs.on(({ type, object }) => {
    if (type === 'DELETED') queue.forget(keyOf(object));
    else queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    const reference = controllerRefOf(object);
    if (refersTo(reference, JOBS)) queue.addAfter(`${object.metadata.namespace ?? ''}/${reference.name}`, SETTLE_MS);
  });
}

function isManagedElsewhere(job: Job): boolean {
  const { managedBy } = job.spec;
  return managedBy !== undefined && managedBy !== 'kubernetes.io/job-controller';
}

interface JobWork {
  readonly runtime: ControllerRuntime;
  readonly pods: Informer;
  readonly recorder: EventRecorder;
  readonly job: Job;
  readonly backoffMs: number;
  readonly signal: AbortSignal;
}

async function reconcile(work: JobWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, job, recorder, signal } = work;
  if (job.metadata.deletionTimestamp !== undefined) return undefined;
  if (isJobFinished(job)) return expire(work);
  const pods = await podsOf(work);
  const plan = planJob({ job, pods, now: runtime.clock.now(), backoffMs: work.backoffMs });
  if (plan.remove.length > 0) await deletePods(runtime, plan.remove, signal);
  const error = await createMissing(work, plan.create);
  if (plan.status !== job.status) {
    const written = await runtime.client.update(JOBS, { ...job, status: plan.status }, { subresource: 'status' });
    for (const { type, reason, message } of plan.events) recorder.event(job, type, reason, message);
    await runtime.observed(JOBS, written, signal);
  }
  if (error !== undefined) throw error;
  return plan.afterMs === undefined ? undefined : { afterMs: plan.afterMs };
}

async function podsOf({ runtime, pods, job, signal }: JobWork): Promise<Pod[]> {
  const { selector } = job.spec;
  if (selector === undefined) return pods.byIndex(CONTROLLER_INDEX, job.metadata.uid ?? '') as Pod[];
  return (await claimObjects(runtime, {
    owner: job,
    ownerType: JOBS,
    type: PODS,
    informer: pods,
    selects: (labels) => selects(selector, labels),
    signal,
  })) as Pod[];
}

async function createMissing(work: JobWork, indexes: readonly (number | undefined)[]): Promise<unknown> {
  if (indexes.length === 0) return undefined;
  const { runtime, job, recorder, signal } = work;
  const { created, error } = await createPods(
    runtime,
    indexes.map((index) => newPod(job, index)),
    signal,
  );
  for (const pod of created) {
    recorder.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  }
  if (error === undefined || isNamespaceTerminating(error)) return undefined;
  recorder.event(job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
  return error;
}

/** The labels by which a job's pods are found, whether or not the API server put them into the template. */
function jobLabels(job: Job): Record<string, string> {
  const { name = '', uid = '' } = job.metadata;
  if (job.spec.manualSelector === true) return {};
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
}

function newPod(job: Job, index: number | undefined): Pod {
  const labels = jobLabels(job);
  const { template } = job.spec;
  if (index === undefined) return podFromTemplate({ ownerType: JOBS, owner: job, template, labels });
  const name = job.metadata.name ?? '';
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX_ANNOTATION}']` } },
  };
  return podFromTemplate({
    ownerType: JOBS,
    owner: job,
    template,
    generateName: `${name}-${index}-`,
    labels: { ...labels, [INDEX_ANNOTATION]: String(index) },
    annotations: { [INDEX_ANNOTATION]: String(index) },
    spec: {
      hostname: `${name}-${index}`,
      containers: template.spec.containers.map((container) => ({
        ...container,
        env: [...(container.env ?? []).filter((env) => env.name !== variable.name), variable],
      })),
    },
  });
}

/** Deletes a finished job when its time has come. */
async function expire({ runtime, job }: JobWork): Promise<{ afterMs: number } | undefined> {
  const wait = ttlInMs(job, runtime.clock.now());
  if (wait === undefined) return undefined;
  if (wait > 0) return { afterMs: wait };
  const { name = '', namespace, uid = '' } = job.metadata;
  await runtime.client.delete(JOBS, name, namespace, { propagationPolicy: 'Background', preconditions: { uid } });
  return undefined;
}
