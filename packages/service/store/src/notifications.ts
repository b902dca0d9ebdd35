import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import { fromMessageRow, type MessageRow, toMessageRow } from './notification-rows.ts';
import type {
  ClaimedNotification,
  NewNotification,
  NotificationAddress,
  NotificationLook,
  NotificationLookResult,
  NotificationOutbox,
  RememberedApplication,
  StoredNotification,
} from './notification-types.ts';
import { json, storable, time } from './values.ts';

const maxLimit = 500;
/** One number for what is remembered: those who look take turns, in whatever process. */
const lookLock = 7_365_696_823_913;

type Use = <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>;
type Thread = Readonly<Record<string, string>>;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createNotificationOutbox(use: Use): NotificationOutbox {
  /** Those that are still pending. */
  const finish = (
    database: Kysely<Database>,
    ids: readonly string[],
    state: 'delivered' | 'failed',
    now: string,
    error?: string,
  ) =>
    database
      .updateTable('sekisho.notifications')
      .set({
        state,
        finished_at: time(now),
        lease_until: null,
        ...(error === undefined ? {} : { last_error: storable(error) }),
      })
      .where(isOneOf(ids))
      .where('state', '=', 'pending')
      .returningAll()
      .execute();

  return {
    remembered: () => use((database) => rememberedIn(database)),
    record: (looks, at) =>
      use(async (database) =>
        looks.length === 0 ? [] : database.transaction().execute((transaction) => record(transaction, looks, at)),
      ),
    claim: (service, { now, leaseUntil, limit, recipient }) =>
      use(async (database) => {
        const { rows } = await sql<MessageRow & { thread: unknown }>`
          WITH first AS (${firstOf(service)}), due AS (
            SELECT n.id FROM sekisho.notifications n
            WHERE n.id IN (
                SELECT f.id FROM first f
                WHERE f.next_at <= ${time(now)}::timestamptz
                  AND (f.lease_until IS NULL OR f.lease_until <= ${time(now)}::timestamptz)
                  ${recipient === undefined ? sql`` : sql`AND f.recipient = ${storable(recipient)}`}
                ORDER BY f.next_at, f.seq LIMIT ${bounded(limit)})
              AND n.state = 'pending'
              AND (n.lease_until IS NULL OR n.lease_until <= ${time(now)}::timestamptz)
            FOR UPDATE SKIP LOCKED)
          UPDATE sekisho.notifications n
          SET lease_until = ${time(leaseUntil)}::timestamptz, attempts = n.attempts + 1
          FROM due WHERE n.id = due.id
          RETURNING n.*, (SELECT i.thread FROM sekisho.notification_incidents i WHERE i.id = n.incident_id) AS thread
        `.execute(database);
        return rows
          .map(({ thread, ...row }): ClaimedNotification => {
            const message = fromMessageRow(row);
            return thread === null ? message : { ...message, thread: thread as Thread };
          })
          .sort((a, b) => a.seq - b.seq);
      }),
    takeOver: () =>
      use(async (database) => {
        await database
          .updateTable('sekisho.notifications')
          .set({ lease_until: null })
          .where('state', '=', 'pending')
          .where('lease_until', 'is not', null)
          .execute();
      }),
    crowded: (service, { now, above }) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.notifications')
          .select('recipient')
          .where('service', '=', storable(service))
          .where('state', '=', 'pending')
          .where('next_at', '<=', sql<Date>`${time(now)}::timestamptz`)
          .where(isFree(now))
          .groupBy('recipient')
          .having(({ fn }) => fn.countAll(), '>', above)
          .execute();
        return rows.map((row) => row.recipient);
      }),
    delivered: (ids, now, thread) =>
      use((database) =>
        database.transaction().execute(async (transaction) => {
          const rows = await finish(transaction, ids, 'delivered', now);
          const incidents = rows.map((row) => row.incident_id).filter((id) => id !== null);
          if (thread !== undefined && incidents.length > 0) {
            await transaction
              .updateTable('sekisho.notification_incidents')
              .set({ thread: json(thread) })
              .where('id', 'in', incidents)
              .where('thread', 'is', null)
              .execute();
          }
          return rows.map(fromMessageRow);
        }),
      ),
    postpone: (ids, { nextAt, lastError, uncounted }) =>
      use(async (database) => {
        const rows = await database
          .updateTable('sekisho.notifications')
          .set({
            next_at: time(nextAt),
            lease_until: null,
            ...(lastError === undefined ? {} : { last_error: storable(lastError) }),
            ...(uncounted === true ? { attempts: sql<number>`greatest(0, attempts - 1)` } : {}),
          })
          .where(isOneOf(ids))
          .where('state', '=', 'pending')
          .returningAll()
          .execute();
        return rows.map(fromMessageRow);
      }),
    hold: (service, recipient, until) =>
      use(async (database) => {
        await database
          .updateTable('sekisho.notifications')
          .set({ next_at: time(until) })
          .where('service', '=', storable(service))
          .where('recipient', '=', storable(recipient))
          .where('state', '=', 'pending')
          .where('next_at', '<', sql<Date>`${time(until)}::timestamptz`)
          .execute();
      }),
    release: (service, now) =>
      use(async (database) => {
        await database
          .updateTable('sekisho.notifications')
          .set({ next_at: time(now), attempts: 0 })
          .where('service', '=', storable(service))
          .where('state', '=', 'pending')
          .where(isFree(now))
          .execute();
      }),
    fail: (id, { now, giveUpAt, lastError, fallback }) =>
      use((database) =>
        database.transaction().execute(async (transaction) => {
          const [row] = await finish(transaction, [id], 'failed', now, lastError);
          if (row === undefined) return { failed: undefined, inserted: [] };
          const failed = fromMessageRow(row);
          const { namespace, app, project } = failed;
          const rows = fallback.map((message) =>
            toMessageRow(message, {
              id: randomUUID(),
              application: { namespace, app, project },
              cameTrue: 0,
              now,
              giveUpAt,
              fallbackOf: id,
            }),
          );
          return { failed, inserted: await insert(transaction, rows) };
        }),
      ),
    overdue: (service, { now, limit }) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.notifications')
          .selectAll()
          .where('service', '=', service)
          .where('state', '=', 'pending')
          .where('give_up_at', '<=', sql<Date>`${time(now)}::timestamptz`)
          .where(isFree(now))
          .orderBy('seq')
          .limit(bounded(limit))
          .execute();
        return rows.map(fromMessageRow);
      }),
    retry: (id, { now, giveUpAt }) =>
      use(async (database) => {
        const row = await database
          .updateTable('sekisho.notifications')
          .set({
            state: 'pending',
            next_at: time(now),
            give_up_at: time(giveUpAt),
            finished_at: null,
            attempts: sql<number>`CASE WHEN state = 'failed' THEN 0 ELSE attempts END`,
          })
          .where('id', '=', id)
          .where('state', 'in', ['failed', 'pending'])
          .returningAll()
          .executeTakeFirst();
        return row && fromMessageRow(row);
      }),
    get: (id) =>
      use(async (database) => {
        const row = await database
          .selectFrom('sekisho.notifications')
          .selectAll()
          .where('id', '=', storable(id))
          .executeTakeFirst();
        return row && fromMessageRow(row);
      }),
    list: ({ limit, before, state, service, application }) =>
      use(async (database) => {
        let query = database
          .selectFrom('sekisho.notifications')
          .selectAll()
          .orderBy('seq', 'desc')
          .limit(bounded(limit));
        if (before !== undefined)
          query = query.where('seq', '<', Math.min(Math.trunc(before), Number.MAX_SAFE_INTEGER));
        if (state !== undefined) query = query.where('state', '=', state);
        if (service !== undefined) query = query.where('service', '=', storable(service));
        if (application !== undefined) {
          const { namespace, app } = application;
          query = query.where('namespace', '=', storable(namespace)).where('app', '=', storable(app));
        }
        return (await query.execute()).map(fromMessageRow);
      }),
    waiting: () =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.notifications')
          .select(({ fn }) => ['service', fn.countAll().as('count')])
          .where('state', '=', 'pending')
          .groupBy('service')
          .execute();
        return rows.map(({ service, count }) => ({ service, count: Number(count) }));
      }),
    failedSince: (at) =>
      use(async (database) => {
        const row = await database
          .selectFrom('sekisho.notifications')
          .select(({ fn }) => fn.countAll().as('count'))
          .where('state', '=', 'failed')
          .where('finished_at', '>=', sql<Date>`${time(at)}::timestamptz`)
          .executeTakeFirst();
        return Number(row?.count ?? 0);
      }),
    nextAt: (service) =>
      use(async (database) => {
        const { rows } = await sql<{ at: Date | null }>`
          SELECT min(least(f.give_up_at, greatest(f.next_at, coalesce(f.lease_until, f.next_at)))) AS at
          FROM (${firstOf(service)}) f`.execute(database);
        return rows[0]?.at?.toISOString();
      }),
    prune: (before) =>
      use(async (database) => {
        const at = sql<Date>`${time(before)}::timestamptz`;
        const { numDeletedRows } = await database
          .deleteFrom('sekisho.notifications')
          .where('finished_at', '<', at)
          .executeTakeFirst();
        await database
          .deleteFrom('sekisho.notification_incidents')
          .where('closed_at', '<', at)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('sekisho.notifications as n')
                  .select('n.id')
                  .whereRef('n.incident_id', '=', 'sekisho.notification_incidents.id')
                  .where('n.state', '=', 'pending'),
              ),
            ),
          )
          .execute();
        return Number(numDeletedRows);
      }),
  };
}

