import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { RESOURCES_FINALIZER } from '@sekisho/sync';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asRecord } from '../applications/as-record.ts';
import type { ApplicationController } from '../applications/controller.ts';
import { APPLICATIONS } from '../applications/kinds.ts';
import type { Audit } from '../audit/audit.ts';
import { permittedApplication } from '../projects/entry-checks.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { keyOf } from './application-detail.ts';
import { withoutManagedFields } from './application-list.ts';
import { againOnConflict, audited, objectOf } from './application-operations.ts';
import { onApplication, read } from './applications.ts';
import { type AccessControl, objectOfApplication, type PermissionOnObject, requirePermission } from './route.ts';
import { kubeObject } from './schemas.ts';
import type { Routes } from './server.ts';

const label = z.string().max(256 * 1024);
const newApplication = z.object({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('Application'),
  metadata: z.object({
    name: z.string().min(1).max(253),
    namespace: z.string().min(1).max(253).optional(),
    labels: z.record(z.string(), label).optional(),
    annotations: z.record(z.string(), label).optional(),
    finalizers: z.array(z.string().max(253)).max(16).optional(),
  }),
  spec: z.record(z.string(), z.unknown()),
});
const createQuery = z.object({
  upsert: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Change it when it is there; otherwise 409.' }),
});
const nullableMap = z.record(z.string(), label.nullable()).nullish();
const patchBody = z.strictObject({
  metadata: z
    .strictObject({
      labels: nullableMap,
      annotations: nullableMap,
      finalizers: z.array(z.string().max(253)).max(16).nullish(),
      resourceVersion: z.string().max(64).optional().meta({ description: 'Only when it is still this version.' }),
    })
    .optional(),
  spec: z.record(z.string(), z.unknown()).optional(),
});
const deleteQuery = z.object({
  cascade: z.enum(['true', 'false']).default('true').meta({ description: 'Delete its resources, too.' }),
  propagation: z
    .enum(['foreground', 'background'])
    .default('foreground')
    .meta({ description: 'Whether what its resources own is waited for.' }),
});

const REQUEST_MS = 30_000;

