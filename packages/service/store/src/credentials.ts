import type { Kysely, Selectable } from 'kysely';
import type { ApiToken, CredentialScope, Credentials, Session } from './credential-types.ts';
import type { Database } from './database.ts';
import { json, storable, time } from './values.ts';

const maxTokens = 1000;

/** `use` hands over the database when it is open, and turns its errors into ours. */
export function createCredentials(
  use: <T>(run: (database: Kysely<Database>) => Promise<T>) => Promise<T>,
): Credentials {
  return {
    password: (account) =>
      use(async (database) => {
        const row = await database
          .selectFrom('sekisho.passwords')
          .selectAll()
          .where('account', '=', storable(account))
          .executeTakeFirst();
        return row && { stored: row.stored, changedAt: row.changed_at.toISOString() };
      }),
    setPassword: (account, stored, changedAt) =>
      use(async (database) => {
        const row = { stored, changed_at: time(changedAt) };
        await database
          .insertInto('sekisho.passwords')
          .values({ account: storable(account), ...row })
          .onConflict((conflict) => conflict.column('account').doUpdateSet(row))
          .execute();
      }),
    addToken: (token, hash) =>
      use(async (database) => {
        await database
          .insertInto('sekisho.api_tokens')
          .values({
            id: token.id,
            account: storable(token.account),
            hash,
            description: storable(token.description),
            scope: json(token.scope),
            created_by: storable(token.createdBy),
            created_at: time(token.createdAt),
            expires_at: token.expiresAt === undefined ? null : time(token.expiresAt),
          })
          .execute();
      }),
    tokens: (account) =>
      use(async (database) => {
        let query = database.selectFrom('sekisho.api_tokens').selectAll().orderBy('created_at', 'desc').orderBy('id');
        if (account !== undefined) query = query.where('account', '=', storable(account));
        return (await query.limit(maxTokens).execute()).map(toToken);
      }),
    tokenByHash: (hash) =>
      use(async (database) => {
        const row = await database
          .selectFrom('sekisho.api_tokens')
          .selectAll()
          .where('hash', '=', hash)
          .executeTakeFirst();
        return row && toToken(row);
      }),
    tokenUsed: (id, at, from) =>
      use(async (database) => {
        await database
          .updateTable('sekisho.api_tokens')
          .set({ last_used_at: time(at), last_used_from: storable(from) })
          .where('id', '=', id)
          .execute();
      }),
    deleteToken: (account, id) =>
      use(async (database) => {
        const result = await database
          .deleteFrom('sekisho.api_tokens')
          .where('account', '=', storable(account))
          .where('id', '=', storable(id))
          .executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    addSession: (session) =>
      use(async (database) => {
        await database
          .insertInto('sekisho.sessions')
          .values({
            hash: session.hash,
            user_name: storable(session.user),
            groups: json(session.groups),
            method: session.method,
            token_id: session.tokenId ?? null,
            scope: json(session.scope),
            address: storable(session.address),
            agent: storable(session.agent),
            created_at: time(session.createdAt),
            last_seen_at: time(session.lastSeenAt),
            expires_at: time(session.expiresAt),
          })
          .execute();
      }),
    session: (hash) =>
      use(async (database) => {
        const row = await database
          .selectFrom('sekisho.sessions')
          .selectAll()
          .where('hash', '=', hash)
          .executeTakeFirst();
        return row && toSession(row);
      }),
    sessionSeen: (hash, at) =>
      use(async (database) => {
        await database
          .updateTable('sekisho.sessions')
          .set({ last_seen_at: time(at) })
          .where('hash', '=', hash)
          .execute();
      }),
    deleteSession: (hash) =>
      use(async (database) => {
        const result = await database.deleteFrom('sekisho.sessions').where('hash', '=', hash).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    deleteSessionsOf: (user, options = {}) =>
      use(async (database) => {
        const result = await database
          .deleteFrom('sekisho.sessions')
          .where('user_name', '=', storable(user))
          .where('hash', '<>', options.exceptHash ?? '')
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
    deleteExpired: ({ now, seenBefore }) =>
      use(async (database) => {
        const sessions = await database
          .deleteFrom('sekisho.sessions')
          .where(({ eb, or }) =>
            or([eb('expires_at', '<=', new Date(time(now))), eb('last_seen_at', '<', new Date(time(seenBefore)))]),
          )
          .executeTakeFirst();
        const tokens = await database
          .deleteFrom('sekisho.api_tokens')
          .where('expires_at', '<=', new Date(time(seenBefore)))
          .executeTakeFirst();
        return Number(sessions.numDeletedRows) + Number(tokens.numDeletedRows);
      }),
  };
}

function toToken(row: Selectable<Database['sekisho.api_tokens']>): ApiToken {
  return {
    id: row.id,
    account: row.account,
    description: row.description,
    scope: row.scope as CredentialScope,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
    ...(row.last_used_from === null ? {} : { lastUsedFrom: row.last_used_from }),
  };
}

function toSession(row: Selectable<Database['sekisho.sessions']>): Session {
  return {
    hash: row.hash,
    user: row.user_name,
    groups: row.groups as string[],
    method: row.method,
    ...(row.token_id === null ? {} : { tokenId: row.token_id }),
    scope: row.scope as CredentialScope,
    address: row.address,
    agent: row.agent,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
