import { SekishoError } from '@sekisho/base';
import type { ViolationBucket } from '@sekisho/store';
import { maskSecret } from '@sekisho/sync';
import { z } from 'zod';
import type { PolicyAudit } from '../policy-audit/policy-audit.ts';
import type { VerdictLines } from '../policy-audit/verdict-lines.ts';
import { DECISIONS } from '../policy-audit/violation.ts';
import {
  groupViolations,
  pageOf,
  SORTS,
  selectViolations,
  type ViolationPosition,
  type ViolationSort,
} from '../policy-audit/violation-query.ts';
import type { ObjectVerdicts, Violation } from './api-types.ts';
import { withoutManagedFields } from './application-list.ts';
import { read } from './applications.ts';
import { type AccessControl, type Actor, objectOfApplication } from './route.ts';
import {
  objectVerdicts,
  violationDecision,
  violationGroups,
  violationHistory,
  violationList,
} from './schemas-violations.ts';
import type { Routes } from './server.ts';

const MAX_VALUES = 200;
const value = z.string().max(1024);
/** A parameter that may be repeated: its values are alternatives. */
const values = z.union([value.transform((one) => [one]), z.array(value).max(MAX_VALUES)]).optional();
const decisions = z
  .union([violationDecision.transform((one) => [one]), z.array(violationDecision).max(DECISIONS.length)])
  .optional();

