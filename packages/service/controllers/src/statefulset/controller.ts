import { isSekishoError, messageOf } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import type { Pod, PodTemplate } from '../kinds/pod.ts';
import { CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import type { ControllerRevision, StatefulSet } from '../kinds/workload.ts';
import { claimObjects } from '../ownership/claim.ts';
import { controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { nextAvailableInMs } from '../pods/pod-state.ts';
import { createPods, deletePods } from '../pods/pod-writer.ts';
import { removeRevisions, surplusRevisions, syncRevisions, templateOf } from '../revisions/revision-history.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { claimName, ordinalOf, REVISION_LABEL, statefulClaims, statefulPod } from './identity.ts';
import { planStatefulSet, type StatefulPlan, type StatefulState, statefulSetStatus } from './plan.ts';

const SETTLE_MS = 20;
const HASH_LABEL = 'controller.kubernetes.io/hash';

export function startStatefulSetController(runtime: ControllerRuntime): void {
  const sets = runtime.informer(STATEFUL_SETS);
  const pods = runtime.informer(PODS);
  const revisions = runtime.informer(CONTROLLER_REVISIONS);
  const claims = runtime.informer(PERSISTENT_VOLUME_CLAIMS);
  const recorder = runtime.recorder('statefulset-controller');
  const queue = runtime.queue('statefulsets', 8, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const set = sets.get(name, namespace) as StatefulSet | undefined;
    if (set === undefined) return undefined;
    return reconcile({ runtime, pods, revisions, claims, recorder, set, signal });
  });
  sets.on(({ type, object }) => {
    if (type === 'DELETED') queue.forget(keyOf(object));
    else queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    const reference = controllerRefOf(object);
    const namespace = object.metadata.namespace ?? '';
    if (refersTo(reference, STATEFUL_SETS)) queue.addAfter(`${namespace}/${reference.name}`, SETTLE_MS);
    else if (reference === undefined) {
      for (const set of sets.list(namespace) as StatefulSet[]) {
        if (selects(set.spec.selector, object.metadata.labels)) queue.addAfter(keyOf(set), SETTLE_MS);
      }
    }
  });
}

interface StatefulWork {
  readonly runtime: ControllerRuntime;
  readonly pods: Informer;
  readonly revisions: Informer;
  readonly claims: Informer;
  readonly recorder: EventRecorder;
  readonly set: StatefulSet;
  readonly signal: AbortSignal;
}

async function reconcile(work: StatefulWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, set, signal } = work;
  if (set.metadata.deletionTimestamp !== undefined) return undefined;
  const claimed = await claimPods(work);
  const { update, all } = await syncRevisions({
    runtime,
    ownerType: STATEFUL_SETS,
    owner: set,
    revisions: work.revisions,
    hashLabel: HASH_LABEL,
    signal,
  });
  const updateRevision = update.metadata.name ?? '';
  const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  const currentRevision = current.metadata.name ?? '';
  const state: StatefulState = { set, pods: claimed, currentRevision, updateRevision, now: runtime.clock.now() };
  const plan = planStatefulSet(state);
  const { pods, error } = await execute(work, plan, state, current);
  const status = statefulSetStatus({ ...state, pods });
  if (status !== set.status) {
    const written = await runtime.client.update(STATEFUL_SETS, { ...set, status }, { subresource: 'status' });
    await runtime.observed(STATEFUL_SETS, written, signal);
  }
  if (error !== undefined) throw error;
  const inUse = new Set([
    currentRevision,
    updateRevision,
    ...pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL] ?? ''),
  ]);
  await removeRevisions(runtime, surplusRevisions(all, inUse, set.spec.revisionHistoryLimit ?? 10), signal);
  const afterMs = nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, state.now);
  return afterMs === undefined ? undefined : { afterMs };
}

/** Pods of this set's name and labels; one of another name is none of its pods, whatever its labels. */
async function claimPods({ runtime, pods, set, signal }: StatefulWork): Promise<Pod[]> {
  const claimed = (await claimObjects(runtime, {
    owner: set,
    ownerType: STATEFUL_SETS,
    type: PODS,
    informer: pods,
    selects: (labels) => selects(set.spec.selector, labels),
    isCandidate: (object) => ordinalOf(set, object as Pod) !== undefined,
    signal,
  })) as Pod[];
  return claimed;
}

async function execute(
  work: StatefulWork,
  plan: StatefulPlan,
  state: StatefulState,
  current: ControllerRevision,
): Promise<{ pods: readonly Pod[]; error?: unknown }> {
  const { runtime, set, recorder, signal } = work;
  if (plan.remove.length > 0) {
    for (const { pod, scaledDown } of plan.remove) if (scaledDown) await tieClaims(work, pod);
    const removed = plan.remove.map(({ pod }) => pod);
    await deletePods(runtime, removed, signal);
    for (const pod of removed) {
      const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
      recorder.event(set, 'Normal', 'SuccessfulDelete', message);
    }
    // Until it is gone a deleted pod counts as one; its next event brings the new count.
    return { pods: state.pods };
  }
  if (plan.create.length === 0) return { pods: state.pods };
  try {
    for (const { ordinal } of plan.create) await ensureClaims(work, ordinal);
  } catch (error) {
    if (isNamespaceTerminating(error)) return { pods: state.pods };
    recorder.event(
      set,
      'Warning',
      'FailedCreate',
      `create Claim in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`,
    );
    return { pods: state.pods, error };
  }
  const templateFor = (revision: string): PodTemplate =>
    (revision === current.metadata.name ? templateOf(current) : undefined) ?? set.spec.template;
  const wanted = plan.create.map(({ ordinal, revision }) => statefulPod(set, ordinal, templateFor(revision), revision));
  const { created, error } = await createPods(runtime, wanted, signal);
  for (const pod of created) {
    const message = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
    recorder.event(set, 'Normal', 'SuccessfulCreate', message);
  }
  const pods = [...state.pods, ...created];
  if (error === undefined || isNamespaceTerminating(error)) return { pods };
  const message = `create Pod in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
  recorder.event(set, 'Warning', 'FailedCreate', message);
  return { pods, error };
}

async function ensureClaims({ runtime, claims, set, signal }: StatefulWork, ordinal: number): Promise<void> {
  for (const claim of statefulClaims(set, ordinal)) {
    if (claims.get(claim.metadata.name ?? '', claim.metadata.namespace) !== undefined) continue;
    try {
      await runtime.observed(
        PERSISTENT_VOLUME_CLAIMS,
        await runtime.client.create(PERSISTENT_VOLUME_CLAIMS, claim),
        signal,
      );
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
    }
  }
}

/** With `whenScaled: Delete` the claims of a pod that goes for good go with it. */
async function tieClaims({ runtime, claims, set }: StatefulWork, pod: Pod): Promise<void> {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return;
  const { name: podName = '', namespace, uid = '' } = pod.metadata;
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = claimName(template.metadata.name ?? '', podName);
    const claim = claims.get(name, namespace);
    if (claim === undefined) continue;
    const owner = { apiVersion: 'v1', kind: 'Pod', name: podName, uid };
    const body = { metadata: { uid: claim.metadata.uid, ownerReferences: [owner] } };
    await runtime.client.patch(PERSISTENT_VOLUME_CLAIMS, name, namespace, { kind: 'merge', body });
  }
}
