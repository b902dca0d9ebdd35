import { isSekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { maskSecret, maskSecrets } from '@sekisho/sync';
import { z } from 'zod';
import type { ApplicationIndex } from '../application-rows/application-index.ts';
import { toRow } from '../application-rows/row.ts';
import type { Application } from '../applications/application.ts';
import type { ApplicationController } from '../applications/controller.ts';
import type { HealthRuleBook } from '../applications/health-rules.ts';
import { APPLICATIONS } from '../applications/kinds.ts';
import { resourceTree } from '../applications/tree.ts';
import type { EventBus } from '../events/bus.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import type { ResourceDetail } from './api-types.ts';
import { withoutManagedFields } from './application-list.ts';
import { applicationParams, onApplication, read } from './applications.ts';
import { sendTagged } from './etag.ts';
import { eventsAbout } from './kube-events.ts';
import { windowStateOf } from './project-view.ts';
import { applicationDetail, kubeEvent, resourceDetail } from './schemas.ts';
import type { Routes } from './server.ts';
import { findLive, notOfApplication, type ResourceRef, resourceRef } from './tree-objects.ts';

const COMPARE_MS = 60_000;
const SHOWN_DELIVERIES = 50;
/** Namespaces whose events are looked through for one application. */
const MAX_EVENT_NAMESPACES = 8;

/** One application: its object, one of its resources with desired and live state, and what Kubernetes tells of it. */
export function applicationDetailRoutes(options: {
  applications: ApplicationController;
  projects: ProjectRules;
  index: ApplicationIndex;
  health: HealthRuleBook;
  bus: EventBus;
  /** Of the cluster that holds the Applications. */
  client: KubeClient;
  notifications: Pick<Notifications, 'deliveries'>;
  controlNamespace: string;
}): Routes {
  const { applications, index, health, bus, client } = options;
  const get = onApplication('get', options);
  return (api) => {
    const summary = 'One application: its row and its object';
    api.get(
      '/api/v1/applications/:namespace/:name',
      get({ summary, response: applicationDetail }),
      async (request, reply) => {
        const key = keyOf(request.params);
        const [namespace = '', name = ''] = key.split('/');
        // Not from the cache: who has just changed it reads what was written.
        const object = await client.get(APPLICATIONS, name, namespace, { signal: AbortSignal.timeout(COMPARE_MS) });
        const windows = windowStateOf(object, options.projects, options.controlNamespace);
        // The rest is shown also while the store is away.
        const deliveries = await options.notifications
          .deliveries({ limit: SHOWN_DELIVERIES, application: { namespace, app: name } })
          .then(({ items }) => items)
          .catch(() => undefined);
        const body = {
          row: index.row(key) ?? toRow(object, {}),
          application: withoutManagedFields(object),
          ...(windows === undefined ? {} : { windows }),
          ...(deliveries === undefined ? {} : { notifications: deliveries }),
        };
        sendTagged(request, reply, body, { eventId: String(bus.lastId) });
        return reply;
      },
    );
    api.get(
      '/api/v1/applications/:namespace/:name/resource',
      get({
        summary: 'One of its resources: desired, live and what differs; values of Secrets are masked',
        query: resourceRef,
        response: resourceDetail,
      }),
      (request) => describeResource(keyOf(request.params), read(resourceRef, request.query)),
    );
    api.get(
      '/api/v1/applications/:namespace/:name/events',
      get({
        summary: 'Kubernetes events about it and everything in its tree, newest first',
        response: z.object({ items: z.array(kubeEvent) }),
      }),
      async (request) => {
        const { application, destination } = await applications.open(keyOf(request.params));
        const signal = AbortSignal.timeout(COMPARE_MS);
        const nodes = resourceTree(application, destination, health.healthOf);
        const uids = new Set(nodes.map(({ uid }) => uid));
        const namespaces = [...new Set(nodes.map((node) => node.namespace || 'default'))].slice(
          0,
          MAX_EVENT_NAMESPACES,
        );
        const about = await Promise.all([
          eventsAbout(client, { namespace: application.namespace, ...selfOf(application), signal }),
          ...namespaces.map((namespace) => eventsAbout(destination.client, { namespace, uids, signal })),
        ]);
        const items = about.flat().sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
        return { items: items.slice(0, 500) };
      },
    );
  };

  async function describeResource(key: string, ref: ResourceRef): Promise<ResourceDetail> {
    const signal = AbortSignal.timeout(COMPARE_MS);
    const examined = await examineOrOpen(key, signal);
    const { application, destination } = examined;
    const state = examined.comparison?.resources.find(
      (resource) =>
        resource.group === ref.group &&
        resource.kind === ref.kind &&
        resource.name === ref.name &&
        resource.namespace === ref.namespace,
    );
    const live = state?.live ?? findLive(application, destination, ref);
    if (live === undefined && state === undefined) throw notOfApplication(application, ref);
    const { desired, live: shown } = maskPair(state?.desired?.object, live);
    const uid = live?.metadata.uid;
    const nodeHealth = state?.health ?? (live === undefined ? undefined : health.healthOf(live));
    return {
      ...(desired === undefined ? {} : { desired }),
      ...(shown === undefined ? {} : { live: withoutManagedFields(shown) }),
      managers: managersOf(live),
      ...(state?.desired === undefined ? {} : { origin: { ...state.desired.origin } }),
      changes: (state?.changes ?? []).map((change) => ({ ...change })),
      ...(state === undefined ? {} : { sync: state.status }),
      ...(nodeHealth === undefined ? {} : { health: toHealth(nodeHealth) }),
      events:
        uid === undefined
          ? []
          : await eventsAbout(destination.client, {
              namespace: ref.namespace || 'default',
              uids: new Set([uid]),
              name: ref.name,
              kind: ref.kind,
              signal,
            }),
    };
  }

  /** What lives can be shown also when the desired state can't be made. */
  async function examineOrOpen(key: string, signal: AbortSignal) {
    try {
      return await applications.examine(key, { signal });
    } catch (error) {
      if (!isSekishoError(error) || error.code === 'KUBE_NOT_FOUND') throw error;
      return { ...(await applications.open(key)), comparison: undefined };
    }
  }
}

export function keyOf(params: unknown): string {
  const { namespace, name } = read(applicationParams, params);
  return `${namespace}/${name}`;
}

function maskPair(desired: KubeObject | undefined, live: KubeObject | undefined) {
  if (desired !== undefined && live !== undefined) return maskSecrets({ desired, live });
  return {
    desired: desired === undefined ? undefined : maskSecret(desired),
    live: live === undefined ? undefined : maskSecret(live),
  };
}

function managersOf(live: KubeObject | undefined): ResourceDetail['managers'] {
  return (live?.metadata.managedFields ?? []).map(({ manager = '', operation = '', time, subresource }) => ({
    manager,
    operation,
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
  }));
}

function toHealth({ status, message }: { status: string; message?: string }) {
  return { status, ...(message === undefined ? {} : { message }) };
}

function selfOf(application: Application) {
  return { name: application.name, kind: gvkOf(application.object).kind };
}
