import { isSekishoError } from '@sekisho/base';
import type { EventRecorder, Informer } from '@sekisho/client';
import { type KubeObject, resourcePath } from '@sekisho/kube';
import { findCondition, withCondition } from '../kinds/condition.ts';
import type { Pod } from '../kinds/pod.ts';
import { NODES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../kinds/resources.ts';
import { formatTime } from '../kinds/time.ts';
import { isFinished } from '../pods/pod-state.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import { type ClaimState, type Node, placePod } from './scheduling.ts';

const SCHEDULER = 'default-scheduler';

/** Binds pods to nodes. Pods that fit nowhere wait until a node or a claim changes. */
export function startScheduler(runtime: ControllerRuntime): void {
  const pods = runtime.informer(PODS);
  const nodes = runtime.informer(NODES);
  const claims = runtime.informer(PERSISTENT_VOLUME_CLAIMS);
  const recorder = runtime.recorder(SCHEDULER);
  const waiting = new Set<string>();

  const queue = runtime.queue('scheduler', 32, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const pod = pods.get(name, namespace) as Pod | undefined;
    if (pod === undefined || !needsNode(pod)) {
      waiting.delete(key);
      return undefined;
    }
    const placement = placePod(pod, nodes.list() as Node[], claimState(claims));
    if ('node' in placement) {
      waiting.delete(key);
      await bind(runtime, pod, placement.node);
      return undefined;
    }
    waiting.add(key);
    return refuse({ runtime, recorder, pod, message: placement.unschedulable, signal });
  });

  pods.on(({ type, object, previous }) => {
    if (type === 'DELETED') waiting.delete(keyOf(object));
    else if (needsNode(object as Pod) && (previous === undefined || mayFitNow(previous as Pod, object as Pod))) {
      queue.add(keyOf(object));
    }
  });
  const retryWaiting = (): void => {
    for (const key of waiting) queue.add(key);
  };
  nodes.on(retryWaiting);
  claims.on(retryWaiting);
}

function needsNode(pod: Pod): boolean {
  const { spec, metadata } = pod;
  return (
    (spec.nodeName === undefined || spec.nodeName === '') &&
    metadata.deletionTimestamp === undefined &&
    (spec.schedulingGates ?? []).length === 0 &&
    (spec.schedulerName ?? SCHEDULER) === SCHEDULER &&
    !isFinished(pod)
  );
}

/** Status changes (our own refusal among them) can't make a pod fit. */
function mayFitNow(previous: Pod, pod: Pod): boolean {
  return previous.spec !== pod.spec || !needsNode(previous);
}

function claimState(claims: Informer): ClaimState {
  return {
    phaseOf: (namespace, name) => {
      const claim = claims.get(name, namespace);
      if (claim === undefined) return undefined;
      return (claim['status'] as { phase?: string } | undefined)?.phase ?? 'Pending';
    },
  };
}

async function bind(runtime: ControllerRuntime, pod: Pod, node: string): Promise<void> {
  const { name = '', namespace, uid } = pod.metadata;
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  try {
    await runtime.client.request({ method: 'POST', path: resourcePath(PODS, namespace, name, 'binding'), body });
  } catch (error) {
    // Bound or gone already: the pod's next event says which.
    if (!isSekishoError(error, 'KUBE_CONFLICT') && !isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
  }
}

interface Refusal {
  readonly runtime: ControllerRuntime;
  readonly recorder: EventRecorder;
  readonly pod: Pod;
  readonly message: string;
  readonly signal: AbortSignal;
}

async function refuse({ runtime, recorder, pod, message, signal }: Refusal): Promise<undefined> {
  const before = findCondition(pod.status?.conditions, 'PodScheduled');
  if (before?.reason === 'Unschedulable' && before.message === message) return undefined;
  recorder.event(pod, 'Warning', 'FailedScheduling', message);
  const conditions = withCondition(
    pod.status?.conditions,
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null },
    formatTime(runtime.clock.now()),
  );
  const next: KubeObject = { ...pod, status: { phase: 'Pending', ...pod.status, conditions } };
  await runtime.observed(PODS, await runtime.client.update(PODS, next, { subresource: 'status' }), signal);
  return undefined;
}
