import { messageOf } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import type { Pod } from '../kinds/pod.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import type { DaemonSet } from '../kinds/workload.ts';
import type { Node } from '../node/scheduling.ts';
import { claimObjects } from '../ownership/claim.ts';
import { controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { nextAvailableInMs } from '../pods/pod-state.ts';
import { createPods, deletePods } from '../pods/pod-writer.ts';
import { removeRevisions, surplusRevisions, syncRevisions } from '../revisions/revision-history.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { type DaemonPlan, daemonPodSpec, daemonSetStatus, planDaemonSet, REVISION_LABEL } from './plan.ts';

const SETTLE_MS = 20;

export function startDaemonSetController(runtime: ControllerRuntime): void {
  const sets = runtime.informer(DAEMON_SETS);
  const pods = runtime.informer(PODS);
  const revisions = runtime.informer(CONTROLLER_REVISIONS);
  const nodes = runtime.informer(NODES);
  const recorder = runtime.recorder('daemonset-controller');
  const queue = runtime.queue('daemonsets', 4, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const set = sets.get(name, namespace) as DaemonSet | undefined;
    if (set === undefined) return undefined;
    return reconcile({ runtime, pods, revisions, nodes, recorder, set, signal });
  });
  sets.on(({ type, object }) => {
    if (type === 'DELETED') queue.forget(keyOf(object));
    else queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    const reference = controllerRefOf(object);
    if (refersTo(reference, DAEMON_SETS))
      queue.addAfter(`${object.metadata.namespace ?? ''}/${reference.name}`, SETTLE_MS);
  });
  nodes.on(({ object, previous }) => {
    if (
      previous !== undefined &&
      previous.metadata.labels === object.metadata.labels &&
      previous['spec'] === object['spec']
    )
      return;
    for (const set of sets.list()) queue.addAfter(keyOf(set), SETTLE_MS);
  });
}

interface DaemonWork {
  readonly runtime: ControllerRuntime;
  readonly pods: Informer;
  readonly revisions: Informer;
  readonly nodes: Informer;
  readonly recorder: EventRecorder;
  readonly set: DaemonSet;
  readonly signal: AbortSignal;
}

async function reconcile(work: DaemonWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, set, signal } = work;
  if (set.metadata.deletionTimestamp !== undefined) return undefined;
  const claimed = (await claimObjects(runtime, {
    owner: set,
    ownerType: DAEMON_SETS,
    type: PODS,
    informer: work.pods,
    selects: (labels) => selects(set.spec.selector, labels),
    signal,
  })) as Pod[];
  const { update, all } = await syncRevisions({
    runtime,
    ownerType: DAEMON_SETS,
    owner: set,
    revisions: work.revisions,
    hashLabel: REVISION_LABEL,
    signal,
  });
  const revision = update.metadata.labels?.[REVISION_LABEL] ?? '';
  const now = runtime.clock.now();
  const state = { set, pods: claimed, nodes: work.nodes.list() as Node[], revision, now };
  const plan = planDaemonSet(state);
  const { pods, error } = await execute(work, plan, claimed, revision);
  const status = daemonSetStatus({ ...state, pods });
  if (status !== set.status) {
    const written = await runtime.client.update(DAEMON_SETS, { ...set, status }, { subresource: 'status' });
    await runtime.observed(DAEMON_SETS, written, signal);
  }
  if (error !== undefined) throw error;
  const hashes = new Set(pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL] ?? ''));
  const inUse = new Set(
    all
      .filter((one) => one === update || hashes.has(one.metadata.labels?.[REVISION_LABEL] ?? ''))
      .map(({ metadata }) => metadata.name ?? ''),
  );
  await removeRevisions(runtime, surplusRevisions(all, inUse, set.spec.revisionHistoryLimit ?? 10), signal);
  const afterMs = nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, now);
  return afterMs === undefined ? undefined : { afterMs };
}

async function execute(
  work: DaemonWork,
  plan: DaemonPlan,
  claimed: readonly Pod[],
  revision: string,
): Promise<{ pods: readonly Pod[]; error?: unknown }> {
  const { runtime, set, recorder, signal } = work;
  if (plan.remove.length > 0) {
    await deletePods(runtime, plan.remove, signal);
    for (const pod of plan.remove)
      recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
  const removed = new Set(plan.remove);
  const kept = claimed.filter((pod) => !removed.has(pod));
  const { template } = set.spec;
  const wanted = plan.create.map((node) =>
    podFromTemplate({
      ownerType: DAEMON_SETS,
      owner: set,
      template,
      labels: { [REVISION_LABEL]: revision },
      spec: daemonPodSpec(template.spec, node),
    }),
  );
  const { created, error } = await createPods(runtime, wanted, signal);
  for (const pod of created) recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  const pods = [...kept, ...created];
  if (error === undefined || isNamespaceTerminating(error)) return { pods };
  recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
  return { pods, error };
}
