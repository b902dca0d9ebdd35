import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import type { ResourceType } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { type ActionOutcome, HOOK_FINALIZER, type SyncAction, withoutSecretValues } from '@sekisho/sync';
import { applyObject } from './apply.ts';
import type { Destination } from './destinations.ts';

/** Runs one action of a sync against the cluster. Faults become outcomes; only an aborted signal is thrown. */
export async function executeAction(
  action: SyncAction,
  destination: Destination,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  try {
    const live = await perform(action, destination, signal);
    return { ok: true, ...(live === undefined ? {} : { live }) };
  } catch (error) {
    signal.throwIfAborted();
    const object = 'object' in action ? action.object : action.task.object;
    const message = withoutSecretValues(messageOf(error), object);
    return { ok: false, code: isSekishoError(error) ? error.code : 'INTERNAL', message };
  }
}

async function perform(
  action: SyncAction,
  destination: Destination,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const { client, live } = destination;
  const object = action.type === 'delete' || action.type === 'removeFinalizer' ? action.object : action.task.object;
  const type = await servedType(destination, object);
  const { name = '', namespace } = object.metadata;
  switch (action.type) {
    case 'dryRun':
    case 'apply':
      return applyObject({
        client,
        type,
        object,
        live: live.get(gvkOf(object), name, namespace ?? ''),
        mode: action.mode,
        validate: action.validate,
        dryRun: action.type === 'dryRun',
        signal,
      });
    case 'delete':
      await client.delete(type, name, namespace, {
        propagationPolicy: action.propagation,
        ...(object.metadata.uid === undefined ? {} : { preconditions: { uid: object.metadata.uid } }),
        signal,
      });
      return undefined;
    case 'removeFinalizer':
      return client.patch(
        type,
        name,
        namespace,
        {
          kind: 'merge',
          body: { metadata: { finalizers: (object.metadata.finalizers ?? []).filter((f) => f !== HOOK_FINALIZER) } },
        },
        { signal },
      );
  }
}

/** How the cluster serves the object's kind; a kind that is new since the last look is found. */
export async function servedType(destination: Destination, object: KubeObject): Promise<ResourceType> {
  const gvk = gvkOf(object);
  const { discovery } = destination.live;
  const known = discovery.resourceForSync(gvk);
  if (known !== undefined) return known;
  await discovery.refresh();
  const found = discovery.resourceForSync(gvk);
  if (found !== undefined) return found;
  throw new SekishoError('KIND_UNKNOWN', `The cluster serves no kind ${object.kind} in ${object.apiVersion}.`, {
    hint: 'Check apiVersion and kind; a CustomResourceDefinition must be applied before its objects.',
  });
}
