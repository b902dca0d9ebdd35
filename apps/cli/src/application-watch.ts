import { isSekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { APPLICATIONS } from './applications.ts';

/**
 * The application now and after each change; `undefined` once it is gone (the last value). Goes on after a dropped
 * watch. Ends by the caller's `break` or the signal.
 *
 * @throws SekishoError KUBE_NOT_FOUND when it isn't there at the start
 */
export async function* watchApplication(
  kube: KubeClient,
  { name, namespace, signal }: { name: string; namespace: string; signal: AbortSignal },
): AsyncGenerator<KubeObject | undefined> {
  for (let first = true; ; first = false) {
    let current: KubeObject;
    try {
      current = await kube.get(APPLICATIONS, name, namespace, { signal });
    } catch (error) {
      if (first || !isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
      yield undefined;
      return;
    }
    yield current;
    const events = kube.watch(APPLICATIONS, {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: current.metadata.resourceVersion ?? '0',
      signal,
    });
    for await (const { type, object } of events) {
      if (type === 'ADDED' || type === 'MODIFIED') yield object;
      if (type === 'DELETED') {
        yield undefined;
        return;
      }
      if (type === 'ERROR') break;
    }
    signal.throwIfAborted();
  }
}
