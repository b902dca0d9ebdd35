import { type AuditEntry, type AuditFact, type AuditRow, chain, entryOf, GENESIS } from '@sekisho/audit';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './database.ts';
import type { AuditLog } from './types.ts';
import { json, time } from './values.ts';

const maxLimit = 1000;
/** One number for the end of the chain: writers take turns, in whatever process. */
const chainLock = 7_365_696_823_912;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createAuditLog(use: <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>): AuditLog {
  return {
    append: (facts) =>
      use((database) =>
        database.transaction().execute(async (transaction) => {
          await sql`SELECT pg_advisory_xact_lock(${sql.lit(chainLock)})`.execute(transaction);
          const ids = facts.map(({ id }) => id);
          const known = await transaction.selectFrom('sekisho.audit').select('id').where('id', 'in', ids).execute();
          const kept = new Set(known.map(({ id }) => id));
          const fresh = facts.filter(({ id }) => !kept.has(id)).map(clean);
          if (fresh.length === 0) return [];
          const last = await transaction
            .selectFrom('sekisho.audit')
            .select(['seq', 'hash'])
            .orderBy('seq', 'desc')
            .limit(1)
            .executeTakeFirst();
          const head = last === undefined ? GENESIS : { seq: Number(last.seq), hash: last.hash };
          const rows = chain(head, fresh);
          await transaction.insertInto('sekisho.audit').values(rows.map(toRow)).execute();
          return rows.map(entryOf).filter((entry) => entry !== undefined);
        }),
      ),
    list: (query) =>
      use(async (database) => {
        let rows = database
          .selectFrom('sekisho.audit')
          .select(['seq', 'hash', 'entry'])
          .orderBy('seq', 'desc')
          .limit(bounded(query.limit));
        const { actor, action, object, outcome, since, until, search, before } = query;
        if (actor !== undefined) rows = rows.where('actor', '=', actor);
        if (action?.endsWith('.') === true) rows = rows.where('action', 'like', `${likeText(action)}%`);
        else if (action !== undefined) rows = rows.where('action', '=', action);
        if (object?.type !== undefined) rows = rows.where('object_type', '=', object.type);
        if (object?.namespace !== undefined) rows = rows.where('namespace', '=', object.namespace);
        if (object?.name !== undefined) rows = rows.where('name', '=', object.name);
        if (outcome !== undefined) rows = rows.where('outcome', '=', outcome);
        if (since !== undefined) rows = rows.where('at', '>=', sql<Date>`${time(since)}::timestamptz`);
        if (until !== undefined) rows = rows.where('at', '<', sql<Date>`${time(until)}::timestamptz`);
        if (search !== undefined) rows = rows.where('entry', 'ilike', `%${likeText(search)}%`);
        if (before !== undefined) rows = rows.where('seq', '<', Math.min(Math.trunc(before), Number.MAX_SAFE_INTEGER));
        const found = await rows.execute();
        return found
          .map(({ seq, hash, entry }) => entryOf({ seq: Number(seq), hash, text: entry }))
          .filter((entry): entry is AuditEntry => entry !== undefined);
      }),
    rows: (after, limit) =>
      use(async (database) => {
        const rows = await database
          .selectFrom('sekisho.audit')
          .selectAll()
          .where('seq', '>', after)
          .orderBy('seq', 'asc')
          .limit(bounded(limit))
          .execute();
        return rows.map(fromRow);
      }),
    head: () =>
      use(async (database) => {
        const last = await database
          .selectFrom('sekisho.audit')
          .select(['seq', 'hash'])
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst();
        return last === undefined ? GENESIS : { seq: Number(last.seq), hash: last.hash };
      }),
  };
}

function bounded(limit: number): number {
  return Math.max(0, Math.min(maxLimit, Math.trunc(limit)));
}

function likeText(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** As the database will give it back: the hash must cover nothing that PostgreSQL would alter. */
function clean(fact: AuditFact): AuditFact {
  const kept = JSON.parse(json(fact)) as AuditFact;
  return { ...kept, at: time(fact.at) };
}

function toRow({ seq, hash, text, columns }: AuditRow) {
  const { objectType, ...rest } = columns;
  return { seq, hash, entry: text, object_type: objectType, ...rest };
}

function fromRow(row: Selectable<Database['sekisho.audit']>): AuditRow {
  const { seq, hash, entry, at, object_type, ...rest } = row;
  return { seq: Number(seq), hash, text: entry, columns: { ...rest, at: at.toISOString(), objectType: object_type } };
}
