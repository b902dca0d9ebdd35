import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import type { DriftItem } from '../drift/drift-item.ts';
import type { DriftTracker } from '../drift/tracker.ts';
import { applicationParams, onApplication, read } from './applications.ts';
import type { Routes } from './server.ts';

const query = z.object({
  healed: z.coerce
    .number()
    .int()
    .min(0)
    .max(500)
    .default(50)
    .meta({ description: 'At most so many that drifted earlier.' }),
});
const objectRef = z.object({ group: z.string(), kind: z.string(), namespace: z.string(), name: z.string() });
const driftItem = z
  .object({
    application: z.object({ namespace: z.string(), name: z.string(), project: z.string() }),
    object: objectRef,
    path: z.string().meta({ description: 'The field; empty for an object that is gone.' }),
    from: z.unknown().meta({ description: 'What git says; absent: nothing. Secrets are masked.' }).optional(),
    to: z.unknown().meta({ description: 'What lives; absent: it was removed.' }).optional(),
    manager: z.string().exactOptional().meta({ description: 'Field manager; absent: nobody can know.' }),
    operation: z.string().exactOptional(),
    subresource: z.string().exactOptional(),
    since: z.string(),
    count: z.number().int().meta({ description: 'How often this field drifted, with this time.' }),
    policy: z.enum(['report', 'alert', 'heal']),
    healedAt: z.string().exactOptional(),
  })
  .meta({ id: 'DriftItem' });

/** What drifts in an application: now, and what did. */
export function driftRoutes(options: {
  applications: Pick<ApplicationController, 'projectOf'>;
  drift: Pick<DriftTracker, 'items' | 'healed' | 'count'>;
  controlNamespace: string;
}): Routes {
  const { drift } = options;
  const get = onApplication('get', options);
  const api = {
    summary: 'Fields that are not what git says although git says nothing new, and who changed them',
    query,
    response: z.object({
      items: z.array(driftItem),
      total: z
        .number()
        .int()
        .meta({ description: 'Fields that drift now, those with them that are too many to list.' }),
    }),
  };
  return (server) => {
    server.get('/api/v1/applications/:namespace/:name/drift', get(api), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      const { healed } = read(query, request.query);
      const key = `${namespace}/${name}`;
      const now = drift.items(key).sort(newestFirst);
      const current = new Set(now.map(idOf));
      const earlier = healed === 0 ? [] : await drift.healed(key, healed);
      // What began again is not written down yet as such.
      return { items: [...now, ...earlier.filter((item) => !current.has(idOf(item)))], total: drift.count(key) };
    });
  };
}

export function newestFirst(a: DriftItem, b: DriftItem): number {
  return a.since < b.since ? 1 : a.since > b.since ? -1 : 0;
}

function idOf({ object, path }: DriftItem): string {
  return JSON.stringify([object.group, object.kind, object.namespace, object.name, path]);
}
