import { randomUUID } from 'node:crypto';
import { type Clock, isSekishoError, type Logger, messageOf, SekishoError, sleep, withJitter } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asRecord } from '../applications/as-record.ts';
import type { ApplicationController } from '../applications/controller.ts';
import { APPLICATIONS } from '../applications/kinds.ts';
import { OPERATION_ID, operationIdOf } from '../applications/operation-id.ts';
import type { Audit, NewAuditEntry } from '../audit/audit.ts';
import { permittedApplication, requireOpenWindow } from '../projects/entry-checks.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { keyOf } from './application-detail.ts';
import { withoutManagedFields } from './application-list.ts';
import { onApplication, read } from './applications.ts';
import { kubeObject, operationStarted } from './schemas.ts';
import type { Routes } from './server.ts';

const REFRESH_ANNOTATION = 'argocd.argoproj.io/refresh';
const APPROVAL_ANNOTATION = 'argocd.argoproj.io/deletion-approved';
const CONFIRM_ANNOTATION = 'sekisho.dev/confirm-prune';

const short = z.string().max(253);
const syncBody = z.object({
  revision: z.string().max(1024).optional().meta({ description: 'Instead of the target revision.' }),
  revisions: z.array(z.string().max(1024)).max(32).optional().meta({ description: 'One for each of several sources.' }),
  prune: z.boolean().default(false).meta({ description: 'Delete what is no longer in git.' }),
  dryRun: z.boolean().default(false).meta({ description: 'Ask the cluster, and change nothing.' }),
  force: z.boolean().default(false).meta({ description: 'Delete and create what the cluster refuses to change.' }),
  strategy: z.enum(['hook', 'apply']).default('hook').meta({ description: '`apply` runs no hooks.' }),
  options: z.array(z.string().max(256)).max(64).default([]).meta({ description: 'Sync options: `Replace=true` …' }),
  resources: z
    .array(z.object({ group: short.optional(), kind: short, name: short, namespace: short.optional() }))
    .max(1000)
    .optional()
    .meta({ description: 'Only these; no hooks run.' }),
  reason: z.string().max(1024).optional().meta({ description: 'For the audit log.' }),
});
const refreshBody = z
  .object({ hard: z.boolean().default(false).meta({ description: 'Render anew, whatever was remembered.' }) })
  .default({ hard: false });
const nothing = z.object({}).nullish();
const accepted = z.object({ application: kubeObject });

const REQUEST_MS = 30_000;
const ATTEMPTS = 30;

/** What is asked of the controller: written into the Application, as kubectl would, with the name of who asks. */
export function applicationOperationRoutes(options: {
  applications: ApplicationController;
  projects: ProjectRules;
  client: KubeClient;
  audit: Audit;
  clock: Clock;
  controlNamespace: string;
  logger: Logger;
}): Routes {
  const { client, audit, clock, logger } = options;
  const sync = onApplication('sync', options);
  const look = onApplication('get', options);
  const base = '/api/v1/applications/:namespace/:name';
  return (api) => {
    api.post(
      `${base}/sync`,
      sync({
        summary: 'Sync it; 409 while another operation runs',
        body: syncBody,
        response: operationStarted,
        status: 202,
      }),
      async (request, reply) => {
        const wish = read(syncBody, request.body ?? {});
        const operationId = randomUUID();
        const application = await change(request, (object) => {
          refuseWhileRunning(object);
          const permitted = permittedApplication(object, options.projects, options.controlNamespace);
          if (!wish.dryRun) requireOpenWindow(permitted, options.projects);
          const operation = toOperation(wish, request.actor.user, operationId);
          return {
            patch: { operation },
            entry: {
              action: wish.dryRun ? 'application.sync-dry-run' : 'application.sync',
              operationId,
              outcome: 'started',
              ...(wish.revision === undefined ? {} : { revision: wish.revision }),
              ...(wish.reason === undefined ? {} : { reason: wish.reason }),
              details: asRecord(operation['sync']),
            },
          };
        });
        const { user } = request.actor;
        const app = keyOf(request.params);
        logger.info({ app, operation: operationId, user, requestId: request.id }, 'a sync was asked for');
        reply.code(202);
        return { operationId, application };
      },
    );
    api.post(
      `${base}/refresh`,
      look({ summary: 'Look at git and the cluster now', body: refreshBody, response: accepted, status: 202 }),
      async (request, reply) => {
        const { hard } = read(refreshBody, request.body ?? undefined);
        const value = hard ? 'hard' : 'normal';
        const application = await change(request, () => ({
          patch: { metadata: { annotations: { [REFRESH_ANNOTATION]: value } } },
          entry: { action: 'application.refresh', details: { hard } },
        }));
        reply.code(202);
        return { application };
      },
    );
    api.post(
      `${base}/terminate`,
      sync({ summary: 'Stop the operation that runs', body: nothing, response: accepted, status: 202 }),
      async (request, reply) => {
        const application = await change(request, (object) => {
          const { phase } = asRecord(asRecord(object['status'])['operationState']);
          const details = { operation: operationIdOf(object['operation']) ?? '' };
          const entry = { action: 'application.terminate', details } as const;
          // One that nobody has begun is just not wished any more.
          if (object['operation'] !== undefined && phase !== 'Running' && phase !== 'Terminating') {
            return { patch: { operation: null }, entry };
          }
          if (phase !== 'Running') {
            throw conflict('OPERATION_NOT_RUNNING', `No operation of ${object.metadata.name} is running.`);
          }
          return { patch: { status: { operationState: { phase: 'Terminating' } } }, entry };
        });
        reply.code(202);
        return { application };
      },
    );
    api.post(
      `${base}/confirm`,
      sync({ summary: 'Let the deletions happen that wait for it', body: nothing, response: accepted, status: 202 }),
      async (request, reply) => {
        const now = new Date(clock.now()).toISOString();
        const application = await change(request, () => ({
          patch: { metadata: { annotations: { [APPROVAL_ANNOTATION]: now, [CONFIRM_ANNOTATION]: now } } },
          entry: { action: 'application.confirm' },
        }));
        reply.code(202);
        return { application };
      },
    );
  };

  /** Changes the Application as it is at this moment, and writes down who did. */
  async function change(request: FastifyRequest, decide: (object: KubeObject) => Change): Promise<KubeObject> {
    const [namespace = '', name = ''] = keyOf(request.params).split('/');
    return againOnConflict(async (signal) => {
      const object = await client.get(APPLICATIONS, name, namespace, { signal });
      const { patch, entry } = decide(object);
      const metadata = { ...asRecord(patch['metadata']), resourceVersion: object.metadata.resourceVersion };
      const body = { ...patch, metadata };
      return audited(audit, request, { object: objectOf(object), ...entry }, async () =>
        withoutManagedFields(await client.patch(APPLICATIONS, name, namespace, { kind: 'merge', body }, { signal })),
      );
    });
  }
}

