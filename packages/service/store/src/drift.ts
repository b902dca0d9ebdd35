import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './database.ts';
import type { DriftCount, DriftLog, DriftRecord } from './drift-types.ts';
import { json, storable, time } from './values.ts';

const maxLimit = 1000;
/** Rows of one statement: PostgreSQL takes 65535 parameters. */
const rowsPerStatement = 500;

const key = ['namespace', 'app', 'object_group', 'object_kind', 'object_namespace', 'object_name', 'path'] as const;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createDriftLog(use: <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>): DriftLog {
  return {
    save: (records) =>
      use(async (database) => {
        const counts: DriftCount[] = [];
        for (let start = 0; start < records.length; start += rowsPerStatement) {
          const rows = await database
            .insertInto('sekisho.drift')
            .values(records.slice(start, start + rowsPerStatement).map(toRow))
            .onConflict((conflict) =>
              conflict.columns([...key]).doUpdateSet({
                project: sql`excluded.project`,
                git_value: sql`excluded.git_value`,
                live_value: sql`excluded.live_value`,
                manager: sql`excluded.manager`,
                operation: sql`excluded.operation`,
                subresource: sql`excluded.subresource`,
                since: sql`excluded.since`,
                healed_at: sql`excluded.healed_at`,
                policy: sql`excluded.policy`,
                times: sql`sekisho.drift.times + excluded.times`,
              }),
            )
            .returning([...key, 'times'])
            .execute();
          counts.push(...rows.map((row) => ({ ...keyOf(row), times: Number(row.times) })));
        }
        return counts;
      }),
    open: (limit) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.drift')
          .selectAll()
          .where('healed_at', 'is', null)
          .orderBy('since', 'desc')
          .limit(Math.max(0, Math.trunc(limit)))
          .execute();
        return rows.map(fromRow);
      }),
    healed: ({ namespace, app, limit }) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.drift')
          .selectAll()
          .where('namespace', '=', namespace)
          .where('app', '=', app)
          .where('healed_at', 'is not', null)
          .orderBy('healed_at', 'desc')
          .limit(Math.max(0, Math.min(maxLimit, Math.trunc(limit))))
          .execute();
        return rows.map(fromRow);
      }),
    forget: ({ namespace, app }) =>
      use(async (database) => {
        await database.deleteFrom('sekisho.drift').where('namespace', '=', namespace).where('app', '=', app).execute();
      }),
    prune: (before) =>
      use(async (database) => {
        const result = await database
          .deleteFrom('sekisho.drift')
          .where('healed_at', '<', sql<Date>`${time(before)}::timestamptz`)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

function toRow(record: DriftRecord) {
  return {
    namespace: storable(record.namespace),
    app: storable(record.app),
    project: storable(record.project),
    object_group: storable(record.object.group),
    object_kind: storable(record.object.kind),
    object_namespace: storable(record.object.namespace),
    object_name: storable(record.object.name),
    path: storable(record.path),
    git_value: json(record.from),
    live_value: json(record.to),
    manager: storable(record.manager ?? ''),
    operation: storable(record.operation ?? ''),
    subresource: storable(record.subresource ?? ''),
    since: time(record.since),
    healed_at: record.healedAt === undefined ? null : time(record.healedAt),
    times: record.times,
    policy: record.policy,
  };
}

type Row = Selectable<Database['sekisho.drift']>;

function keyOf(row: Pick<Row, (typeof key)[number]>) {
  return {
    namespace: row.namespace,
    app: row.app,
    object: {
      group: row.object_group,
      kind: row.object_kind,
      namespace: row.object_namespace,
      name: row.object_name,
    },
    path: row.path,
  };
}

function fromRow(row: Row): DriftRecord {
  return {
    ...keyOf(row),
    project: row.project,
    ...(row.git_value === null ? {} : { from: row.git_value }),
    ...(row.live_value === null ? {} : { to: row.live_value }),
    ...(row.manager === '' ? {} : { manager: row.manager }),
    ...(row.operation === '' ? {} : { operation: row.operation }),
    ...(row.subresource === '' ? {} : { subresource: row.subresource }),
    since: row.since.toISOString(),
    ...(row.healed_at === null ? {} : { healedAt: row.healed_at.toISOString() }),
    times: Number(row.times),
    policy: row.policy,
  };
}
