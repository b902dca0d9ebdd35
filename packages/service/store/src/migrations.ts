import { createHash } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';

export interface Migration {
  /** Consecutive, from 1. */
  readonly id: number;
  readonly name: string;
  /** Statements for PostgreSQL 15, run one after the other. Never changed once released: a change is a new migration. */
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    id: 1,
    name: 'releases',
    statements: [
      `CREATE TABLE sekisho.releases (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        namespace text NOT NULL,
        app text NOT NULL,
        revision text NOT NULL,
        author text NOT NULL,
        message text NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        initiated_by jsonb NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('Succeeded', 'Failed', 'Error')),
        message_text text NOT NULL,
        sources jsonb NOT NULL,
        objects jsonb NOT NULL
      )`,
      'CREATE INDEX releases_by_app ON sekisho.releases (namespace, app, id DESC)',
    ],
  },
  {
    id: 2,
    name: 'audit',
    statements: [
      // `entry` is what the hash covers; the other columns repeat parts of it for searching.
      `CREATE TABLE sekisho.audit (
        seq bigint PRIMARY KEY,
        id text NOT NULL UNIQUE,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        object_type text NOT NULL,
        project text NOT NULL,
        namespace text NOT NULL,
        name text NOT NULL,
        outcome text NOT NULL,
        revision text NOT NULL,
        entry text NOT NULL,
        hash text NOT NULL
      )`,
      'CREATE INDEX audit_by_actor ON sekisho.audit (actor, seq DESC)',
      'CREATE INDEX audit_by_action ON sekisho.audit (action text_pattern_ops, seq DESC)',
      'CREATE INDEX audit_by_object ON sekisho.audit (object_type, namespace, name, seq DESC)',
      'CREATE INDEX audit_by_time ON sekisho.audit (at)',
      // Keeps honest mistakes out; who may alter the table can take it away, and the chain shows what was done then.
      `CREATE FUNCTION sekisho.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
      `CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sekisho.audit
        FOR EACH STATEMENT EXECUTE FUNCTION sekisho.refuse_change()`,
    ],
  },
  {
    id: 3,
    name: 'credentials',
    statements: [
      `CREATE TABLE sekisho.passwords (account text PRIMARY KEY, stored text NOT NULL, changed_at timestamptz NOT NULL)`,
      `CREATE TABLE sekisho.api_tokens (
        id text PRIMARY KEY,
        account text NOT NULL,
        hash text NOT NULL UNIQUE,
        description text NOT NULL,
        scope jsonb NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        last_used_from text
      )`,
      'CREATE INDEX api_tokens_by_account ON sekisho.api_tokens (account, created_at DESC)',
      `CREATE TABLE sekisho.sessions (
        hash text PRIMARY KEY,
        user_name text NOT NULL,
        groups jsonb NOT NULL,
        method text NOT NULL,
        token_id text REFERENCES sekisho.api_tokens (id) ON DELETE CASCADE,
        scope jsonb NOT NULL,
        address text NOT NULL,
        agent text NOT NULL,
        created_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`,
      'CREATE INDEX sessions_by_user ON sekisho.sessions (user_name)',
      'CREATE INDEX sessions_by_token ON sekisho.sessions (token_id)',
    ],
  },
  {
    id: 4,
    name: 'drift',
    statements: [
      `CREATE TABLE sekisho.drift (
        namespace text NOT NULL,
        app text NOT NULL,
        project text NOT NULL,
        object_group text NOT NULL,
        object_kind text NOT NULL,
        object_namespace text NOT NULL,
        object_name text NOT NULL,
        path text NOT NULL,
        git_value jsonb NOT NULL,
        live_value jsonb NOT NULL,
        manager text NOT NULL,
        operation text NOT NULL,
        since timestamptz NOT NULL,
        healed_at timestamptz,
        times int NOT NULL,
        policy text NOT NULL,
        PRIMARY KEY (namespace, app, object_group, object_kind, object_namespace, object_name, path)
      )`,
      'CREATE INDEX drift_open ON sekisho.drift (since DESC) WHERE healed_at IS NULL',
      'CREATE INDEX drift_healed ON sekisho.drift (healed_at) WHERE healed_at IS NOT NULL',
    ],
  },
  {
    id: 5,
    name: 'notifications',
    statements: [
      // Conditions that were true at the last look; numbers from the sequence tell looks apart for ever.
      'CREATE SEQUENCE sekisho.notification_looks',
      `CREATE TABLE sekisho.notification_memory (
        namespace text NOT NULL,
        app text NOT NULL,
        uid text NOT NULL,
        version bigint NOT NULL,
        keys jsonb NOT NULL,
        PRIMARY KEY (namespace, app)
      )`,
      `CREATE TABLE sekisho.notification_incidents (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        namespace text NOT NULL,
        app text NOT NULL,
        service text NOT NULL,
        recipient text NOT NULL,
        thread jsonb,
        opened_at timestamptz NOT NULL,
        closed_at timestamptz
      )`,
      `CREATE UNIQUE INDEX notification_incidents_open
        ON sekisho.notification_incidents (namespace, app, service, recipient) WHERE closed_at IS NULL`,
      `CREATE TABLE sekisho.notifications (
        id text PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        namespace text NOT NULL,
        app text NOT NULL,
        project text NOT NULL,
        trigger text NOT NULL,
        service text NOT NULL,
        recipient text NOT NULL,
        key text NOT NULL,
        came_true bigint NOT NULL,
        message text NOT NULL,
        fields jsonb NOT NULL,
        incident text,
        incident_id bigint,
        fallback_of text,
        state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts int NOT NULL,
        created_at timestamptz NOT NULL,
        next_at timestamptz NOT NULL,
        give_up_at timestamptz NOT NULL,
        lease_until timestamptz,
        finished_at timestamptz,
        last_error text,
        UNIQUE (namespace, app, key, came_true)
      )`,
      `CREATE INDEX notifications_order
        ON sekisho.notifications (service, recipient, namespace, app, seq) WHERE state = 'pending'`,
      `CREATE INDEX notifications_due ON sekisho.notifications (service, next_at) WHERE state = 'pending'`,
      `CREATE INDEX notifications_by_app ON sekisho.notifications (namespace, app, seq DESC)`,
      `CREATE INDEX notifications_finished ON sekisho.notifications (finished_at) WHERE finished_at IS NOT NULL`,
    ],
  },
  {
    id: 6,
    name: 'subresource of drift',
    statements: [`ALTER TABLE sekisho.drift ADD COLUMN subresource text NOT NULL DEFAULT ''`],
  },
  {
    id: 7,
    name: 'violations',
    statements: [
      // A row for each time in which a violation led to the same decision; the last one is open while it lasts.
      `CREATE TABLE sekisho.violations (
        id text NOT NULL,
        from_at timestamptz NOT NULL,
        until_at timestamptz,
        since timestamptz NOT NULL,
        cluster text NOT NULL,
        object_group text NOT NULL,
        object_kind text NOT NULL,
        object_namespace text NOT NULL,
        object_name text NOT NULL,
        policy_id text NOT NULL,
        rule text NOT NULL,
        slot int NOT NULL,
        decision text NOT NULL CHECK (decision IN ('deny', 'warn', 'dryrun', 'waived')),
        severity text NOT NULL,
        message text NOT NULL,
        app_namespace text NOT NULL,
        app text NOT NULL,
        project text NOT NULL,
        PRIMARY KEY (id, from_at)
      )`,
      'CREATE INDEX violations_open ON sekisho.violations (from_at DESC) WHERE until_at IS NULL',
      'CREATE INDEX violations_ended ON sekisho.violations (until_at) WHERE until_at IS NOT NULL',
      'CREATE INDEX violations_by_policy ON sekisho.violations (policy_id, from_at)',
    ],
  },
];

/** One number for all of Sekisho's migrations: replicas that start together take turns. */
const lockKey = 7_365_696_823_911;

export function migrationHash(migration: Migration): string {
  return createHash('sha256').update(migration.statements.join(';\n')).digest('hex');
}

/**
 * Brings the database up to date, all or nothing.
 * @throws SekishoError STORE_MIGRATION_CHANGED (a migration that ran is not the one we know) | STORE_TOO_NEW
 */
export async function migrate(database: Kysely<Database>, list: readonly Migration[] = migrations): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(lockKey)})`.execute(transaction);
    await sql`CREATE SCHEMA IF NOT EXISTS sekisho`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS sekisho.migrations (
      id int PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
    )`.execute(transaction);
    const done = await transaction
      .selectFrom('sekisho.migrations')
      .select(['id', 'name', 'hash'])
      .orderBy('id')
      .execute();
    for (const { id, name, hash } of done) {
      const known = list.find((migration) => migration.id === id);
      if (known === undefined) {
        throw new SekishoError(
          'STORE_TOO_NEW',
          `the database has migration ${id} (${name}), which this version does not know`,
          {
            hint: 'Run the version of Sekisho that made it, or a newer one.',
          },
        );
      }
      if (migrationHash(known) !== hash) {
        throw new SekishoError('STORE_MIGRATION_CHANGED', `migration ${id} (${name}) ran with other statements`);
      }
    }
    for (const migration of list.slice(done.length)) {
      for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
      await transaction
        .insertInto('sekisho.migrations')
        .values({ id: migration.id, name: migration.name, hash: migrationHash(migration) })
        .execute();
    }
  });
}
