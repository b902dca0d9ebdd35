import type { KubeObject } from '@sekisho/kube';
import type { ApplicationIndex } from '../application-rows/application-index.ts';
import { type IndexedRow, positionOf, type SortField } from '../application-rows/query.ts';
import type { EventBus } from '../events/bus.ts';
import type { ApplicationRow } from './api-types.ts';
import { applicationQuery, toApplicationQuery, writeCursor } from './application-query.ts';
import { read } from './applications.ts';
import { sendTagged } from './etag.ts';
import { type AccessControl, type Actor, objectOfApplication } from './route.ts';
import { applicationList } from './schemas.ts';
import type { Routes } from './server.ts';

/** All applications that the caller may see: searched, filtered, sorted and paged here, from memory. */
export function applicationListRoutes(options: {
  index: ApplicationIndex;
  access: AccessControl;
  bus: EventBus;
  controlNamespace: string;
}): Routes {
  const { index, bus } = options;
  const api = {
    tag: 'applications',
    summary: 'Applications that the caller may see',
    description:
      'Searched, filtered, sorted and paged by the server. A repeated parameter means alternatives. A page goes on ' +
      'after the last row of the one before, whatever has come or gone since. Sends an ETag.',
    query: applicationQuery,
    response: applicationList,
  };
  return (server) => {
    server.get('/api/v1/applications', { config: { permission: 'signed-in', api } }, (request, reply) => {
      const given = read(applicationQuery, request.query);
      const query = toApplicationQuery(given);
      const { items, total, more, facets } = index.query(query, visibleTo(request.actor, options));
      const last = items.at(-1);
      const withObjects = given.include === 'application';
      const body = {
        items: items.map(({ key, row }) => (withObjects ? withApplication(row, index.object(key)) : row)),
        total,
        ...(more && last !== undefined ? { next: cursorAfter(last, query.sort) } : {}),
        facets,
      };
      sendTagged(request, reply, body, { eventId: String(bus.lastId) });
      return reply;
    });
  };
}

/** Whether an actor may see an application. */
export function visibleTo(
  actor: Actor,
  { access, controlNamespace }: { access: AccessControl; controlNamespace: string },
): (row: Pick<ApplicationRow, 'project' | 'namespace' | 'name'>) => boolean {
  return (row) => access.authorize(actor, 'applications', 'get', objectOfApplication(row, controlNamespace));
}

/** As the API shows an object: who manages which field is asked for by itself. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withApplication(row: ApplicationRow, object: KubeObject | undefined) {
  return object === undefined ? row : { ...row, application: withoutManagedFields(object) };
}

function cursorAfter(row: IndexedRow, sort: SortField): string {
  return writeCursor(sort, positionOf(row, sort));
}
