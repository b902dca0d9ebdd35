import { type Clock, isSekishoError, messageOf, redact, SekishoError, systemClock } from '@sekisho/base';
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely';
import { createAuditLog } from './audit.ts';
import { createCredentials } from './credentials.ts';
import type { Database } from './database.ts';
import { createDriftLog } from './drift.ts';
import { migrate } from './migrations.ts';
import { createNotificationOutbox } from './notifications.ts';
import { createReleases } from './releases.ts';
import type { Store, StoreOptions } from './types.ts';
import { createViolationLog } from './violations.ts';

/** After a failed opening, calls fail at once for this long; then the next one tries again. */
const retryOpeningMs = 1_000;
const maxConnections = 8;
const connectTimeoutMs = 10_000;

/**
 * Starts opening the history and returns at once; calls wait until it is open. When opening fails, a later call tries again.
 * @throws SekishoError STORE_FAILED when neither `url` nor `dataDir` is given | STORE_URL_INVALID
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, dataDir, logger, clock = systemClock } = options;
  if (url === undefined && dataDir === undefined) {
    throw new SekishoError('STORE_FAILED', 'a store needs a url or a dataDir');
  }
  if (url !== undefined) checkUrl(url);
  const secrets = url === undefined ? [] : secretsOf(url);
  const opening = createOpening(async () => {
    const pool = url !== undefined ? await openPool(url, logger) : await openEmbedded(dataDir ?? '');
    const database = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    try {
      await migrate(database);
      return database;
    } catch (error) {
      await database.destroy().catch(() => {});
      throw error;
    }
  }, clock);
  opening.get().catch((reason) => {
    const { message, code, hint } = toStoreError(reason, secrets);
    logger.error({ error: message, code, ...(hint === undefined ? {} : { hint }) }, 'store does not open');
  });

  async function use<T>(run: (database: Kysely<Database>) => Promise<T>): Promise<T> {
    try {
      return await run(await opening.get());
    } catch (error) {
      throw toStoreError(error, secrets);
    }
  }

  return {
    backend: url === undefined ? 'pglite' : 'postgresql',
    releases: createReleases(use),
    audit: createAuditLog(use),
    credentials: createCredentials(use),
    drift: createDriftLog(use),
    notifications: createNotificationOutbox(use),
    violations: createViolationLog(use),
    ping: () =>
      use(async (database) => {
        await sql`SELECT 1`.execute(database);
      }),
    close: () => opening.close(),
  };
}

function createOpening(open: () => Promise<Kysely<Database>>, clock: Clock) {
  let current: Promise<Kysely<Database>> | undefined;
  let closed = false;
  let failedAt = Number.NEGATIVE_INFINITY;
  return {
    get(): Promise<Kysely<Database>> {
      if (closed) return Promise.reject(new SekishoError('STORE_CLOSED', 'the store was closed'));
      if (current === undefined || clock.now() - failedAt >= retryOpeningMs) {
        failedAt = Number.POSITIVE_INFINITY;
        current = open();
        current.catch(() => {
          failedAt = clock.now();
        });
      }
      return current;
    },
    async close() {
      if (closed) return;
      closed = true;
      const database = await current?.catch(() => undefined);
      await database?.destroy();
    },
  };
}

async function openEmbedded(dataDir: string): Promise<PostgresPool> {
  const { openPglite } = await import('./pglite.ts');
  return openPglite(dataDir);
}

async function openPool(url: string, logger: StoreOptions['logger']): Promise<PostgresPool> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    allowExitOnIdle: true,
    application_name: 'sekisho',
    statement_timeout: 60_000,
  });
  // A connection that dies while idle is replaced; the error is no one's.
  pool.on('error', (error) =>
    logger.warn({ error: redact(error.message, secretsOf(url)) }, 'store connection was lost'),
  );
  return pool;
}

/** What of the address must not be shown: passwords as written and as read. Without a valid address, all of it. */
function secretsOf(url: string): string[] {
  try {
    const { password, searchParams } = new URL(url);
    const written = [password, ...searchParams.getAll('password'), ...searchParams.getAll('sslpassword')];
    return written.filter((text) => text !== '').flatMap((text) => [text, decoded(text)]);
  } catch {
    return [url];
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws SekishoError STORE_URL_INVALID, without the address: it may hold a password */
function checkUrl(url: string): void {
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return;
  throw new SekishoError('STORE_URL_INVALID', "the store's address is no address of a PostgreSQL server", {
    hint: 'Write postgresql://user:password@host:5432/database, with special characters of the password as %XX.',
  });
}

/** Classes 08 (connection), 53 (resources), 57 (operator), 40 (rollback) pass by themselves; so do errors of the socket. */
const retryable = /^(08|53|57|40)|^E[A-Z]+$/;

/** What the one who runs the server can do, by SQLSTATE. */
const hints: readonly { pattern: RegExp; hint: string }[] = [
  { pattern: /^28/, hint: "Check user and password in the store's address." },
  { pattern: /^3D/, hint: 'Create the database first; only the schema in it is made by itself.' },
  { pattern: /^42501/, hint: 'The user must be allowed to create a schema in this database.' },
];

function toStoreError(error: unknown, secrets: readonly string[]): SekishoError {
  if (isSekishoError(error)) return error;
  const { code } = error as { code?: unknown };
  const text = redact(messageOf(error), secrets);
  if ((typeof code === 'string' && retryable.test(code)) || /timeout|terminated|ended/i.test(text)) {
    return new SekishoError('STORE_UNAVAILABLE', `the store does not answer: ${text}`, { retryable: true });
  }
  const hint = typeof code === 'string' ? hints.find(({ pattern }) => pattern.test(code))?.hint : undefined;
  return new SekishoError('STORE_FAILED', `the store refused: ${text}`, {
    ...(hint === undefined ? {} : { hint }),
    details: typeof code === 'string' ? { sqlstate: code } : {},
  });
}
