import type { Informer, ResourceType } from '@sekisho/client';
import { deepEqual, type KubeObject, parseApiVersion } from '@sekisho/kube';
import { type Condition, withCondition } from '../kinds/condition.ts';
import {
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '../kinds/resources.ts';
import { formatTime } from '../kinds/time.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

const SETTLE_MS = 500;
const SCALED: readonly ResourceType[] = [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, REPLICATION_CONTROLLERS];

interface Autoscaler extends KubeObject {
  spec: { readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string } };
  status?: { readonly conditions?: readonly Condition[]; readonly [field: string]: unknown };
}

/**
 * The status of an autoscaler whose target has `replicas` pods (undefined: the target is missing). Nothing is measured on a
 * simulated node: it reports what a cluster with metrics reports when the present number is right.
 */
export function autoscalerStatus(
  autoscaler: Autoscaler,
  replicas: number | undefined,
  now: number,
): Record<string, unknown> {
  const time = formatTime(now);
  const { kind, name } = autoscaler.spec.scaleTargetRef;
  let conditions = autoscaler.status?.conditions ?? [];
  const set = (type: string, status: 'True' | 'False', reason: string, message: string): void => {
    conditions = withCondition(conditions, { type, status, reason, message }, time);
  };
  if (replicas === undefined) {
    set(
      'AbleToScale',
      'False',
      'FailedGetScale',
      `the HPA controller was unable to get the target's current scale: ${kind} "${name}" not found`,
    );
    return { currentReplicas: 0, desiredReplicas: 0, conditions };
  }
  set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
  set(
    'ScalingActive',
    'True',
    'ValidMetricFound',
    'simulated: no metrics are measured, the current size is taken as right',
  );
  set('ScalingLimited', 'False', 'DesiredWithinRange', 'the desired count is within the acceptable range');
  return {
    observedGeneration: autoscaler.metadata.generation ?? 1,
    currentReplicas: replicas,
    desiredReplicas: replicas,
    conditions,
  };
}

export function startAutoscalingController(runtime: ControllerRuntime): void {
  const autoscalers = runtime.informer(HORIZONTAL_POD_AUTOSCALERS);
  const targets = new Map<string, Informer>(
    SCALED.map((type) => [`${type.group}/${type.kind}`, runtime.informer(type)]),
  );
  const queue = runtime.queue('autoscaling', 2, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const autoscaler = autoscalers.get(name, namespace) as Autoscaler | undefined;
    if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return undefined;
    const { apiVersion = 'v1', kind, name: target } = autoscaler.spec.scaleTargetRef;
    const informer = targets.get(`${parseApiVersion(apiVersion).group}/${kind}`);
    const object = informer?.get(target, namespace);
    const replicas =
      object === undefined ? undefined : ((object['status'] as { replicas?: number } | undefined)?.replicas ?? 0);
    const { currentMetrics: _metrics, ...before } = autoscaler.status ?? {};
    const next = autoscalerStatus(autoscaler, replicas, runtime.clock.now());
    if (deepEqual(without(next, 'currentMetrics'), before)) return undefined;
    const written = await runtime.client.update(
      HORIZONTAL_POD_AUTOSCALERS,
      { ...autoscaler, status: next },
      { subresource: 'status' },
    );
    await runtime.observed(HORIZONTAL_POD_AUTOSCALERS, written, signal);
    return undefined;
  });
  autoscalers.on(({ type, object }) => {
    if (type !== 'DELETED') queue.add(keyOf(object));
  });
  for (const informer of targets.values()) {
    informer.on(({ object }) => {
      if (autoscalers.size === 0) return;
      for (const autoscaler of autoscalers.list(object.metadata.namespace ?? '') as Autoscaler[]) {
        const { kind, name } = autoscaler.spec.scaleTargetRef;
        if (kind === object.kind && name === object.metadata.name) queue.addAfter(keyOf(autoscaler), SETTLE_MS);
      }
    });
  }
}

function without(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _field, ...rest } = fields;
  return rest;
}
