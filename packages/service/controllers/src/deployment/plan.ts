import { DEPLOYMENTS } from '../kinds/resources.ts';
import { revisionHash } from '../kinds/template-hash.ts';
import { countOf, type Deployment, type ReplicaSet, replicasOf } from '../kinds/workload.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import {
  annotationsOfCurrent,
  HASH_LABEL,
  newestRevision,
  REVISION,
  revisionOf,
  splitReplicaSets,
} from './revision.ts';
import { rollingStep, type Sizes } from './rolling.ts';
import { isScalingEvent, scaleSets } from './scale.ts';
import { isRolling, newSetSize, sizeAnnotations } from './sizes.ts';
import { isComplete } from './status.ts';

export interface DeploymentPlan {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly create: ReplicaSet | undefined;
  /** Sets to write, in their new form. */
  readonly update: readonly { readonly from: ReplicaSet; readonly to: ReplicaSet }[];
  readonly remove: readonly ReplicaSet[];
  /** The revision that the deployment's annotation must say, when it says another. */
  readonly revision: number | undefined;
  readonly countOnly: boolean;
}

export interface DeploymentState {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  /** Whether pods of sets other than the current one still run: Recreate waits for their end. */
  readonly oldPodsRun: (old: readonly ReplicaSet[]) => boolean;
}

/** The next step of a deployment: what to create, write and delete. Each step changes the sets, which asks for the next. */
export function planDeployment({ deployment, sets, oldPodsRun }: DeploymentState): DeploymentPlan {
  const { current, old } = splitReplicaSets(deployment, sets);
  const nothing = { current, old, create: undefined, remove: [], update: [], revision: undefined, countOnly: true };
  if (deployment.metadata.deletionTimestamp !== undefined) return nothing;

  const revision = newestRevision(old) + 1;
  if (deployment.spec.paused === true || isScalingEvent(deployment, sets)) {
    const noted = current === undefined ? undefined : noteRevision(deployment, current, revision);
    const sizes = scaleSets(deployment, current, old);
    return {
      ...nothing,
      update: updates(deployment, sets, sizes, noted === undefined ? [] : [noted]),
      remove: deployment.spec.paused === true ? surplusSets(deployment, old) : [],
      revision: noted === undefined ? undefined : revisionToNote(deployment, noted.to),
    };
  }
  return isRolling(deployment)
    ? planRolling({ deployment, current, old, revision })
    : planRecreate({ deployment, current, old, revision }, oldPodsRun(old));
}

interface Rollout {
  readonly deployment: Deployment;
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly revision: number;
}

function planRolling(rollout: Rollout): DeploymentPlan {
  const { deployment, current, old } = rollout;
  if (current === undefined) return planCreate(rollout);
  const noted = noteRevision(deployment, current, rollout.revision);
  const sizes = rollingStep(deployment, current, old);
  return {
    ...rollout,
    create: undefined,
    update: updates(deployment, [...old, current], sizes, [noted]),
    remove: finishedRemovals(rollout),
    revision: revisionToNote(deployment, noted.to),
    countOnly: false,
  };
}

function planRecreate(rollout: Rollout, oldPodsRun: boolean): DeploymentPlan {
  const { deployment, current, old } = rollout;
  const running = old.filter((set) => replicasOf(set) > 0);
  if (running.length > 0 || oldPodsRun) {
    const noted = current === undefined ? undefined : noteRevision(deployment, current, rollout.revision);
    const sizes = new Map(running.map((set) => [set, 0]));
    return {
      ...rollout,
      create: undefined,
      update: updates(deployment, old, sizes, noted === undefined ? [] : [noted]),
      remove: [],
      revision: noted === undefined ? undefined : revisionToNote(deployment, noted.to),
      countOnly: false,
    };
  }
  if (current === undefined) return planCreate(rollout);
  const noted = noteRevision(deployment, current, rollout.revision);
  const replicas = replicasOf(deployment);
  const sizes: Sizes = replicasOf(current) === replicas ? new Map() : new Map([[current, replicas]]);
  return {
    ...rollout,
    create: undefined,
    update: updates(deployment, [current], sizes, [noted]),
    remove: finishedRemovals(rollout),
    revision: revisionToNote(deployment, noted.to),
    countOnly: false,
  };
}

function planCreate(rollout: Rollout): DeploymentPlan {
  const { deployment, old, revision } = rollout;
  const create = newReplicaSet(deployment, old, revision, countOf(deployment.status?.collisionCount));
  return { ...rollout, create, update: [], remove: [], revision: revisionToNote(deployment, create), countOnly: false };
}

/** The set of the deployment's template, as it is first created. */
export function newReplicaSet(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
  collisionCount: number,
): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = revisionHash(template, collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name ?? ''}-${hash}`,
      ...(deployment.metadata.namespace === undefined ? {} : { namespace: deployment.metadata.namespace }),
      labels,
      annotations: { ...annotationsOfCurrent(deployment, undefined, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [newControllerRef(DEPLOYMENTS, deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, old, 0),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

interface SetUpdate {
  readonly from: ReplicaSet;
  readonly to: ReplicaSet;
}

/** The current set with the deployment's annotations, this revision and its minReadySeconds; `to` is `from` when it has them. */
function noteRevision(deployment: Deployment, current: ReplicaSet, revision: number): SetUpdate {
  const annotations = annotationsOfCurrent(deployment, current, revision);
  const before = current.metadata.annotations ?? {};
  const minReadySeconds = countOf(deployment.spec.minReadySeconds);
  const same =
    countOf(current.spec.minReadySeconds) === minReadySeconds &&
    Object.keys(annotations).every((key) => annotations[key] === before[key]);
  if (same) return { from: current, to: current };
  return {
    from: current,
    to: {
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...current.spec, minReadySeconds },
    },
  };
}

/** One write per set: its new size, and the annotations that say what it was sized for. */
function updates(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  sizes: Sizes,
  noted: readonly SetUpdate[],
): SetUpdate[] {
  const wanted = sizeAnnotations(deployment);
  const result: SetUpdate[] = [];
  for (const set of sets) {
    let to = noted.find(({ from }) => from === set)?.to ?? set;
    const size = sizes.get(set) ?? replicasOf(set);
    const annotations = to.metadata.annotations ?? {};
    // An idle old set needs no news of what it would be sized for.
    const stale = size > 0 && Object.keys(wanted).some((key) => annotations[key] !== wanted[key]);
    if (size !== replicasOf(set) || stale) {
      to = {
        ...to,
        metadata: { ...to.metadata, annotations: { ...annotations, ...wanted } },
        spec: { ...to.spec, replicas: size },
      };
    }
    if (to !== set) result.push({ from: set, to });
  }
  return result;
}

function revisionToNote(deployment: Deployment, set: ReplicaSet): number | undefined {
  const revision = revisionOf(set);
  return deployment.metadata.annotations?.[REVISION] === String(revision) ? undefined : revision;
}

function finishedRemovals({ deployment, old }: Rollout): ReplicaSet[] {
  return deployment.status !== undefined && isComplete(deployment, deployment.status)
    ? surplusSets(deployment, old)
    : [];
}

/** Old sets beyond `revisionHistoryLimit`, lowest revisions first; only sets without pods count. */
function surplusSets(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const idle = old.filter(
    (set) =>
      replicasOf(set) === 0 &&
      countOf(set.status?.replicas) === 0 &&
      (set.metadata.generation ?? 0) <= countOf(set.status?.observedGeneration) &&
      set.metadata.deletionTimestamp === undefined,
  );
  if (idle.length <= limit) return [];
  return idle.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, idle.length - limit);
}