const filter = z.object({
  policy: values.meta({ description: 'Id of a policy.' }),
  application: values.meta({ description: '`namespace/name`, or the name alone; `none`: of no application.' }),
  project: values,
  namespace: values.meta({ description: 'Namespace of the object.' }),
  cluster: values.meta({ description: 'Name of the cluster, else its address.' }),
  kind: values,
  severity: values.meta({ description: 'low, medium, high, critical, or `none`.' }),
  decision: decisions,
  q: z.string().max(256).optional().meta({ description: 'Words that must all occur in the violation.' }),
});
const listQuery = filter.extend({
  sort: z
    .enum(SORTS.flatMap((field) => [field, `-${field}` as const]))
    .default('-since')
    .meta({ description: 'Field; with a minus before it from the other end.' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional().meta({ description: '`next` of the page before; of the same sort.' }),
});
const groupQuery = filter.extend({
  by: z
    .enum(['policy', 'application', 'project', 'namespace', 'cluster', 'severity', 'kind', 'waiver'])
    .default('policy'),
});
const historyQuery = z.object({
  policy: z.string().max(1024).optional().meta({ description: 'Only of this policy.' }),
  days: z.coerce.number().int().min(1).max(90).default(30),
});
const objectQuery = z.object({
  cluster: z.string().max(1024).default('').meta({ description: 'Name or address; default: the embedded one.' }),
  group: z.string().max(253).default(''),
  kind: z.string().min(1).max(253),
  namespace: z.string().max(253).default(''),
  name: z.string().min(1).max(253),
});

const LIST = {
  tag: 'policies',
  summary: 'What breaks policies now, of what the caller may see',
  description:
    'A violation is seen by those who may see the application that the object belongs to; of other objects by those who ' +
    'may `get` their cluster. A repeated parameter means alternatives.',
  query: listQuery,
  response: violationList,
};
const GROUPS = { tag: 'policies', summary: 'Violations, counted', query: groupQuery, response: violationGroups };
const HISTORY = {
  tag: 'policies',
  summary: 'How many violations there were',
  query: historyQuery,
  response: violationHistory,
};
const OBJECT = {
  tag: 'policies',
  summary: 'What policies say of one object now, with lines of git',
  query: objectQuery,
  response: objectVerdicts,
};

const DAY_MS = 86_400_000;

/** What breaks policies of what runs. */
export function violationRoutes(options: {
  audit: PolicyAudit;
  access: AccessControl;
  linesOf: VerdictLines;
  controlNamespace: string;
  now: () => number;
}): Routes {
  const { audit, linesOf, now } = options;
  return (server) => {
    server.get('/api/v1/violations', { config: { permission: 'signed-in', api: LIST } }, (request) => {
      const { sort: given, limit, cursor, ...rest } = read(listQuery, request.query);
      const { items, facets } = selected(rest, request.actor);
      const sort = given.replace(/^-/, '') as ViolationSort;
      const after = cursor === undefined ? undefined : readCursor(cursor, given);
      const page = pageOf(items, { sort, descending: given.startsWith('-'), limit, after });
      const { objects, pending, finishedAt } = audit.progress;
      return {
        items: page.items,
        total: items.length,
        ...(page.next === undefined ? {} : { next: writeCursor(given, page.next) }),
        facets,
        audit: {
          objects,
          pending,
          ...(finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt).toISOString() }),
        },
      };
    });
    server.get('/api/v1/violations/groups', { config: { permission: 'signed-in', api: GROUPS } }, (request) => {
      const { by, ...rest } = read(groupQuery, request.query);
      const { items } = selected(rest, request.actor);
      return { items: groupViolations(items, by), total: items.length };
    });
    server.get('/api/v1/violations/history', { config: { permission: 'signed-in', api: HISTORY } }, async (request) => {
      const { policy, days } = read(historyQuery, request.query);
      const at = endsOfDays(now(), days);
      const found = await audit.history({ ...(policy === undefined ? {} : { policyId: policy }), at });
      const isVisible = visibleTo(request.actor);
      const buckets = new Map(at.map((time) => [time, { at: time, deny: 0, warn: 0, dryrun: 0, waived: 0 }]));
      for (const bucket of found) {
        const sum = buckets.get(bucket.at);
        if (sum !== undefined && isVisible(placeOf(bucket))) sum[bucket.decision] += bucket.count;
      }
      return { buckets: [...buckets.values()] };
    });
    server.get('/api/v1/objects/verdicts', { config: { permission: 'signed-in', api: OBJECT } }, async (request) => {
      const object = read(objectQuery, request.query);
      const isVisible = visibleTo(request.actor);
      const { items, pending } = audit.verdictsOf(object.cluster, object);
      const visible = items.filter((violation) => isVisible(violation));
      const application = visible[0]?.application;
      const fields = visible.map((violation) => violation.fields);
      const lines = application === undefined ? [] : await linesOf(application, object, fields);
      return {
        items: visible.map((violation, i) => {
          const origin = lines[i];
          return origin === undefined ? violation : { ...violation, origin };
        }),
        pending,
        ...(visible.length === 0 ? {} : liveObject(object)),
      };
    });
  };

  function liveObject({ cluster, ...name }: z.infer<typeof objectQuery>): Pick<ObjectVerdicts, 'object'> {
    const live = audit.object(cluster, name);
    return live === undefined ? {} : { object: maskSecret(withoutManagedFields(live)) };
  }

  function selected({ q, ...facets }: z.infer<typeof filter>, actor: Actor) {
    return selectViolations(audit.violations.all(), { facets, search: q }, visibleTo(actor));
  }

  /** Each application and cluster is asked about once. */
  function visibleTo(
    actor: Actor,
  ): (about: Pick<Violation, 'application'> & { object: { cluster: string } }) => boolean {
    const known = new Map<string, boolean>();
    return ({ application, object }) => {
      const key =
        application === undefined
          ? object.cluster
          : `${application.project} ${application.namespace}/${application.name}`;
      let answer = known.get(key);
      if (answer === undefined) {
        answer =
          application === undefined
            ? options.access.authorize(actor, 'clusters', 'get', audit.serverOf(object.cluster))
            : options.access.authorize(
                actor,
                'applications',
                'get',
                objectOfApplication(application, options.controlNamespace),
              );
        known.set(key, answer);
      }
      return answer;
    };
  }
}

function placeOf({ application, cluster }: ViolationBucket) {
  return { ...(application === undefined ? {} : { application }), object: { cluster } };
}

/** Ends of days in UTC, oldest first; the last one is now. */
function endsOfDays(now: number, days: number): string[] {
  // At midnight it is still the day before.
  const today = Math.floor((now - 1) / DAY_MS) * DAY_MS;
  const ends = Array.from({ length: days - 1 }, (_, i) => today - (days - 2 - i) * DAY_MS);
  return [...ends, now].map((time) => new Date(time).toISOString());
}

const cursor = z.tuple([z.string(), z.string(), z.string()]);

function writeCursor(sort: string, { value, id }: ViolationPosition): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url');
}

function readCursor(text: string, sort: string): ViolationPosition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parsed = undefined;
  }
  const { data } = cursor.safeParse(parsed);
  if (data === undefined || data[0] !== sort) {
    throw new SekishoError('REQUEST_INVALID', 'The cursor is not one of this list.', {
      hint: 'Give back `next` as it came, with the same sort; or leave it out to begin with the first page.',
    });
  }
  return { value: data[1], id: data[2] };
}
