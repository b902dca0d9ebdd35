import { isSekishoError, mapConcurrent } from '@sekisho/base';
import type { Pod } from '../kinds/pod.ts';
import { PODS } from '../kinds/resources.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

const PARALLEL_WRITES = 16;

/** Creates pods, few at first and more when that goes well, and waits until the cache shows them. Stops at the first error. */
export async function createPods(
  runtime: ControllerRuntime,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<{ created: Pod[]; error?: unknown }> {
  const created: Pod[] = [];
  // One refusal (a quota, a bad template) is told once, not once for each of a thousand pods.
  for (let at = 0, batch = 1; at < pods.length; at += batch, batch = Math.min(batch * 4, 500)) {
    const outcomes = await mapConcurrent(pods.slice(at, at + batch), PARALLEL_WRITES, async (pod) => {
      try {
        return { pod: (await runtime.client.create(PODS, pod)) as Pod };
      } catch (error) {
        return { error };
      }
    });
    let error: unknown;
    for (const outcome of outcomes) {
      if (outcome.pod !== undefined) created.push(outcome.pod);
      else error ??= outcome.error;
    }
    if (error !== undefined) {
      await allObserved(runtime, created, signal);
      return { created, error };
    }
  }
  await allObserved(runtime, created, signal);
  return { created };
}

async function allObserved(runtime: ControllerRuntime, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
  await Promise.all(pods.map((pod) => runtime.observed(PODS, pod, signal)));
}

/** Asks for the deletion of pods and waits until the cache shows it; one that is gone already is fine. */
export async function deletePods(runtime: ControllerRuntime, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
  await mapConcurrent(pods, PARALLEL_WRITES, async (pod) => {
    const { name = '', namespace, uid } = pod.metadata;
    try {
      await runtime.client.delete(PODS, name, namespace, uid === undefined ? {} : { preconditions: { uid } });
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND') && !isSekishoError(error, 'KUBE_CONFLICT')) throw error;
    }
    await runtime.observedDeletion(PODS, pod, signal);
  });
}
