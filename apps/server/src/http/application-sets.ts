import { SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asRecord } from '../applications/as-record.ts';
import { APPLICATION_SETS } from '../applications/kinds.ts';
import type { ApplicationSetController } from '../applicationsets/controller.ts';
import { projectOfSet } from '../applicationsets/project-of-set.ts';
import type { Audit } from '../audit/audit.ts';
import { withoutManagedFields } from './application-list.ts';
import { audited } from './application-operations.ts';
import { applicationParams, read } from './applications.ts';
import {
  type AccessControl,
  objectOfApplication,
  type PermissionOnObject,
  type RouteDocumentation,
  requirePermission,
} from './route.ts';
import { kubeObject } from './schemas.ts';
import type { Routes } from './server.ts';

const text = z.string().max(256 * 1024);
const newSet = z
  .object({
    apiVersion: z.literal('argoproj.io/v1alpha1'),
    kind: z.literal('ApplicationSet'),
    metadata: z.object({
      name: z.string().min(1).max(253),
      namespace: z.string().min(1).max(253).optional(),
      labels: z.record(z.string(), text).optional(),
      annotations: z.record(z.string(), text).optional(),
      finalizers: z.array(z.string().max(253)).max(16).optional(),
    }),
    spec: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'NewApplicationSet' });
const createQuery = z.object({
  upsert: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Change it when it is there; otherwise 409.' }),
});
const answer = z.object({ applicationSet: kubeObject });
const generated = z.object({ applications: z.array(kubeObject) });

const REQUEST_MS = 30_000;
/** Forges answer page by page. */
const GENERATE_MS = 120_000;

