import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiToken, Session } from './credential-types.ts';
import { openStore } from './store.ts';
import type { Store } from './types.ts';

const NOON = '2026-01-02T12:00:00.000Z';
const ONE = '2026-01-02T13:00:00.000Z';
const TWO = '2026-01-02T14:00:00.000Z';

const token = (id: string, more: Partial<ApiToken> = {}): ApiToken => ({
  id,
  account: 'ci',
  description: `for ${id}`,
  scope: {},
  createdBy: 'admin',
  createdAt: NOON,
  ...more,
});
const session = (hash: string, more: Partial<Session> = {}): Session => ({
  hash,
  user: 'alice',
  groups: ['dev'],
  method: 'password',
  scope: {},
  address: '192.0.2.1',
  agent: 'browser',
  createdAt: NOON,
  lastSeenAt: NOON,
  expiresAt: TWO,
  ...more,
});

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-credentials-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('credentials on %s', (backend) => {
  let store: Store;
  beforeAll(async () => {
    if (backend === 'postgresql' && postgres === undefined) return;
    store = await openStore({
      ...(backend === 'pglite' ? { dataDir: dir } : { url: postgres?.url ?? '' }),
      logger: silentLogger,
    });
    await store.ping();
  });
  afterAll(() => store?.close());
  const check = (name: string, run: (credentials: Store['credentials']) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) skip();
      await run(store.credentials);
    });

  check('a password is kept and replaced', async (credentials) => {
    expect(await credentials.password('alice')).toBeUndefined();
    await credentials.setPassword('alice', 'one', NOON);
    await credentials.setPassword('alice', 'two', ONE);
    expect(await credentials.password('alice')).toEqual({ stored: 'two', changedAt: ONE });
    expect(await credentials.password("a'; DROP TABLE sekisho.passwords; --\0")).toBeUndefined();
  });

  check('a token is found by its hash, and its use is noted', async (credentials) => {
    const full = token('full', { scope: { project: 'shop', role: 'role:readonly' }, expiresAt: TWO });
    await credentials.addToken(full, 'hash-full');
    await credentials.addToken(token('plain', { createdAt: ONE }), 'hash-plain');
    expect(await credentials.tokenByHash('hash-full')).toEqual(full);
    expect(await credentials.tokenByHash('hash-none')).toBeUndefined();
    expect((await credentials.tokens('ci')).map(({ id }) => id)).toEqual(['plain', 'full']);
    expect(await credentials.tokens('other')).toEqual([]);
    await credentials.tokenUsed('plain', TWO, '192.0.2.7');
    expect(await credentials.tokenByHash('hash-plain')).toMatchObject({ lastUsedAt: TWO, lastUsedFrom: '192.0.2.7' });
    await expect(credentials.addToken(token('again'), 'hash-plain')).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  check('a deleted token ends its sessions', async (credentials) => {
    await credentials.addToken(token('gone'), 'hash-gone');
    await credentials.addSession(session('s-gone', { tokenId: 'gone' }));
    expect(await credentials.deleteToken('other', 'gone')).toBe(false);
    expect(await credentials.deleteToken('ci', 'gone')).toBe(true);
    expect(await credentials.session('s-gone')).toBeUndefined();
  });

  check('a session is kept, seen and ended', async (credentials) => {
    const full = session('s-full', { scope: { project: 'shop' } });
    await credentials.addSession(full);
    expect(await credentials.session('s-full')).toEqual(full);
    await credentials.sessionSeen('s-full', ONE);
    expect(await credentials.session('s-full')).toMatchObject({ lastSeenAt: ONE });
    expect(await credentials.deleteSession('s-full')).toBe(true);
    expect(await credentials.deleteSession('s-full')).toBe(false);
  });

  check('all sessions of a user end but one', async (credentials) => {
    for (const hash of ['m1', 'm2', 'm3']) await credentials.addSession(session(hash, { user: 'mia' }));
    await credentials.addSession(session('n1', { user: 'nora' }));
    expect(await credentials.deleteSessionsOf('mia', { exceptHash: 'm2' })).toBe(2);
    expect(await credentials.session('m2')).toBeDefined();
    expect(await credentials.session('n1')).toBeDefined();
  });

  check('what expired is deleted', async (credentials) => {
    await credentials.addSession(session('e-expired', { user: 'e', expiresAt: NOON }));
    await credentials.addSession(session('e-idle', { user: 'e', lastSeenAt: NOON }));
    await credentials.addSession(session('e-good', { user: 'e', lastSeenAt: TWO, expiresAt: '2026-02-01T00:00:00Z' }));
    await credentials.addToken(token('e-token', { expiresAt: NOON }), 'hash-e');
    expect(await credentials.deleteExpired({ now: ONE, seenBefore: ONE })).toBeGreaterThanOrEqual(3);
    expect(await credentials.session('e-expired')).toBeUndefined();
    expect(await credentials.session('e-idle')).toBeUndefined();
    expect(await credentials.session('e-good')).toBeDefined();
    expect(await credentials.tokenByHash('hash-e')).toBeUndefined();
  });
});
