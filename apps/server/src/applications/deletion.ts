import { isSekishoError, messageOf } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { type ApplicationCondition, isDeletionApproved, planDelete } from '@sekisho/sync';
import type { Application } from './application.ts';
import { syncOptionsOf } from './comparison.ts';
import type { Destination, Destinations } from './destinations.ts';
import { servedType } from './execute.ts';
import { APPLICATIONS } from './kinds.ts';

/** How often a deletion looks again although no event came: an object may hang on a finalizer of somebody else. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Carries an Application's deletion one step on: deletes what it made (highest wave first, the next one when the last is
 * gone), then takes its finalizers off.
 *
 * @returns what holds it up; undefined once the Application may go
 */
export async function deleteApplication(options: {
  application: Application;
  destinations: Pick<Destinations, 'open'>;
  client: KubeClient;
  signal: AbortSignal;
}): Promise<{ conditions: ApplicationCondition[]; afterMs: number } | undefined> {
  const { application, destinations, client, signal } = options;
  const { metadata } = application.object;
  const finalizers = metadata.finalizers ?? [];
  let destination: Destination | undefined;
  try {
    if (finalizers.length > 0) destination = await destinations.open(application.spec.destination);
  } catch (error) {
    if (!isSekishoError(error)) throw error;
    const message = `${error.message} Its resources can't be deleted; without its finalizer the application goes alone.`;
    return { conditions: [{ type: 'DeletionError', message }], afterMs: LOOK_AGAIN_MS };
  }
  const plan = planDelete({
    app: application,
    finalizers,
    options: syncOptionsOf(application),
    live: destination?.live.tracked(application.instanceName) ?? [],
    deletionApproved: isDeletionApproved(application.object, metadata.deletionTimestamp ?? ''),
  });
  if (plan.unconfirmed.length > 0) {
    const names = plan.unconfirmed.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
    const message = `Deleting ${names} must be approved: annotate the Application with argocd.argoproj.io/deletion-approved and the time now.`;
    return { conditions: [{ type: 'DeletionError', message }], afterMs: LOOK_AGAIN_MS * 12 };
  }
  const [wave] = plan.waves;
  if (wave !== undefined && destination !== undefined) {
    const conditions: ApplicationCondition[] = [];
    for (const object of wave) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      const { name = '', namespace, uid } = object.metadata;
      try {
        await destination.client.delete(await servedType(destination, object), name, namespace, {
          propagationPolicy: plan.propagation,
          ...(uid === undefined ? {} : { preconditions: { uid } }),
          signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        if (isSekishoError(error, 'KUBE_NOT_FOUND')) continue;
        conditions.push({ type: 'DeletionError', message: `${object.kind} ${name}: ${messageOf(error)}` });
      }
    }
    return { conditions, afterMs: LOOK_AGAIN_MS };
  }
  const left = finalizers.filter((finalizer) => !plan.finalizers.includes(finalizer));
  if (left.length !== finalizers.length) {
    const body = { metadata: { finalizers: left, resourceVersion: metadata.resourceVersion } };
    await client.patch(APPLICATIONS, application.name, application.namespace, { kind: 'merge', body }, { signal });
  }
  return undefined;
}
