import { messageOf } from '@sekisho/base';
import type { EventRecorder, Informer, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import { formatTime } from '../kinds/time.ts';
import type { LabelSelector, ReplicaSet } from '../kinds/workload.ts';
import { claimObjects } from '../ownership/claim.ts';
import { controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { createPods, deletePods } from '../pods/pod-writer.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { nextReplicaSetCheckMs, planReplicas, type ReplicaFailure, replicaSetStatus, statusWaitMs } from './plan.ts';

/** Pods of one set change in bursts (created, bound, ready): one look serves several of them. */
const SETTLE_MS = 20;

export function startReplicaSetController(runtime: ControllerRuntime): void {
  startFor(runtime, REPLICA_SETS, 'replicaset-controller', (object) => object as ReplicaSet);
}

/** A ReplicationController is a ReplicaSet whose selector is a plain map. */
export function startReplicationController(runtime: ControllerRuntime): void {
  startFor(runtime, REPLICATION_CONTROLLERS, 'replication-controller', (object) => {
    const controller = object as ReplicaSet;
    const matchLabels = (controller.spec.selector ??
      controller.spec.template.metadata?.labels ??
      {}) as LabelSelector['matchLabels'];
    return { ...controller, spec: { ...controller.spec, selector: { matchLabels: matchLabels ?? {} } } };
  });
}

function startFor(
  runtime: ControllerRuntime,
  type: ResourceType,
  component: string,
  view: (object: KubeObject) => ReplicaSet,
): void {
  const sets = runtime.informer(type);
  const pods = runtime.informer(PODS);
  const recorder = runtime.recorder(component);
  const queue = runtime.queue(type.resource, 32, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const set = sets.get(name, namespace);
    if (set === undefined) return undefined;
    return reconcile({ runtime, type, pods, recorder, raw: set, set: view(set), signal });
  });

  sets.on(({ type: change, object, previous }) => {
    if (change === 'DELETED') return queue.forget(keyOf(object));
    // Our own status write tells nothing new.
    if (
      previous !== undefined &&
      previous.metadata.generation === object.metadata.generation &&
      sameMeta(previous, object)
    )
      return;
    queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    const reference = controllerRefOf(object);
    if (refersTo(reference, type)) queue.addAfter(`${object.metadata.namespace ?? ''}/${reference.name}`, SETTLE_MS);
    else if (reference === undefined) addAdopters(object as Pod);
  });

  function addAdopters(pod: Pod): void {
    if (pod.metadata.labels === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    for (const set of sets.list(pod.metadata.namespace ?? '')) {
      if (selects(view(set).spec.selector, pod.metadata.labels)) queue.addAfter(keyOf(set), SETTLE_MS);
    }
  }
}

function sameMeta(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && a.metadata.uid === b.metadata.uid;
}

interface ReplicaSetWork {
  readonly runtime: ControllerRuntime;
  readonly type: ResourceType;
  readonly pods: Informer;
  readonly recorder: EventRecorder;
  readonly raw: KubeObject;
  readonly set: ReplicaSet;
  readonly signal: AbortSignal;
}

async function reconcile(work: ReplicaSetWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, type, set, raw, signal } = work;
  const claimed = (await claimObjects(runtime, {
    owner: set,
    ownerType: type,
    type: PODS,
    informer: work.pods,
    selects: (labels) => selects(set.spec.selector, labels),
    signal,
  })) as Pod[];
  const { owned, failure, error } = await scale(work, claimed);
  const now = runtime.clock.now();
  const status = replicaSetStatus({ set, pods: owned, failure, now, time: formatTime(now) });
  const waitMs = status === set.status ? 0 : statusWaitMs(set, status, owned, now);
  if (status !== set.status && waitMs === 0) {
    const written = await runtime.client.update(type, { ...raw, status }, { subresource: 'status' });
    await runtime.observed(type, written, signal);
  }
  if (error !== undefined) throw error;
  if (waitMs > 0) return { afterMs: waitMs };
  const afterMs = nextReplicaSetCheckMs(set, owned, now);
  return afterMs === undefined ? undefined : { afterMs };
}

interface ScaleOutcome {
  readonly owned: readonly Pod[];
  readonly failure: ReplicaFailure | undefined;
  readonly error: unknown;
}

async function scale(work: ReplicaSetWork, claimed: readonly Pod[]): Promise<ScaleOutcome> {
  const { runtime, type, set, raw, recorder, signal } = work;
  const plan = planReplicas(set, claimed);
  if (plan.remove.length > 0) {
    await deletePods(runtime, plan.remove, signal);
    recorder.event(raw, 'Normal', 'SuccessfulDelete', `Deleted ${named(plan.remove)}`);
    const removed = new Set(plan.remove);
    return { owned: claimed.filter((pod) => !removed.has(pod)), failure: undefined, error: undefined };
  }
  if (plan.create === 0) return { owned: claimed, failure: undefined, error: undefined };
  const pod = podFromTemplate({ ownerType: type, owner: set, template: set.spec.template });
  const { created, error } = await createPods(runtime, new Array<Pod>(plan.create).fill(pod), signal);
  const owned = [...claimed, ...created];
  if (created.length > 0) recorder.event(raw, 'Normal', 'SuccessfulCreate', `Created ${named(created)}`);
  if (error === undefined || isNamespaceTerminating(error)) return { owned, failure: undefined, error: undefined };
  const message = messageOf(error);
  recorder.event(raw, 'Warning', 'FailedCreate', `Error creating: ${message}`);
  return { owned, failure: { reason: 'FailedCreate', message }, error };
}

const NAMED_PODS = 5;

function named(pods: readonly Pod[]): string {
  const names = pods.slice(0, NAMED_PODS).map((pod) => pod.metadata.name ?? '');
  const rest = pods.length > NAMED_PODS ? ` and ${pods.length - NAMED_PODS} more` : '';
  return `pod${pods.length === 1 ? '' : 's'}: ${names.join(', ')}${rest}`;
}
