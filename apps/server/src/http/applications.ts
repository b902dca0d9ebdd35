import { SekishoError } from '@sekisho/base';
import type { Store } from '@sekisho/store';
import { maskSecret } from '@sekisho/sync';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import {
  objectOfApplication,
  type Permission,
  type PermissionOnObject,
  type Resource,
  type RouteDocumentation,
} from './route.ts';
import { kubeObject, origin, release, resourceDiff, treeNode } from './schemas.ts';
import type { Routes } from './server.ts';

/** Of every route of one Application. */
export const applicationParams = z.object({ namespace: z.string().max(253), name: z.string().max(253) });
const historyQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.number().int().optional(),
});
const diffQuery = z.object({ revision: z.string().max(1024).optional() });

const TREE = {
  summary: 'Its resources, and below each what it owns',
  response: z.object({ nodes: z.array(treeNode) }),
};
const DIFF = {
  summary: 'What a sync would change now',
  query: diffQuery,
  response: z.object({ revision: z.string(), resources: z.array(resourceDiff) }),
};
const MANIFESTS = {
  summary: 'What it is rendered to, each object with where it stands in git; values of Secrets are masked',
  query: diffQuery,
  response: z.object({ revision: z.string(), manifests: z.array(z.object({ object: kubeObject, origin })) }),
};
const HISTORY = {
  summary: 'Its releases, newest first',
  query: historyQuery,
  response: z.object({ items: z.array(release), next: z.number().int().exactOptional() }),
};

/** The permission of one Application's routes; its project is looked up, and empty when there is no such Application. */
export function onApplication(
  action: PermissionOnObject['action'],
  options: { applications: Pick<ApplicationController, 'projectOf'>; controlNamespace: string },
  resource: Resource = 'applications',
): (api: Omit<RouteDocumentation, 'tag'>) => { config: { permission: Permission; api: RouteDocumentation } } {
  const object = (request: FastifyRequest) => {
    const { namespace, name } = read(applicationParams, request.params);
    const project = options.applications.projectOf(`${namespace}/${name}`) ?? '';
    return objectOfApplication({ project, namespace, name }, options.controlNamespace);
  };
  return (api) => ({ config: { permission: { resource, action, object }, api: { tag: 'applications', ...api } } });
}

/** What Kubernetes' own API can't say of an Application: its resource tree, its differences, its releases. */
export function applicationRoutes(options: {
  applications: ApplicationController;
  store: Store;
  controlNamespace: string;
}): Routes {
  const { applications, store } = options;
  const get = onApplication('get', options);
  return (api) => {
    api.get('/api/v1/applications/:namespace/:name/tree', get(TREE), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      return { nodes: await applications.tree(`${namespace}/${name}`) };
    });
    api.get('/api/v1/applications/:namespace/:name/diff', get(DIFF), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      const { revision } = read(diffQuery, request.query);
      return applications.diff(`${namespace}/${name}`, { revision, signal: AbortSignal.timeout(60_000) });
    });
    api.get('/api/v1/applications/:namespace/:name/manifests', get(MANIFESTS), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      const { revision: wanted } = read(diffQuery, request.query);
      const options = { revision: wanted, signal: AbortSignal.timeout(60_000) };
      const { revision, manifests } = await applications.manifests(`${namespace}/${name}`, options);
      return { revision, manifests: manifests.map(({ object, origin }) => ({ object: maskSecret(object), origin })) };
    });
    api.get('/api/v1/applications/:namespace/:name/history', get(HISTORY), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      const { limit, before } = read(historyQuery, request.query);
      const releases = await store.releases.list({
        app: name,
        namespace,
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
      });
      const items = releases.slice(0, limit);
      const next = releases.length > limit ? items.at(-1)?.id : undefined;
      return { items, ...(next === undefined ? {} : { next }) };
    });
  };
}

/** @throws SekishoError REQUEST_INVALID */
export function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new SekishoError('REQUEST_INVALID', `The request can't be read: ${message}.`);
}
