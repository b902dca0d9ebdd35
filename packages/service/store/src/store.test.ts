import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger, systemClock } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { type Migration, migrate, migrations } from './migrations.ts';
import { openPglite } from './pglite.ts';
import { openStore } from './store.ts';
import type { NewRelease, Store } from './types.ts';

function release(app: string, revision: string, more: Partial<NewRelease> = {}): NewRelease {
  return {
    namespace: 'argocd',
    app,
    revision,
    author: 'Ann <ann@example.org>',
    message: 'change',
    startedAt: '2026-01-01T00:00:00.123Z',
    finishedAt: '2026-01-01T00:00:01Z',
    initiatedBy: { username: 'ann' },
    outcome: 'Succeeded',
    messageText: 'successfully synced',
    sources: [{ repoURL: 'embedded:config', path: 'apps/web' }],
    objects: [{ group: 'apps', kind: 'Deployment', namespace: 'web', name: 'web', digest: 'sha256:1' }],
    ...more,
  };
}

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-store-'));
  // Making a database takes seconds: it is made once here and copied.
  await (await openPglite(join(dir, 'made'))).end();
  for (const name of ['a', 'b', 'd', 'e']) await cp(join(dir, 'made'), join(dir, name), { recursive: true });
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('releases on %s', (backend) => {
  let store: Store;
  beforeAll(async () => {
    if (backend === 'postgresql' && postgres === undefined) return;
    const where = backend === 'pglite' ? { dataDir: join(dir, 'a') } : { url: postgres?.url ?? '' };
    store = await openStore({ ...where, logger: silentLogger });
    await store.ping();
  });
  afterAll(() => store?.close());
  const check = (name: string, run: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) skip();
      await run();
    });

  check('come back as they were recorded', async () => {
    expect(store.backend).toBe(backend);
    const recorded = await store.releases.record(release('web', 'c1'));
    expect(recorded).toEqual({ ...release('web', 'c1'), id: recorded.id, finishedAt: '2026-01-01T00:00:01.000Z' });
    expect(await store.releases.get(recorded.id)).toEqual(recorded);
    expect(await store.releases.get(999_999)).toBeUndefined();
    expect(await store.releases.get(Number.NaN)).toBeUndefined();
    const automated = await store.releases.record(
      release('web', 'c2', { initiatedBy: { automated: true }, outcome: 'Failed', sources: null, objects: [] }),
    );
    expect(automated).toMatchObject({
      initiatedBy: { automated: true },
      outcome: 'Failed',
      sources: null,
      objects: [],
    });
  });

  check('are listed newest first, page by page, each application for itself', async () => {
    for (let i = 0; i < 5; i++) await store.releases.record(release('pages', `c${i}`));
    await store.releases.record(release('pages', 'other', { namespace: 'other' }));
    const app = { namespace: 'argocd', app: 'pages' };
    const first = await store.releases.list({ ...app, limit: 2 });
    expect(first.map(({ revision }) => revision)).toEqual(['c4', 'c3']);
    const next = await store.releases.list({ ...app, limit: 10, before: first[1]!.id });
    expect(next.map(({ revision }) => revision)).toEqual(['c2', 'c1', 'c0']);
    expect(await store.releases.list({ ...app, limit: 0 })).toEqual([]);
    expect(await store.releases.prune(app, 2)).toBe(3);
    expect(await store.releases.prune(app, 2)).toBe(0);
    expect(await store.releases.list({ ...app, limit: 1e9 })).toHaveLength(2);
    expect(await store.releases.list({ namespace: 'other', app: 'pages', limit: 9 })).toHaveLength(1);
    expect(await store.releases.prune(app, 0)).toBe(2);
  });

  check('keep any text that a commit may hold', async () => {
    const odd = 'a\u0000b \ud800 \u{1f600} \'"; DROP TABLE releases; -- \\ $1';
    const { id } = await store.releases.record(release('odd', 'c', { message: odd, sources: { [`k${1}`]: odd } }));
    const kept = odd.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd');
    expect(await store.releases.get(id)).toMatchObject({ message: kept, sources: { k1: kept } });
  });

  check('are recorded from many sides at once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => (await store.releases.record(release('many', `c${i}`))).id),
    );
    expect(new Set(ids).size).toBe(50);
    expect(await store.releases.list({ namespace: 'argocd', app: 'many', limit: 100 })).toHaveLength(50);
  });

  check('a refused value is an error with a code, and the store goes on', async () => {
    const wrong = release('web', 'c', { outcome: 'Unheard' as 'Failed' });
    await expect(store.releases.record(wrong)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(store.releases.record(release('web', 'c', { startedAt: 'never' }))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    await store.ping();
  });
});

