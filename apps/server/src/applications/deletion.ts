import { isSekishoError, messageOf } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { type ApplicationCondition, HOOK_FINALIZER, isDeletionApproved, planDelete } from '@sekisho/sync';
import type { Application } from './application.ts';
import { syncOptionsOf } from './comparison.ts';
import type { DeletionHooks, HookOutcome } from './deletion-hooks.ts';
import type { Destination, Destinations } from './destinations.ts';
import { servedType } from './execute.ts';
import { APPLICATIONS } from './kinds.ts';
import type { Rendered } from './merged-sources.ts';
import type { OperationRecord } from './status.ts';

/** How often a deletion looks again although no event came: an object may hang on a finalizer of somebody else. */
const LOOK_AGAIN_MS = 5_000;

/** What holds a deletion up. */
export interface Held {
  readonly conditions: readonly ApplicationCondition[];
  /** How far its hooks are. */
  readonly record?: OperationRecord;
  readonly afterMs: number;
}

/**
 * Carries an Application's deletion one step on: runs its PreDelete hooks, deletes what it made (highest wave first, the
 * next one when the last is gone), runs its PostDelete hooks, then takes its finalizers off.
 *
 * @returns what holds it up; undefined once the Application may go
 */
export async function deleteApplication(options: {
  application: Application;
  destinations: Pick<Destinations, 'open'>;
  client: KubeClient;
  hooks: DeletionHooks;
  /** The manifests, for hooks. @throws SekishoError */
  render: () => Promise<Rendered>;
  /** Somebody asks for failed hooks to be run again. */
  retry: boolean;
  signal: AbortSignal;
}): Promise<Held | undefined> {
  const { application, destinations, client, hooks, render, retry, signal } = options;
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
  // Once the PostDelete hooks run, they are all that is left: what they make is theirs.
  const isAfter = hooks.phaseOf(application) === 'PostDelete';
  if (plan.runsHooks && destination !== undefined && !isAfter) {
    const outcome = await hooks.advance({ application, destination, phase: 'PreDelete', render, retry, signal });
    if (outcome.state !== 'done') return heldByHooks(outcome);
  }
  if (wave !== undefined && destination !== undefined && !isAfter) {
    const conditions: ApplicationCondition[] = [];
    for (const object of wave) {
      const { name = '', namespace, uid } = object.metadata;
      try {
        await release(object, destination, signal);
        if (object.metadata.deletionTimestamp !== undefined) continue;
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
  if (plan.runsHooks && destination !== undefined) {
    const outcome = await hooks.advance({ application, destination, phase: 'PostDelete', render, retry, signal });
    if (outcome.state !== 'done') return heldByHooks(outcome);
  }
  const left = finalizers.filter((finalizer) => !plan.finalizers.includes(finalizer));
  if (left.length !== finalizers.length) {
    const body = { metadata: { finalizers: left, resourceVersion: metadata.resourceVersion } };
    await client.patch(APPLICATIONS, application.name, application.namespace, { kind: 'merge', body }, { signal });
  }
  return undefined;
}

function heldByHooks(outcome: Exclude<HookOutcome, { state: 'done' }>): Held {
  if (outcome.state === 'running') {
    return {
      conditions: [],
      record: outcome.record,
      afterMs: Math.min(outcome.afterMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS),
    };
  }
  return {
    conditions: [{ type: 'DeletionError', message: outcome.message }],
    ...(outcome.record === undefined ? {} : { record: outcome.record }),
    afterMs: LOOK_AGAIN_MS * 12,
  };
}

/** A hook of a sync that was interrupted: nobody else takes our finalizer off it. */
async function release(object: KubeObject, destination: Destination, signal: AbortSignal): Promise<void> {
  const { name = '', namespace, finalizers = [] } = object.metadata;
  if (!finalizers.includes(HOOK_FINALIZER)) return;
  const body = { metadata: { finalizers: finalizers.filter((finalizer) => finalizer !== HOOK_FINALIZER) } };
  await destination.client.patch(
    await servedType(destination, object),
    name,
    namespace,
    { kind: 'merge', body },
    { signal },
  );
}
