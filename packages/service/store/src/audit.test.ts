import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditFact, GENESIS, proveChain } from '@sekisho/audit';
import { silentLogger } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from './store.ts';
import type { AuditLog, Store } from './types.ts';

let count = 0;
function fact(more: Partial<AuditFact> = {}): AuditFact {
  count += 1;
  return {
    id: `id-${count}`,
    at: '2026-01-02T03:04:05.678Z',
    actor: { user: 'alice', method: 'token' },
    action: 'application.sync',
    object: { type: 'application', project: 'shop', namespace: 'argocd', name: 'web' },
    outcome: 'succeeded',
    ...more,
  };
}

async function problemsOf(log: AuditLog): Promise<string[]> {
  const proof = proveChain();
  const problems = [];
  for (;;) {
    const rows = await log.rows(proof.head.seq, 3);
    if (rows.length === 0) break;
    for (const row of rows) problems.push(...proof.check(row));
  }
  return [...problems, ...proof.end([])].map(({ kind, seq }) => `${kind} ${seq}`);
}

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-audit-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('the audit log on %s', (backend) => {
  let store: Store;
  beforeAll(async () => {
    if (backend === 'postgresql' && postgres === undefined) return;
    const where = backend === 'pglite' ? { dataDir: dir } : { url: postgres?.url ?? '' };
    store = await openStore({ ...where, logger: silentLogger });
    await store.ping();
  });
  afterAll(() => store?.close());
  const check = (name: string, run: (log: AuditLog) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) skip();
      await run(store.audit);
    });

  check('begins with nothing', async (log) => {
    expect(await log.head()).toEqual(GENESIS);
    expect(await log.list({ limit: 10 })).toEqual([]);
  });

  check('chains what is appended, however many append at once', async (log) => {
    await Promise.all(
      Array.from({ length: 8 }, () => log.append([fact(), fact({ details: { text: 'a\u0000b\ud800c', n: 1.5 } })])),
    );
    expect((await log.head()).seq).toBe(16);
    expect(await problemsOf(log)).toEqual([]);
  });

  check('keeps a fact once', async (log) => {
    const one = fact({ actor: { user: 'once', method: 'token' } });
    expect(await log.append([one])).toHaveLength(1);
    expect(await log.append([one])).toEqual([]);
    expect(await log.list({ limit: 10, actor: 'once' })).toHaveLength(1);
  });

  check('finds entries', async (log) => {
    const [made] = await log.append([
      fact({
        at: '2026-02-01T00:00:00Z',
        actor: { user: 'bob', method: 'ldap', address: '192.0.2.1' },
        action: 'project.update',
        object: { type: 'project', name: '100%_sure' },
        outcome: 'denied',
        reason: 'because of it',
      }),
    ]);
    for (const query of [
      { actor: 'bob' },
      { action: 'project.update' },
      { action: 'project.' },
      { object: { type: 'project' } },
      { object: { name: '100%_sure' } },
      { outcome: 'denied' },
      { since: '2026-02-01T00:00:00Z' },
      { search: 'BECAUSE of' },
      { search: '100%_s' },
    ]) {
      expect([query, await log.list({ ...query, limit: 10 })]).toEqual([query, [made]]);
    }
    expect(await log.list({ until: '2026-01-01T00:00:00Z', limit: 10 })).toEqual([]);
    expect(await log.list({ search: "'; DROP TABLE sekisho.audit; --", limit: 10 })).toEqual([]);
    const newest = await log.list({ limit: 2 });
    const older = await log.list({ limit: 2, before: newest[1]?.seq ?? 0 });
    expect([...newest, ...older].map(({ seq }) => seq)).toEqual([18, 17, 16, 15]);
  });
});

test('a row edited by hand is refused by the database, and found where that was taken away', async ({ skip }) => {
  const url = postgres?.url;
  if (url === undefined) return skip();
  const store = await openStore({ url, logger: silentLogger });
  await store.audit.append([fact(), fact(), fact()]);
  const { seq } = await store.audit.head();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const edit = `UPDATE sekisho.audit SET entry = replace(entry, 'alice', 'mallory') WHERE seq = ${seq - 1}`;
    await expect(client.query(edit)).rejects.toThrow('append-only');
    await expect(client.query('TRUNCATE sekisho.audit')).rejects.toThrow('append-only');
    await client.query('ALTER TABLE sekisho.audit DISABLE TRIGGER ALL');
    await client.query(edit);
    expect(await problemsOf(store.audit)).toEqual([`changed ${seq - 1}`, `changed ${seq - 1}`]);
    await client.query(`DELETE FROM sekisho.audit WHERE seq = ${seq - 1}`);
    expect(await problemsOf(store.audit)).toEqual([`missing ${seq - 1}`]);
  } finally {
    await client.end();
    await store.close();
  }
});