describe('the embedded database', () => {
  test('opens behind the first call, stays after closing, and is refused to a second store', async () => {
    const dataDir = join(dir, 'b');
    const store = await openStore({ dataDir, logger: silentLogger });
    const recorded = await store.releases.record(release('web', 'c1'));
    const second = await openStore({ dataDir, logger: silentLogger });
    await expect(second.ping()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await second.close();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    const again = await openStore({ dataDir, logger: silentLogger });
    expect(await again.releases.get(recorded.id)).toEqual(recorded);
    await again.close();
  });

  test('starts anew when the process was killed while it was being made', async () => {
    const dataDir = join(dir, 'c');
    await mkdir(join(dataDir, 'store', '1234.new', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'store', '1234.new', 'PG_VERSION'), '18\n');
    const store = await openStore({ dataDir, logger: silentLogger });
    await store.ping();
    expect((await readdir(join(dataDir, 'store'))).sort()).toEqual(['pgdata']);
    await store.close();
  });

  test('keeps every acknowledged release through kill -9', async () => {
    const dataDir = join(dir, 'd');
    const program = fileURLToPath(new URL('../testing/recorder.mts', import.meta.url));
    const acknowledged = new Map<number, string>();
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, ['--import', 'tsx', '-C', '@sekisho/source', program, dataDir, 'web'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      const enough = 20 + round * 17;
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.split('\n').length > enough) child.kill('SIGKILL');
        });
        child.once('close', () => resolve());
      });
      // The last line may be cut.
      for (const line of text.split('\n').slice(0, -1)) {
        const [id = '', revision = ''] = line.split(' ');
        acknowledged.set(Number(id), revision);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    const store = await openStore({ dataDir, logger: silentLogger });
    const kept = new Map<number, string>();
    for (let before: number | undefined; ; ) {
      const page = await store.releases.list({ namespace: 'n', app: 'web', limit: 100, ...(before ? { before } : {}) });
      if (page.length === 0) break;
      for (const { id, revision } of page) kept.set(id, revision);
      before = page.at(-1)!.id;
    }
    await store.close();
    for (const [id, revision] of acknowledged) expect(kept.get(id)).toBe(revision);
  }, 180_000);
});

describe('migrations', () => {
  test('run once, in order, all or nothing; changed and unknown ones are refused', async () => {
    const pool = await openPglite(join(dir, 'e'));
    const database = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    await migrate(database);
    await migrate(database);
    const next: Migration = {
      id: migrations.length + 1,
      name: 'more',
      statements: ['CREATE TABLE sekisho.more (id int)', 'SELECT nonsense'],
    };
    await expect(migrate(database, [...migrations, next])).rejects.toThrow('nonsense');
    const fixed: Migration = { ...next, statements: ['CREATE TABLE sekisho.more (id int)'] };
    await migrate(database, [...migrations, fixed]);
    await expect(migrate(database)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    await expect(migrate(database, [...migrations, { ...fixed, statements: ['SELECT 1'] }])).rejects.toMatchObject({
      code: 'STORE_MIGRATION_CHANGED',
    });
    expect((await sql`SELECT id FROM sekisho.migrations ORDER BY id`.execute(database)).rows).toEqual(
      [...migrations, next].map(({ id }) => ({ id })),
    );
    await database.destroy();
  });

  test('stores that start at the same time on one server take turns', async ({ skip }) => {
    if (postgres === undefined) return skip();
    const admin = await openStore({ url: postgres.url, logger: silentLogger });
    await admin.ping();
    await admin.close();
    const stores = await Promise.all(
      [1, 2, 3, 4].map(() => openStore({ url: postgres?.url ?? '', logger: silentLogger })),
    );
    await Promise.all(stores.map((store) => store.ping()));
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('a server that is not there', () => {
  test('is a retryable error without the password, asked again by a later call', async () => {
    let now = 0;
    const clock = { ...systemClock, now: () => now };
    const url = 'postgres://ann:s3cr3t-pw@127.0.0.1:1/x';
    const store = await openStore({ url, logger: silentLogger, clock });
    for (let i = 0; i < 2; i++) {
      const error = await store.ping().catch((reason) => reason);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect(String(error)).not.toContain('s3cr3t-pw');
      now += 10_000;
    }
    await store.close();
  });
});
