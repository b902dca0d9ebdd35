import type { Kysely, Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { NewRelease, Release, ReleaseObject, ReleaseOutcome, Releases } from './types.ts';
import { json, storable, time } from './values.ts';

const maxLimit = 500;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createReleases(use: <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>): Releases {
  return {
    record: (release) =>
      use(async (database) => {
        const row = await database
          .insertInto('sekisho.releases')
          .values(toRow(release))
          .returningAll()
          .executeTakeFirstOrThrow();
        return fromRow(row);
      }),
    list: ({ namespace, app, limit, before }) =>
      use(async (database) => {
        let query = database
          .selectFrom('sekisho.releases')
          .selectAll()
          .where('namespace', '=', namespace)
          .where('app', '=', app)
          .orderBy('id', 'desc')
          .limit(Math.max(0, Math.min(maxLimit, Math.trunc(limit))));
        if (before !== undefined) query = query.where('id', '<', Math.min(Math.trunc(before), Number.MAX_SAFE_INTEGER));
        return (await query.execute()).map(fromRow);
      }),
    newest: ({ limit, before }) =>
      use(async (database) => {
        let query = database
          .selectFrom('sekisho.releases')
          .selectAll()
          .orderBy('id', 'desc')
          .limit(Math.max(0, Math.min(maxLimit, Math.trunc(limit))));
        if (before !== undefined) query = query.where('id', '<', Math.min(Math.trunc(before), Number.MAX_SAFE_INTEGER));
        return (await query.execute()).map(fromRow);
      }),
    get: (id) =>
      use(async (database) => {
        if (!Number.isSafeInteger(id)) return undefined;
        const row = await database.selectFrom('sekisho.releases').selectAll().where('id', '=', id).executeTakeFirst();
        return row && fromRow(row);
      }),
    prune: ({ namespace, app }, keep) =>
      use(async (database) => {
        const kept = database
          .selectFrom('sekisho.releases')
          .select('id')
          .where('namespace', '=', namespace)
          .where('app', '=', app)
          .orderBy('id', 'desc')
          .limit(Math.max(0, Math.trunc(keep)));
        const result = await database
          .deleteFrom('sekisho.releases')
          .where('namespace', '=', namespace)
          .where('app', '=', app)
          .where('id', 'not in', kept)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

function toRow(release: NewRelease) {
  return {
    namespace: storable(release.namespace),
    app: storable(release.app),
    revision: storable(release.revision),
    author: storable(release.author),
    message: storable(release.message),
    started_at: time(release.startedAt),
    finished_at: time(release.finishedAt),
    initiated_by: json(release.initiatedBy),
    outcome: release.outcome,
    message_text: storable(release.messageText),
    sources: json(release.sources),
    objects: json(release.objects),
  };
}

function fromRow(row: Selectable<Database['sekisho.releases']>): Release {
  return {
    id: Number(row.id),
    namespace: row.namespace,
    app: row.app,
    revision: row.revision,
    author: row.author,
    message: row.message,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at.toISOString(),
    initiatedBy: row.initiated_by as Release['initiatedBy'],
    outcome: row.outcome as ReleaseOutcome,
    messageText: row.message_text,
    sources: row.sources,
    objects: row.objects as ReleaseObject[],
  };
}