/** Making, changing and deleting Applications. Kubernetes' own API does the same for those who have a kubeconfig. */
export function applicationWriteRoutes(options: {
  applications: ApplicationController;
  projects: ProjectRules;
  client: KubeClient;
  access: AccessControl;
  audit: Audit;
  controlNamespace: string;
}): Routes {
  const { projects, client, access, audit, controlNamespace } = options;
  const update = onApplication('update', options);
  const remove = onApplication('delete', options);
  const create: PermissionOnObject = {
    resource: 'applications',
    action: 'create',
    object: (request) => nameOf(placed(read(newApplication, request.body), controlNamespace), controlNamespace),
  };
  const answer = z.object({ application: kubeObject });
  const api = {
    tag: 'applications',
    summary: 'Make an application',
    query: createQuery,
    body: newApplication,
    response: answer,
    status: 201,
  };
  return (server) => {
    server.post('/api/v1/applications', { config: { permission: create, api } }, async (request, reply) => {
      const object = placed(read(newApplication, request.body), controlNamespace);
      const { upsert } = read(createQuery, request.query);
      permittedApplication(object, projects, controlNamespace);
      const { name = '', namespace = '' } = object.metadata;
      const signal = AbortSignal.timeout(REQUEST_MS);
      const existing = await client.getIfExists(APPLICATIONS, name, namespace, { signal });
      if (existing !== undefined && upsert === 'true') {
        may(request, 'update', existing);
        may(request, 'update', object);
        const stored = await audited(audit, request, { action: 'application.update', object: objectOf(object) }, () =>
          client.apply(APPLICATIONS, object, { force: true, signal }),
        );
        return { application: withoutManagedFields(stored) };
      }
      const details = { spec: asRecord(object['spec']) };
      const stored = await audited(
        audit,
        request,
        { action: 'application.create', object: objectOf(object), details },
        () => client.create(APPLICATIONS, object, { signal }),
      );
      reply.code(201);
      return { application: withoutManagedFields(stored) };
    });
    server.patch(
      '/api/v1/applications/:namespace/:name',
      update({
        summary: 'Change labels, annotations, finalizers or spec (a merge patch)',
        body: patchBody,
        response: answer,
      }),
      async (request) => {
        const body = read(patchBody, request.body);
        const [namespace = '', name = ''] = keyOf(request.params).split('/');
        const once = async (signal: AbortSignal) => {
          const before = await client.get(APPLICATIONS, name, namespace, { signal });
          // The project that is looked at is the one that it stays in.
          const metadata = { resourceVersion: before.metadata.resourceVersion, ...body.metadata };
          const patch = { kind: 'merge', body: { ...body, metadata } } as const;
          // What it would be is looked at before it is written: its faults are told here, not later in its status.
          const next = await client.patch(APPLICATIONS, name, namespace, patch, { signal, dryRun: true });
          // What somebody else broke must not keep anybody from changing a label.
          if (body.spec !== undefined) permittedApplication(next, projects, controlNamespace);
          may(request, 'update', next);
          const entry = { action: 'application.update', object: objectOf(before), details: { patch: body } };
          return audited(audit, request, entry, () => client.patch(APPLICATIONS, name, namespace, patch, { signal }));
        };
        // Who names a version wants to hear that there is another one.
        const isExact = body.metadata?.resourceVersion !== undefined;
        const stored = await (isExact ? once(AbortSignal.timeout(REQUEST_MS)) : againOnConflict(once));
        return { application: withoutManagedFields(stored) };
      },
    );
    server.delete(
      '/api/v1/applications/:namespace/:name',
      remove({
        summary: 'Delete it, and what it made unless cascade=false',
        query: deleteQuery,
        response: answer,
        status: 202,
      }),
      async (request, reply) => {
        const { cascade, propagation } = read(deleteQuery, request.query);
        const [namespace = '', name = ''] = keyOf(request.params).split('/');
        const signal = AbortSignal.timeout(REQUEST_MS);
        const before = await client.get(APPLICATIONS, name, namespace, { signal });
        const others = (before.metadata.finalizers ?? []).filter((one) => !one.startsWith(RESOURCES_FINALIZER));
        const finalizers = cascade === 'false' ? others : [...others, finalizerFor(propagation)];
        const details = { cascade: cascade === 'true', propagation };
        await audited(audit, request, { action: 'application.delete', object: objectOf(before), details }, async () => {
          if (before.metadata.deletionTimestamp === undefined || cascade === 'false') {
            await client.patch(
              APPLICATIONS,
              name,
              namespace,
              { kind: 'merge', body: { metadata: { finalizers } } },
              { signal },
            );
          }
          const uid = before.metadata.uid;
          await client.delete(APPLICATIONS, name, namespace, {
            signal,
            ...(uid === undefined ? {} : { preconditions: { uid } }),
          });
        });
        reply.code(202);
        return { application: withoutManagedFields(before) };
      },
    );
  };

  function may(request: FastifyRequest, action: string, object: KubeObject): void {
    requirePermission(access, request.actor, 'applications', action, nameOf(object, controlNamespace));
  }
}

function finalizerFor(propagation: 'foreground' | 'background'): string {
  return propagation === 'foreground' ? RESOURCES_FINALIZER : `${RESOURCES_FINALIZER}/${propagation}`;
}

function placed(object: z.infer<typeof newApplication>, namespace: string): KubeObject {
  return { ...object, metadata: { namespace, ...object.metadata } } as KubeObject;
}

function nameOf(object: KubeObject, controlNamespace: string): string {
  const { project = '', namespace = '', name } = objectOf(object);
  return objectOfApplication({ project, namespace, name }, controlNamespace);
}