/** Its status is written all the time while an application works: whose change meets such a write just tries again. */
export async function againOnConflict<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(REQUEST_MS);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(signal);
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_CONFLICT') || attempt === ATTEMPTS) throw error;
    }
    await sleep(withJitter(Math.min(attempt * 10, 200), 0.5), { signal });
  }
}

interface Change {
  /** Merge patch. */
  readonly patch: Readonly<Record<string, unknown>>;
  readonly entry: Omit<NewAuditEntry, 'actor' | 'object' | 'outcome'> & { outcome?: 'started' };
}

/**
 * Does it and writes down how it went; a write that met another one is no failure of anybody.
 */
export async function audited<T>(
  audit: Audit,
  request: FastifyRequest,
  entry: Omit<NewAuditEntry, 'actor' | 'outcome'> & { outcome?: 'started' },
  work: () => Promise<T>,
): Promise<T> {
  const { actor } = request;
  try {
    const result = await work();
    audit.record({ outcome: 'succeeded', ...entry, actor });
    return result;
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_CONFLICT')) {
      const details = { ...entry.details, error: messageOf(error) };
      audit.record({ ...entry, actor, outcome: 'failed', details });
    }
    throw error;
  }
}

/** How the audit log names an Application. */
export function objectOf({ metadata, ...rest }: KubeObject): NewAuditEntry['object'] {
  const { project } = asRecord(rest['spec']);
  return {
    type: 'application',
    project: typeof project === 'string' && project !== '' ? project : 'default',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
  };
}

function toOperation(wish: z.infer<typeof syncBody>, username: string, operationId: string) {
  const { revision, revisions, prune, dryRun, force, strategy, resources } = wish;
  const options = [...wish.options, ...(force ? ['Force=true', 'Replace=true'] : [])];
  return {
    initiatedBy: { username },
    info: [{ name: OPERATION_ID, value: operationId }],
    sync: {
      ...(revision === undefined ? {} : { revision }),
      ...(revisions === undefined ? {} : { revisions }),
      ...(prune ? { prune } : {}),
      ...(dryRun ? { dryRun } : {}),
      ...(options.length === 0 ? {} : { syncOptions: options }),
      ...(resources === undefined ? {} : { resources }),
      syncStrategy: { [strategy]: {} },
    },
  };
}

/** @throws SekishoError OPERATION_RUNNING | APPLICATION_DELETING */
export function refuseWhileRunning(object: KubeObject): void {
  const { name } = object.metadata;
  const { phase } = asRecord(asRecord(object['status'])['operationState']);
  if (object['operation'] !== undefined || phase === 'Running' || phase === 'Terminating') {
    throw conflict(
      'OPERATION_RUNNING',
      `Another operation of ${name} is running.`,
      `Wait for it: sekisho app wait ${name}`,
    );
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    throw conflict('APPLICATION_DELETING', `${name} is being deleted.`);
  }
}

function conflict(code: string, message: string, hint?: string): SekishoError {
  return new SekishoError(code, message, { ...(hint === undefined ? {} : { hint }), details: { status: 409 } });
}
