import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, numberAt, objectAt, optionalObjectAt, stringAt } from '../json.ts';
import { type Health, health } from './health.ts';

/** apps/v1 workloads, by Argo CD's rules. */

export function deploymentHealth(object: KubeObject): Health {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  if (spec['paused'] === true) return health('Suspended', 'the deployment is paused');
  if (isStale(object)) return stale('deployment');
  const progressing = conditionsOf(object).find((condition) => condition.type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return health('Degraded', `deployment "${object.metadata.name ?? ''}" exceeded its progress deadline`);
  }
  const wanted = numberAt(spec, 'replicas');
  const updated = numberAt(status, 'updatedReplicas') ?? 0;
  const total = numberAt(status, 'replicas') ?? 0;
  const available = numberAt(status, 'availableReplicas') ?? 0;
  if (wanted !== undefined && updated < wanted) {
    return health('Progressing', `rollout: ${updated} of ${wanted} replicas are updated`);
  }
  if (total > updated) return health('Progressing', `rollout: ${total - updated} old replicas still have to end`);
  if (available < updated) {
    return health('Progressing', `rollout: ${available} of ${updated} updated replicas are available`);
  }
  return health('Healthy');
}

export function replicaSetHealth(object: KubeObject): Health {
  if (isStale(object)) return stale('replica set');
  const failure = conditionsOf(object).find(
    (condition) => condition.type === 'ReplicaFailure' && condition.status === 'True',
  );
  if (failure !== undefined) return health('Degraded', failure.message);
  const wanted = numberAt(objectAt(object, 'spec'), 'replicas');
  const available = numberAt(objectAt(object, 'status'), 'availableReplicas') ?? 0;
  if (wanted !== undefined && available < wanted) {
    return health('Progressing', `rollout: ${available} of ${wanted} replicas are available`);
  }
  return health('Healthy');
}

export function daemonSetHealth(object: KubeObject): Health {
  const status = objectAt(object, 'status');
  if (isStale(object)) return stale('daemon set');
  if (strategyOf(object) === 'OnDelete') {
    return health(
      'Healthy',
      `${numberAt(status, 'updatedNumberScheduled') ?? 0} pods are updated, others when deleted`,
    );
  }
  const desired = numberAt(status, 'desiredNumberScheduled') ?? 0;
  const updated = numberAt(status, 'updatedNumberScheduled') ?? 0;
  const available = numberAt(status, 'numberAvailable') ?? 0;
  if (updated < desired) return health('Progressing', `rollout: ${updated} of ${desired} pods are updated`);
  if (available < desired) return health('Progressing', `rollout: ${available} of ${desired} pods are available`);
  return health('Healthy');
}

export function statefulSetHealth(object: KubeObject): Health {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const observed = numberAt(status, 'observedGeneration') ?? 0;
  if (observed === 0 || isStale(object)) return stale('stateful set');
  const wanted = numberAt(spec, 'replicas');
  const ready = numberAt(status, 'readyReplicas') ?? 0;
  const updated = numberAt(status, 'updatedReplicas') ?? 0;
  if (wanted !== undefined && ready < wanted) {
    return health('Progressing', `rollout: ${ready} of ${wanted} pods are ready`);
  }
  const rolling = optionalObjectAt(objectAt(spec, 'updateStrategy'), 'rollingUpdate');
  if (strategyOf(object) === 'RollingUpdate' && rolling !== undefined) {
    const partition = numberAt(rolling, 'partition');
    if (wanted !== undefined && partition !== undefined && updated < wanted - partition) {
      return health('Progressing', `partitioned rollout: ${updated} of ${wanted - partition} pods are updated`);
    }
    return health('Healthy', `partitioned rollout is complete: ${updated} pods are updated`);
  }
  if (strategyOf(object) === 'OnDelete') {
    return health('Healthy', `${ready} pods are ready, each is updated when deleted`);
  }
  if (stringAt(status, 'updateRevision') !== stringAt(status, 'currentRevision')) {
    return health('Progressing', `rollout: ${updated} pods are at revision ${stringAt(status, 'updateRevision')}`);
  }
  return health('Healthy', `rollout is complete: ${numberAt(status, 'currentReplicas') ?? 0} pods are current`);
}

function strategyOf(object: KubeObject): string {
  return stringAt(objectAt(objectAt(object, 'spec'), 'updateStrategy'), 'type');
}

/** Whether the controller has yet to see the current spec. */
function isStale(object: KubeObject): boolean {
  return (object.metadata.generation ?? 0) > (numberAt(objectAt(object, 'status'), 'observedGeneration') ?? 0);
}

function stale(what: string): Health {
  return health('Progressing', `the controller has not seen the current spec of the ${what} yet`);
}
