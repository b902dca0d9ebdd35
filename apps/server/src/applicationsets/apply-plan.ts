import type { ApplicationSetPlan, ApplicationUpdate, FailureReason } from '@sekisho/applicationset';
import { isSekishoError, type Logger, mapConcurrent, messageOf } from '@sekisho/base';
import type { EventRecorder, KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { DEFAULT_PROJECT } from '@sekisho/project';
import { asRecord } from '../applications/as-record.ts';
import { APPLICATIONS } from '../applications/kinds.ts';
import type { Audit } from '../audit/audit.ts';

/** One change that the API server refused. */
export interface ApplyFault {
  readonly reason: FailureReason;
  readonly message: string;
  /** Somebody else wrote at the same time: looked at again, nothing is wrong. */
  readonly isConflict: boolean;
}

export interface PlanApplier {
  /** Does all of it that can be done. */
  apply(set: KubeObject, plan: ApplicationSetPlan, signal: AbortSignal): Promise<readonly ApplyFault[]>;
  /** @param why for the audit log */
  remove(set: KubeObject, live: KubeObject, signal: AbortSignal): Promise<readonly ApplyFault[]>;
  update(set: KubeObject, change: ApplicationUpdate, signal: AbortSignal): Promise<readonly ApplyFault[]>;
}

const PARALLEL = 8;

type Action = 'create' | 'update' | 'delete';
const REASONS: Readonly<Record<Action, FailureReason>> = {
  create: 'CreateApplicationError',
  update: 'UpdateApplicationError',
  delete: 'DeleteApplicationError',
};
const EVENTS: Readonly<Record<Action, string>> = { create: 'Created', update: 'Updated', delete: 'Deleted' };

export function createPlanApplier(options: {
  client: KubeClient;
  events: EventRecorder;
  audit: Audit;
  onChange: (action: Action) => void;
  logger: Logger;
}): PlanApplier {
  const { client, events, audit, logger } = options;

  async function attempt(
    set: KubeObject,
    action: Action,
    application: KubeObject,
    work: () => Promise<boolean>,
  ): Promise<readonly ApplyFault[]> {
    const name = application.metadata.name ?? '';
    try {
      if (!(await work())) return [];
    } catch (error) {
      if (!isSekishoError(error)) throw error;
      const isConflict = ['KUBE_CONFLICT', 'KUBE_ALREADY_EXISTS'].includes(error.code);
      if (!isConflict) {
        tell(set, action, application, error);
        logger.warn({ applicationSet: set.metadata.name, app: name, action, error: messageOf(error) }, 'refused');
      }
      return [{ reason: REASONS[action], message: `${name}: ${messageOf(error)}`, isConflict }];
    }
    options.onChange(action);
    tell(set, action, application);
    logger.info({ applicationSet: set.metadata.name, app: name }, `an application was ${EVENTS[action].toLowerCase()}`);
    return [];
  }

  function tell(set: KubeObject, action: Action, application: KubeObject, error?: unknown): void {
    const { name = '', namespace = '' } = application.metadata;
    const { name: setName = '', namespace: setNamespace = '' } = set.metadata;
    const { project } = asRecord(application['spec']);
    if (error === undefined) events.event(set, 'Normal', EVENTS[action], `${EVENTS[action]} Application "${name}"`);
    else events.event(set, 'Warning', REASONS[action], `Application "${name}": ${messageOf(error)}`);
    audit.record({
      actor: { user: `applicationset:${setNamespace}/${setName}`, groups: [], method: 'controller' },
      action: `application.${action}`,
      object: {
        type: 'application',
        project: typeof project === 'string' && project !== '' ? project : DEFAULT_PROJECT,
        namespace,
        name,
      },
      outcome: error === undefined ? 'succeeded' : 'failed',
      reason: `ApplicationSet ${setNamespace}/${setName}`,
      ...(error === undefined ? {} : { details: { error: messageOf(error) } }),
    });
  }

  /** @returns whether anything was changed */
  async function patch(live: KubeObject, body: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    const { name = '', namespace, resourceVersion } = live.metadata;
    // An operation that was taken up meanwhile must not begin again.
    const guarded = { ...body, metadata: { ...asRecord(body['metadata']), resourceVersion } };
    const sent = body['operation'] === undefined ? body : guarded;
    const stored = await client.patch(APPLICATIONS, name, namespace, { kind: 'merge', body: sent }, { signal });
    return stored.metadata.resourceVersion !== resourceVersion;
  }

  async function removeNow(live: KubeObject, withoutCleanUp: boolean, signal: AbortSignal): Promise<boolean> {
    const { name = '', namespace, uid } = live.metadata;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    try {
      if (withoutCleanUp) await patch(live, { metadata: { finalizers: null } }, signal);
      await client.delete(APPLICATIONS, name, namespace, { signal, propagationPolicy: 'Background', ...preconditions });
      return true;
    } catch (error) {
      if (isSekishoError(error, 'KUBE_NOT_FOUND')) return false;
      throw error;
    }
  }

  const update: PlanApplier['update'] = (set, { live, patch: body }, signal) =>
    attempt(set, 'update', live, () => patch(live, body, signal));

  return {
    async apply(set, plan, signal) {
      const work = [
        ...plan.create.map(
          (application) => () =>
            attempt(set, 'create', application, async () => {
              await client.create(APPLICATIONS, application, { signal });
              return true;
            }),
        ),
        ...plan.update.map((change) => () => update(set, change, signal)),
        ...plan.delete.map(
          ({ live, withoutCleanUp }) =>
            () =>
              attempt(set, 'delete', live, () => removeNow(live, withoutCleanUp, signal)),
        ),
      ];
      return (await mapConcurrent(work, PARALLEL, (one) => one(), { signal })).flat();
    },
    remove: (set, live, signal) => attempt(set, 'delete', live, () => removeNow(live, false, signal)),
    update,
  };
}