/** One parameter, however many there are. */
function isOneOf(ids: readonly string[]) {
  return sql<boolean>`id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`;
}

/** In nobody's hands. */
function isFree(now: string) {
  return sql<boolean>`(lease_until IS NULL OR lease_until <= ${time(now)}::timestamptz)`;
}

/** Of those that are pending to one recipient about one application the oldest: these arrive in order. */
function firstOf(service: string) {
  // Read once in the order of the index, whatever the planner believes of tables that nobody has analyzed.
  return sql`SELECT DISTINCT ON (o.recipient, o.namespace, o.app)
      o.id, o.recipient, o.seq, o.next_at, o.lease_until, o.give_up_at
    FROM sekisho.notifications o
    WHERE o.state = 'pending' AND o.service = ${storable(service)}
    ORDER BY o.recipient, o.namespace, o.app, o.seq`;
}

type Name = Pick<NotificationLook, 'namespace' | 'app'>;

async function record(
  transaction: Transaction<Database>,
  looks: readonly NotificationLook[],
  { now, giveUpAt }: { now: string; giveUpAt: string },
): Promise<NotificationLookResult[]> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(lookLock)})`.execute(transaction);
  const before = new Map((await rememberedIn(transaction, looks)).map((one) => [nameOf(one), one]));
  const taken = looks.filter((look) => (before.get(nameOf(look))?.version ?? 0) === look.version);
  const inserted = new Map<string, StoredNotification[]>();
  if (taken.length > 0) {
    const { rows } = await sql<{ version: unknown }>`SELECT nextval('sekisho.notification_looks') AS version`.execute(
      transaction,
    );
    const version = Number(rows[0]?.version);
    await remember(transaction, taken, version);
    const opened = await incidentsOf(transaction, taken, 'open', now);
    const closed = await incidentsOf(transaction, taken, 'close', now);
    const messages = taken.flatMap((look) =>
      look.due.flatMap((message) => {
        const incidentId = (message.incident === 'close' ? closed : opened).get(addressOf(look, message));
        // Nobody waits for the end of what was not told.
        if (message.incident === 'close' && incidentId === undefined) return [];
        const { namespace, app, project } = look;
        return toMessageRow(message, {
          id: randomUUID(),
          application: { namespace, app, project },
          cameTrue: version,
          now,
          giveUpAt,
          ...(message.incident === undefined || incidentId === undefined ? {} : { incidentId }),
        });
      }),
    );
    for (const message of await insert(transaction, messages)) {
      inserted.set(nameOf(message), [...(inserted.get(nameOf(message)) ?? []), message]);
    }
  }
  const after = new Map((await rememberedIn(transaction, looks)).map((one) => [nameOf(one), one]));
  return looks.map((look) => ({
    taken: taken.includes(look),
    remembered: after.get(nameOf(look)) ?? {
      namespace: look.namespace,
      app: look.app,
      uid: look.uid,
      version: 0,
      keys: [],
      incidents: [],
    },
    inserted: inserted.get(nameOf(look)) ?? [],
  }));
}

async function remember(
  transaction: Transaction<Database>,
  looks: readonly NotificationLook[],
  version: number,
): Promise<void> {
  await transaction.deleteFrom('sekisho.notification_memory').where(among(looks)).execute();
  const rows = looks
    .filter(({ keys }) => keys.length > 0)
    .map(({ namespace, app, uid, keys }) => ({ namespace, app, uid, version, keys: json(keys) }));
  if (rows.length > 0) await transaction.insertInto('sekisho.notification_memory').values(rows).execute();
}

/** Opens or closes what the looks say; ids by {@link addressOf}. */
async function incidentsOf(
  transaction: Transaction<Database>,
  looks: readonly NotificationLook[],
  step: 'open' | 'close',
  now: string,
): Promise<Map<string, number>> {
  const wanted = new Map(
    looks.flatMap((look) =>
      look.due
        .filter(({ incident }) => incident === step)
        .map((message) => [addressOf(look, message), { look, message }] as const),
    ),
  );
  if (wanted.size === 0) return new Map();
  const addresses = [...wanted.values()].map(({ look, message }) => ({
    namespace: look.namespace,
    app: look.app,
    service: storable(message.service),
    recipient: storable(message.recipient),
  }));
  const columns = ['id', 'namespace', 'app', 'service', 'recipient'] as const;
  const rows =
    step === 'open'
      ? await transaction
          .insertInto('sekisho.notification_incidents')
          .values(addresses.map((address) => ({ ...address, opened_at: time(now) })))
          .onConflict((conflict) =>
            conflict
              .columns(['namespace', 'app', 'service', 'recipient'])
              .where('closed_at', 'is', null)
              .doUpdateSet({ service: sql`excluded.service` }),
          )
          .returning([...columns])
          .execute()
      : await transaction
          .updateTable('sekisho.notification_incidents')
          .set({ closed_at: time(now) })
          .where('closed_at', 'is', null)
          .where(({ eb, refTuple, tuple }) =>
            eb(
              refTuple('namespace', 'app', 'service', 'recipient'),
              'in',
              addresses.map(({ namespace, app, service, recipient }) => tuple(namespace, app, service, recipient)),
            ),
          )
          .returning([...columns])
          .execute();
  return new Map(rows.map((row) => [addressOf(row, row), Number(row.id)]));
}

async function insert(
  transaction: Transaction<Database>,
  rows: readonly ReturnType<typeof toMessageRow>[],
): Promise<StoredNotification[]> {
  const inserted: StoredNotification[] = [];
  // PostgreSQL takes 65535 parameters.
  for (let start = 0; start < rows.length; start += maxLimit) {
    const made = await transaction
      .insertInto('sekisho.notifications')
      .values(rows.slice(start, start + maxLimit))
      .onConflict((conflict) => conflict.columns(['namespace', 'app', 'key', 'came_true']).doNothing())
      .returningAll()
      .execute();
    inserted.push(...made.map(fromMessageRow));
  }
  return inserted.sort((a, b) => a.seq - b.seq);
}

async function rememberedIn(database: Kysely<Database>, names?: readonly Name[]): Promise<RememberedApplication[]> {
  let memory = database.selectFrom('sekisho.notification_memory').selectAll();
  let incidents = database
    .selectFrom('sekisho.notification_incidents')
    .select(['namespace', 'app', 'service', 'recipient'])
    .where('closed_at', 'is', null)
    .orderBy('id');
  if (names !== undefined) {
    memory = memory.where(among(names));
    incidents = incidents.where(among(names));
  }
  const found = new Map<string, RememberedApplication & { incidents: NotificationAddress[] }>();
  for (const { namespace, app, uid, version, keys } of await memory.execute()) {
    const one = { namespace, app, uid, version: Number(version), keys: keys as string[], incidents: [] };
    found.set(nameOf(one), one);
  }
  for (const { namespace, app, service, recipient } of await incidents.execute()) {
    const name = nameOf({ namespace, app });
    const one = found.get(name) ?? { namespace, app, uid: '', version: 0, keys: [], incidents: [] };
    one.incidents.push({ service, recipient });
    found.set(name, one);
  }
  return [...found.values()];
}

function among(names: readonly Name[]) {
  const pairs = json(names.map(({ namespace, app }) => [namespace, app]));
  return sql<boolean>`(namespace, app) IN (SELECT one->>0, one->>1 FROM jsonb_array_elements(${pairs}::jsonb) AS one)`;
}

function nameOf({ namespace, app }: Name): string {
  return `${namespace}/${app}`;
}

function addressOf({ namespace, app }: Name, { service, recipient }: NotificationAddress | NewNotification): string {
  return JSON.stringify([namespace, app, storable(service), storable(recipient)]);
}

function bounded(limit: number): number {
  return Math.max(0, Math.min(maxLimit, Math.trunc(limit)));
}
