import { isSekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { readApplication } from './application-request.ts';
import type { SekishoApi } from './connection.ts';
import { followEvents } from './event-stream.ts';

/**
 * The application now and after each change; `undefined` once it is gone (the last value). Goes on after a dropped
 * connection. Ends by the caller's `break` or the signal.
 *
 * @throws SekishoError KUBE_NOT_FOUND when it isn't there at the start
 */
export async function* watchApplication(
  api: SekishoApi,
  { name, namespace, signal }: { name: string; namespace: string; signal: AbortSignal },
): AsyncGenerator<KubeObject | undefined> {
  const query = { application: `${namespace}/${name}`, type: ['application', 'application-deleted'] };
  let version: string | undefined;
  for await (const { type } of followEvents(api, query, signal)) {
    if (type === 'caught-up') continue;
    if (type === 'application-deleted') {
      yield undefined;
      return;
    }
    // An event says that there is something to read; what is read may be newer already.
    let current: KubeObject;
    try {
      current = await readApplication(api, { name, namespace, signal });
    } catch (error) {
      if (version === undefined || !isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
      yield undefined;
      return;
    }
    if (current.metadata.resourceVersion === version) continue;
    version = current.metadata.resourceVersion ?? '';
    yield current;
  }
}
