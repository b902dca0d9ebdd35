import { isSekishoError, messageOf } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import { deepEqual } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import { countOf, type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { claimObjects } from '../ownership/claim.ts';
import { CONTROLLER_INDEX, controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { isFinished } from '../pods/pod-state.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { type DeploymentPlan, planDeployment } from './plan.ts';
import { REVISION, sameTemplate } from './revision.ts';
import { nextDeadlineMs, type ProgressNews, rolloutStatus } from './status.ts';

export function startDeploymentController(runtime: ControllerRuntime): void {
  const deployments = runtime.informer(DEPLOYMENTS);
  const sets = runtime.informer(REPLICA_SETS);
  const pods = runtime.informer(PODS);
  const recorder = runtime.recorder('deployment-controller');
  const queue = runtime.queue('deployments', 32, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const deployment = deployments.get(name, namespace) as Deployment | undefined;
    if (deployment === undefined) return undefined;
    return reconcile({ runtime, sets, pods, recorder, deployment, signal });
  });

  deployments.on(({ type, object }) => {
    if (type === 'DELETED') queue.forget(keyOf(object));
    else queue.add(keyOf(object));
  });
  sets.on(({ object }) => {
    const reference = controllerRefOf(object);
    if (refersTo(reference, DEPLOYMENTS)) queue.add(`${object.metadata.namespace ?? ''}/${reference.name}`);
    else if (reference === undefined) {
      for (const deployment of deployments.list(object.metadata.namespace ?? '') as Deployment[]) {
        if (selects(deployment.spec.selector, object.metadata.labels)) queue.add(keyOf(deployment));
      }
    }
  });
  // Recreate waits for the last old pod, whose end its set does not always tell (it counts active pods only).
  pods.on(({ type, object }) => {
    if (type !== 'DELETED' && !isFinished(object as Pod)) return;
    const owner = controllerRefOf(object);
    if (!refersTo(owner, REPLICA_SETS)) return;
    const set = sets.get(owner.name, object.metadata.namespace);
    const reference = set === undefined ? undefined : controllerRefOf(set);
    if (!refersTo(reference, DEPLOYMENTS)) return;
    const deployment = deployments.get(reference.name, object.metadata.namespace) as Deployment | undefined;
    if (deployment?.spec.strategy?.type === 'Recreate') queue.add(keyOf(deployment));
  });
}

interface DeploymentWork {
  readonly runtime: ControllerRuntime;
  readonly sets: Informer;
  readonly pods: Informer;
  readonly recorder: EventRecorder;
  readonly deployment: Deployment;
  readonly signal: AbortSignal;
}

async function reconcile(work: DeploymentWork): Promise<{ afterMs: number } | undefined> {
  const { runtime, deployment, signal } = work;
  const owned = (await claimObjects(runtime, {
    owner: deployment,
    ownerType: DEPLOYMENTS,
    type: REPLICA_SETS,
    informer: work.sets,
    selects: (labels) => selects(deployment.spec.selector, labels),
    signal,
  })) as ReplicaSet[];
  const plan = planDeployment({
    deployment,
    sets: owned,
    oldPodsRun: (old) => old.some((set) => podsOf(work, set).some((pod) => !isFinished(pod))),
  });
  const outcome = await execute(work, plan);
  const noted = await noteRevision(work, plan);
  // Somebody changed it meanwhile: the next look counts for the new spec.
  // (The annotation alone raises the generation too.)
  if (noted !== deployment && !deepEqual(noted.spec, deployment.spec)) return undefined;
  if (isBeginning(deployment, outcome)) return undefined;
  const now = runtime.clock.now();
  const status = rolloutStatus({
    deployment: noted,
    current: outcome.current,
    old: outcome.old,
    news: outcome.news,
    countOnly: plan.countOnly,
    collisionCount: outcome.collisionCount,
    now,
  });
  if (status !== noted.status) {
    const written = await runtime.client.update(DEPLOYMENTS, { ...noted, status }, { subresource: 'status' });
    await runtime.observed(DEPLOYMENTS, written, signal);
  }
  if (outcome.error !== undefined) throw outcome.error;
  const afterMs = nextDeadlineMs(deployment, status, now);
  return afterMs === undefined ? undefined : { afterMs };
}

/** A first rollout has nothing to tell before its set does, and the set's first status is on its way. */
function isBeginning(deployment: Deployment, { current, error }: Outcome): boolean {
  if (error !== undefined || deployment.status?.observedGeneration !== undefined || current === undefined) return false;
  return current.status?.observedGeneration === undefined;
}

function podsOf({ pods }: DeploymentWork, set: ReplicaSet): Pod[] {
  return pods.byIndex(CONTROLLER_INDEX, set.metadata.uid ?? '') as Pod[];
}

interface Outcome {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly news: ProgressNews;
  readonly collisionCount: number | undefined;
  readonly error?: unknown;
}

async function execute(work: DeploymentWork, plan: DeploymentPlan): Promise<Outcome> {
  const { runtime, deployment, recorder, signal } = work;
  const collisionCount = deployment.status?.collisionCount;
  if (plan.create !== undefined) return create(work, plan, plan.create);
  const replaced = new Map<ReplicaSet, ReplicaSet>();
  for (const { from, to } of plan.update) {
    const written = (await runtime.client.update(REPLICA_SETS, to)) as ReplicaSet;
    await runtime.observed(REPLICA_SETS, written, signal);
    replaced.set(from, written);
    const [before, after] = [replicasOf(from), replicasOf(to)];
    if (before !== after) {
      const direction = after > before ? 'up' : 'down';
      const message = `Scaled ${direction} replica set ${from.metadata.name} from ${before} to ${after}`;
      recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
  }
  for (const set of plan.remove) {
    const { name = '', namespace, uid = '' } = set.metadata;
    await runtime.client.delete(REPLICA_SETS, name, namespace, {
      propagationPolicy: 'Background',
      preconditions: { uid },
    });
    await runtime.observedDeletion(REPLICA_SETS, set, signal);
  }
  const latest = (set: ReplicaSet): ReplicaSet => replaced.get(set) ?? set;
  return {
    current: plan.current === undefined ? undefined : latest(plan.current),
    old: plan.old.filter((set) => !plan.remove.includes(set)).map(latest),
    news:
      plan.current === undefined || plan.countOnly
        ? undefined
        : { kind: 'found', set: plan.current.metadata.name ?? '' },
    collisionCount,
  };
}

async function create(work: DeploymentWork, plan: DeploymentPlan, set: ReplicaSet): Promise<Outcome> {
  const { runtime, deployment, recorder, signal } = work;
  const collisionCount = deployment.status?.collisionCount;
  const outcome = { current: undefined, old: plan.old, collisionCount };
  try {
    const created = (await runtime.client.create(REPLICA_SETS, set)) as ReplicaSet;
    await runtime.observed(REPLICA_SETS, created, signal);
    if (replicasOf(created) > 0) {
      const message = `Scaled up replica set ${created.metadata.name} from 0 to ${replicasOf(created)}`;
      recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return { ...outcome, current: created, news: { kind: 'created', set: created.metadata.name ?? '' } };
  } catch (error) {
    if (isNamespaceTerminating(error) || signal.aborted) throw error;
    if (isSekishoError(error, 'KUBE_ALREADY_EXISTS')) return resolveCollision(work, plan, set);
    if (isSekishoError(error) && error.retryable) throw error;
    const message = messageOf(error);
    recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', `Failed to create new replica set: ${message}`);
    return { ...outcome, news: { kind: 'createFailed', message }, error };
  }
}

/** The name is taken: by our own set that the cache does not show yet, or by another one that hashes alike. */
async function resolveCollision(work: DeploymentWork, plan: DeploymentPlan, set: ReplicaSet): Promise<Outcome> {
  const { runtime, deployment } = work;
  const { name = '', namespace } = set.metadata;
  const existing = (await runtime.client.get(REPLICA_SETS, name, namespace)) as ReplicaSet;
  const ours =
    controllerRefOf(existing)?.uid === deployment.metadata.uid &&
    sameTemplate(existing.spec.template, deployment.spec.template);
  const collisionCount = deployment.status?.collisionCount;
  if (ours) {
    return { current: existing, old: plan.old, news: { kind: 'found', set: name }, collisionCount };
  }
  return { current: undefined, old: plan.old, news: undefined, collisionCount: countOf(collisionCount) + 1 };
}

async function noteRevision(
  { runtime, deployment, signal }: DeploymentWork,
  plan: DeploymentPlan,
): Promise<Deployment> {
  if (plan.revision === undefined) return deployment;
  const { name = '', namespace, uid } = deployment.metadata;
  const body = { metadata: { uid, annotations: { [REVISION]: String(plan.revision) } } };
  const written = await runtime.client.patch(DEPLOYMENTS, name, namespace, { kind: 'merge', body });
  await runtime.observed(DEPLOYMENTS, written, signal);
  return written as Deployment;
}
