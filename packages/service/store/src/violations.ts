import { SekishoError } from '@sekisho/base';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './database.ts';
import { storable, time } from './values.ts';
import type { ViolationBucket, ViolationLog, ViolationRecord } from './violation-types.ts';

/** Rows of one statement: PostgreSQL takes 65535 parameters. */
const rowsPerStatement = 500;
const maxTimes = 400;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createViolationLog(
  use: <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>,
): ViolationLog {
  return {
    save: (records) =>
      use(async (database) => {
        for (let start = 0; start < records.length; start += rowsPerStatement) {
          await database
            .insertInto('sekisho.violations')
            .values(records.slice(start, start + rowsPerStatement).map(toRow))
            .onConflict((conflict) =>
              conflict.columns(['id', 'from_at']).doUpdateSet({
                until_at: sql`excluded.until_at`,
                severity: sql`excluded.severity`,
                message: sql`excluded.message`,
                app_namespace: sql`excluded.app_namespace`,
                app: sql`excluded.app`,
                project: sql`excluded.project`,
              }),
            )
            .execute();
          await endOthers(database, records.slice(start, start + rowsPerStatement));
        }
      }),
    open: (limit) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.violations')
          .selectAll()
          .where('until_at', 'is', null)
          .orderBy('from_at', 'desc')
          .limit(Math.max(0, Math.trunc(limit)))
          .execute();
        return rows.map(fromRow);
      }),
    history: ({ policyId, at }) =>
      use(async (database) => {
        if (at.length > maxTimes) throw new SekishoError('STORE_FAILED', `at most ${maxTimes} times can be asked for`);
        if (at.length === 0) return [];
        const times = sql.join(at.map((one) => sql`(${time(one)}::timestamptz)`));
        const ofPolicy = policyId === undefined ? sql`` : sql`AND v.policy_id = ${storable(policyId)}`;
        const { rows } = await sql<BucketRow>`
          SELECT t.at, v.decision, v.cluster, v.app_namespace, v.app, v.project, count(*) AS count
          FROM (VALUES ${times}) AS t (at)
          JOIN sekisho.violations v ON v.from_at <= t.at AND (v.until_at IS NULL OR v.until_at > t.at) ${ofPolicy}
          GROUP BY t.at, v.decision, v.cluster, v.app_namespace, v.app, v.project
          ORDER BY t.at, v.decision, v.cluster, v.app_namespace, v.app, v.project`.execute(database);
        return rows.map(toBucket);
      }),
    prune: (before) =>
      use(async (database) => {
        const result = await database
          .deleteFrom('sekisho.violations')
          .where('until_at', '<', sql<Date>`${time(before)}::timestamptz`)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

/** A time that lasts ends the one before it, whoever forgot to say so. */
async function endOthers(database: Kysely<Database>, records: readonly ViolationRecord[]): Promise<void> {
  const lasting = records.filter(({ until }) => until === undefined);
  if (lasting.length === 0) return;
  const values = sql.join(lasting.map(({ id, from }) => sql`(${storable(id)}, ${time(from)}::timestamptz)`));
  await sql`
    UPDATE sekisho.violations AS v SET until_at = n.from_at
    FROM (VALUES ${values}) AS n (id, from_at)
    WHERE v.id = n.id AND v.until_at IS NULL AND v.from_at < n.from_at`.execute(database);
}

interface BucketRow {
  readonly at: Date;
  readonly decision: string;
  readonly cluster: string;
  readonly app_namespace: string;
  readonly app: string;
  readonly project: string;
  readonly count: number | string | bigint;
}

function toBucket(row: BucketRow): ViolationBucket {
  return {
    at: row.at.toISOString(),
    decision: row.decision as ViolationBucket['decision'],
    cluster: row.cluster,
    ...applicationOf(row),
    count: Number(row.count),
  };
}

function toRow(record: ViolationRecord) {
  return {
    id: storable(record.id),
    from_at: time(record.from),
    until_at: record.until === undefined ? null : time(record.until),
    since: time(record.since),
    cluster: storable(record.cluster),
    object_group: storable(record.object.group),
    object_kind: storable(record.object.kind),
    object_namespace: storable(record.object.namespace),
    object_name: storable(record.object.name),
    policy_id: storable(record.policyId),
    rule: storable(record.rule),
    slot: record.slot,
    decision: record.decision,
    severity: record.severity ?? '',
    message: storable(record.message),
    app_namespace: storable(record.application?.namespace ?? ''),
    app: storable(record.application?.name ?? ''),
    project: storable(record.application?.project ?? ''),
  };
}

function fromRow(row: Selectable<Database['sekisho.violations']>): ViolationRecord {
  return {
    id: row.id,
    from: row.from_at.toISOString(),
    ...(row.until_at === null ? {} : { until: row.until_at.toISOString() }),
    since: row.since.toISOString(),
    cluster: row.cluster,
    object: {
      group: row.object_group,
      kind: row.object_kind,
      namespace: row.object_namespace,
      name: row.object_name,
    },
    policyId: row.policy_id,
    rule: row.rule,
    slot: row.slot,
    decision: row.decision as ViolationRecord['decision'],
    ...(row.severity === '' ? {} : { severity: row.severity }),
    message: row.message,
    ...applicationOf(row),
  };
}

function applicationOf({ app, app_namespace, project }: { app: string; app_namespace: string; project: string }) {
  return app === '' ? {} : { application: { namespace: app_namespace, name: app, project } };
}