/** ApplicationSets of the control namespace. Kubernetes' own API does the same for those who have a kubeconfig. */
export function applicationSetRoutes(options: {
  sets: ApplicationSetController;
  client: KubeClient;
  access: AccessControl;
  audit: Audit;
  controlNamespace: string;
}): Routes {
  const { sets, client, access, audit, controlNamespace } = options;

  const nameOf = (object: KubeObject) => policyName(object, controlNamespace);
  const stored = (request: FastifyRequest) => {
    const { namespace, name } = read(applicationParams, request.params);
    return sets.get(`${namespace}/${name}`);
  };
  const on = (action: string, api: Omit<RouteDocumentation, 'tag'>) => ({
    config: {
      permission: {
        resource: 'applicationsets',
        action,
        object: (request) => {
          const { namespace, name } = read(applicationParams, request.params);
          const object = stored(request);
          // Of one that is not there nobody knows the project.
          return object === undefined
            ? objectOfApplication({ project: '', namespace, name }, controlNamespace)
            : nameOf(object);
        },
      } satisfies PermissionOnObject,
      api: { tag: 'applicationsets', ...api },
    },
  });
  const given = (action: string, api: Omit<RouteDocumentation, 'tag'>) => ({
    config: {
      permission: {
        resource: 'applicationsets',
        action,
        object: (request) => nameOf(placed(read(newSet, request.body), controlNamespace)),
      } satisfies PermissionOnObject,
      api: { tag: 'applicationsets', body: newSet, ...api },
    },
  });

  function may(request: FastifyRequest, action: string, object: KubeObject): void {
    requirePermission(access, request.actor, 'applicationsets', action, nameOf(object));
  }

  return (server) => {
    server.get(
      '/api/v1/applicationsets',
      {
        config: {
          permission: 'signed-in',
          api: {
            tag: 'applicationsets',
            summary: 'ApplicationSets that the caller may see',
            response: z.object({ items: z.array(kubeObject) }),
          },
        },
      },
      async (request) => {
        const visible = sets
          .list()
          .filter((object) => access.authorize(request.actor, 'applicationsets', 'get', nameOf(object)));
        return { items: visible.map(withoutManagedFields) };
      },
    );
    server.get(
      '/api/v1/applicationsets/:namespace/:name',
      on('get', { summary: 'One ApplicationSet', response: answer }),
      async (request) => ({ applicationSet: withoutManagedFields(found(stored(request), request)) }),
    );
    server.post(
      '/api/v1/applicationsets/generate',
      given('create', {
        summary: 'The Applications that a set would make; nothing is written',
        response: generated,
      }),
      async (request) => {
        const object = placed(read(newSet, request.body), controlNamespace);
        return { applications: await sets.preview(object, AbortSignal.timeout(GENERATE_MS)) };
      },
    );
    server.post(
      '/api/v1/applicationsets',
      given('create', { summary: 'Make an ApplicationSet', query: createQuery, response: answer, status: 201 }),
      async (request, reply) => {
        const object = placed(read(newSet, request.body), controlNamespace);
        const { upsert } = read(createQuery, request.query);
        sets.check(object);
        const { name = '', namespace = '' } = object.metadata;
        const signal = AbortSignal.timeout(REQUEST_MS);
        const existing = await client.getIfExists(APPLICATION_SETS, name, namespace, { signal });
        const details = { spec: asRecord(object['spec']) };
        if (existing !== undefined && upsert === 'true') {
          may(request, 'update', existing);
          may(request, 'update', object);
          const entry = { action: 'applicationset.update', object: auditName(object), details };
          const applied = await audited(audit, request, entry, () =>
            client.apply(APPLICATION_SETS, object, { force: true, signal }),
          );
          return { applicationSet: withoutManagedFields(applied) };
        }
        const entry = { action: 'applicationset.create', object: auditName(object), details };
        const made = await audited(audit, request, entry, () => client.create(APPLICATION_SETS, object, { signal }));
        reply.code(201);
        return { applicationSet: withoutManagedFields(made) };
      },
    );
    server.delete(
      '/api/v1/applicationsets/:namespace/:name',
      on('delete', {
        summary: 'Delete it, and the Applications that it owns',
        response: z.object({ name: z.string(), namespace: z.string() }),
      }),
      async (request) => {
        const object = found(stored(request), request);
        const { name = '', namespace = '', uid } = object.metadata;
        const signal = AbortSignal.timeout(REQUEST_MS);
        await audited(audit, request, { action: 'applicationset.delete', object: auditName(object) }, () =>
          client.delete(APPLICATION_SETS, name, namespace, {
            signal,
            propagationPolicy: 'Background',
            ...(uid === undefined ? {} : { preconditions: { uid } }),
          }),
        );
        return { name, namespace };
      },
    );
  };
}

/**
 * `<project>/<name>`, as policies name a set. Of a set whose Applications may end up in any project it has no project, so
 * that only who may use all of them is allowed.
 */
function policyName(object: KubeObject, controlNamespace: string): string {
  const { name = '', namespace = '' } = object.metadata;
  return objectOfApplication({ project: projectOfSet(object) ?? '', namespace, name }, controlNamespace);
}

function placed(object: z.infer<typeof newSet>, controlNamespace: string): KubeObject {
  const { namespace = controlNamespace, ...metadata } = object.metadata;
  if (namespace === controlNamespace) return { ...object, metadata: { ...metadata, namespace } } as KubeObject;
  throw new SekishoError('APPLICATIONSET_INVALID', `ApplicationSets live in the namespace ${controlNamespace}.`, {
    details: { status: 422 },
  });
}

function found(object: KubeObject | undefined, request: FastifyRequest): KubeObject {
  if (object !== undefined) return object;
  const { namespace, name } = read(applicationParams, request.params);
  throw new SekishoError('KUBE_NOT_FOUND', `applicationsets.argoproj.io "${namespace}/${name}" not found`);
}

function auditName(object: KubeObject) {
  const { name = '', namespace = '' } = object.metadata;
  const project = projectOfSet(object);
  return { type: 'applicationset', namespace, name, ...(project === undefined ? {} : { project }) };
}
