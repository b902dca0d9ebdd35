import { isSekishoError } from '@sekisho/base';
import type { Informer } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { keysOnly } from '../kinds/keys-only.ts';
import type { Pod } from '../kinds/pod.ts';
import { CONFIG_MAPS, PODS, SECRETS } from '../kinds/resources.ts';
import { isFinished } from '../pods/pod-state.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import { createPodAddresses } from './pod-addresses.ts';
import { findReferenceProblem, type ReferenceSource } from './pod-references.ts';
import { simulatePod, stageOf } from './simulate-pod.ts';
import type { SimulatedNode } from './simulation.ts';

export interface KubeletOptions {
  readonly name: string;
  readonly ip: string;
  readonly startupMs: number;
  readonly jobMs: number;
}

/** Reports the pods bound to the node as running (or ended), and removes those that are being deleted. */
export function startKubelet(runtime: ControllerRuntime, options: KubeletOptions): void {
  const pods = runtime.informer(PODS);
  const configMaps = runtime.informer(CONFIG_MAPS, keysOnly);
  const secrets = runtime.informer(SECRETS, keysOnly);
  const recorder = runtime.recorder('kubelet');
  const addresses = createPodAddresses();
  const stages = new Map<string, { stage: string; at: number }>();
  /** Pods that wait for a ConfigMap or Secret to appear, by namespace. */
  const waiting = new Map<string, Set<string>>();
  const references: ReferenceSource = {
    configMapKeys: (namespace, name) => keysOf(configMaps, namespace, name),
    secretKeys: (namespace, name) => keysOf(secrets, namespace, name),
  };
  const node: SimulatedNode = { ...options, references, allocateIp: (pod) => addresses.allocate(pod) };

  const queue = runtime.queue('kubelet', 32, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const pod = pods.get(name, namespace) as Pod | undefined;
    if (pod === undefined) return undefined;
    if (pod.metadata.deletionTimestamp !== undefined) return remove(runtime, pod);
    if (isFinished(pod)) return undefined;
    const now = runtime.clock.now();
    const step = simulatePod(pod, node, now - stageStart(pod, now), now);
    noteWaiting(key, pod);
    if (step.status !== undefined) {
      const written = await runtime.client.update(PODS, { ...pod, status: step.status }, { subresource: 'status' });
      for (const { type, reason, message } of step.events ?? []) recorder.event(pod, type, reason, message);
      await runtime.observed(PODS, written, signal);
    }
    return step.afterMs === undefined ? undefined : { afterMs: step.afterMs };
  });

  pods.on(({ type, object }) => {
    const pod = object as Pod;
    if (!isOurs(pod, options.name)) return;
    const { uid = '' } = pod.metadata;
    if (type === 'DELETED') {
      addresses.release(uid);
      stages.delete(uid);
      waiting.get(pod.metadata.namespace ?? '')?.delete(keyOf(pod));
      return;
    }
    if (isFinished(pod)) {
      addresses.release(uid);
      stages.delete(uid);
    } else if (pod.status?.podIP !== undefined) addresses.take(uid, pod.status.podIP);
    if (!isFinished(pod) || pod.metadata.deletionTimestamp !== undefined) queue.add(keyOf(pod));
  });
  const retryWaiting = ({ object }: { object: KubeObject }): void => {
    for (const key of waiting.get(object.metadata.namespace ?? '') ?? []) queue.add(key);
  };
  configMaps.on(retryWaiting);
  secrets.on(retryWaiting);

  /** When the pod came into its stage, as far as this process saw; a restart begins the wait anew. */
  function stageStart(pod: Pod, now: number): number {
    const stage = stageOf(pod);
    const { uid = '' } = pod.metadata;
    const known = stages.get(uid);
    if (known?.stage === stage) return known.at;
    stages.set(uid, { stage, at: now });
    return now;
  }

  function noteWaiting(key: string, pod: Pod): void {
    const { namespace = '' } = pod.metadata;
    if (pod.status?.phase === 'Running' || findReferenceProblem(pod, references) === undefined) {
      waiting.get(namespace)?.delete(key);
      return;
    }
    const keys = waiting.get(namespace);
    if (keys === undefined) waiting.set(namespace, new Set([key]));
    else keys.add(key);
  }
}

/** A pod that was deleted before it got a node is nobody's: the node removes it too. */
function isOurs(pod: Pod, node: string): boolean {
  const { nodeName } = pod.spec;
  if (nodeName === node) return true;
  return (nodeName === undefined || nodeName === '') && pod.metadata.deletionTimestamp !== undefined;
}

async function remove(runtime: ControllerRuntime, pod: Pod): Promise<undefined> {
  const { name = '', namespace, uid } = pod.metadata;
  // What holds it now is a finalizer of somebody else: deleting again would change nothing.
  if (pod.metadata.deletionGracePeriodSeconds === 0) return undefined;
  try {
    await runtime.client.delete(PODS, name, namespace, {
      gracePeriodSeconds: 0,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    });
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_NOT_FOUND') && !isSekishoError(error, 'KUBE_CONFLICT')) throw error;
  }
  return undefined;
}

function keysOf(informer: Informer, namespace: string, name: string): ReadonlySet<string> | undefined {
  const object = informer.get(name, namespace);
  if (object === undefined) return undefined;
  return new Set([
    ...Object.keys((object['data'] as Record<string, unknown> | undefined) ?? {}),
    ...Object.keys((object['binaryData'] as Record<string, unknown> | undefined) ?? {}),
  ]);
}
