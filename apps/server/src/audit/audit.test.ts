import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditFact, type AuditRow, chain, entryOf, GENESIS } from '@sekisho/audit';
import { SekishoError, silentLogger, systemClock } from '@sekisho/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewAuditEntry } from './audit.ts';
import { openAuditJournal } from './journal.ts';
import { createAuditRecorder } from './recorder.ts';
import { verifyAudit } from './verify.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-audit-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function entry(name: string, more: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    actor: { user: 'alice', groups: [], method: 'token' },
    action: 'application.sync',
    object: { type: 'application', name },
    outcome: 'succeeded',
    ...more,
  };
}

/** A log in memory that can be away. */
function memoryLog() {
  const rows: AuditRow[] = [];
  const log = {
    rows,
    away: false,
    async append(facts: readonly AuditFact[]) {
      if (log.away) throw new SekishoError('STORE_UNAVAILABLE', 'away', { retryable: true });
      const fresh = facts.filter(({ id }) => rows.every((row) => row.columns.id !== id));
      const made = chain(rows.at(-1) ?? GENESIS, fresh);
      rows.push(...made);
      return made.map(entryOf).filter((made) => made !== undefined);
    },
  };
  return log;
}

async function recorderOn(log: ReturnType<typeof memoryLog>, more: { keepHead?: () => Promise<void> } = {}) {
  const journal = await openAuditJournal(join(dir, 'journal'));
  const told: string[] = [];
  const recorder = createAuditRecorder({
    log,
    journal,
    onEntries: (entries) => told.push(...entries.map(({ object }) => object.name)),
    clock: systemClock,
    logger: silentLogger,
    ...more,
  });
  return { recorder, told };
}

const soon = () => AbortSignal.timeout(10_000);

describe('the recorder', () => {
  test('keeps what is recorded, in order, and tells of it', async () => {
    const log = memoryLog();
    const { recorder, told } = await recorderOn(log);
    const names = Array.from({ length: 500 }, (_, i) => `app-${i}`);
    for (const name of names) recorder.record(entry(name));
    await recorder.settled(soon());
    expect(log.rows.map(({ columns }) => columns.name)).toEqual(names);
    expect(told).toEqual(names);
    expect(await readFile(join(dir, 'journal'), 'utf8')).toBe('');
    await recorder.close();
  });

  test('loses nothing while the store is away, and nothing when the process dies then', async () => {
    const log = memoryLog();
    log.away = true;
    const first = await recorderOn(log);
    first.recorder.record(entry('a'));
    first.recorder.record(entry('b'));
    await expect.poll(async () => (await readFile(join(dir, 'journal'), 'utf8')).split('\n').length).toBe(3);
    // Not closed: the process is gone. A line was half written.
    await appendFile(join(dir, 'journal'), '{"id":"x","act');
    log.away = false;
    const second = await recorderOn(log);
    second.recorder.record(entry('c'));
    await second.recorder.settled(soon());
    await first.recorder.settled(soon());
    expect(log.rows.map(({ columns }) => columns.name)).toEqual(['a', 'b', 'c']);
    await second.recorder.close();
    await first.recorder.close();
  });

  test('goes on when the head can not be kept aside', async () => {
    const log = memoryLog();
    const { recorder } = await recorderOn(log, { keepHead: () => Promise.reject(new Error('no')) });
    recorder.record(entry('a'));
    await recorder.settled(soon());
    expect(log.rows).toHaveLength(1);
    await recorder.close();
  });
});

describe('verifyAudit', () => {
  const revision = 'a'.repeat(40);
  const details = { repoURL: 'embedded:config', author: 'Ann <ann@example.org>', message: 'more replicas' };
  const fact = (id: string, more: Partial<AuditFact> = {}): AuditFact => ({
    id,
    at: '2026-01-02T03:04:05.000Z',
    actor: { user: 'alice', method: 'token' },
    action: 'application.sync',
    object: { type: 'application', name: 'web' },
    outcome: 'succeeded',
    revision,
    details,
    ...more,
  });
  const verify = (rows: readonly AuditRow[], commitOf: () => Promise<{ author: string; message: string }>, seq = 0) =>
    verifyAudit({
      log: { rows: async (after, limit) => rows.filter((row) => row.seq > after).slice(0, Math.min(2, limit)) },
      heads: seq === 0 ? [] : [{ seq, hash: 'x' }],
      commitOf,
      signal: soon(),
    });
  const rows = chain(GENESIS, [fact('1'), fact('2'), fact('3')]);

  test('proves the chain and holds revisions against git, each once', async () => {
    let asked = 0;
    const commitOf = async () => {
      asked++;
      return details;
    };
    expect(await verify(rows, commitOf)).toMatchObject({
      ok: true,
      entries: 3,
      head: { seq: 3 },
      problems: [],
      revisions: { checked: 1, unreachable: 0 },
    });
    expect(asked).toBe(1);
  });

  test.each([
    [
      'a commit that git does not have',
      () => Promise.reject(new SekishoError('GIT_REVISION_UNKNOWN', 'x')),
      'has no commit',
    ],
    ['another author', async () => ({ ...details, author: 'Eve <eve@example.org>' }), 'git says Eve'],
    ['another subject', async () => ({ ...details, message: 'less' }), 'is another one in git'],
  ])('finds %s', async (_name, commitOf, message) => {
    const found = await verify(rows, commitOf);
    expect(found.ok).toBe(false);
    expect(found.problems[0]).toMatchObject({ kind: 'git', seq: 1, message: expect.stringContaining(message) });
  });

  test('a repository that is away proves nothing and breaks nothing', async () => {
    const away = () => Promise.reject(new SekishoError('GIT_UNREACHABLE', 'x'));
    expect(await verify(rows, away)).toMatchObject({ ok: true, revisions: { checked: 0, unreachable: 1 } });
  });

  test('finds a cut end', async () => {
    expect(await verify(rows, async () => details, 4)).toMatchObject({
      ok: false,
      problems: [{ kind: 'truncated', seq: 4 }],
    });
  });
});
