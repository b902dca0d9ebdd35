import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewNotification, NotificationLook, NotificationOutbox } from './notification-types.ts';
import { openStore } from './store.ts';
import type { Store } from './types.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
const when = { now: at(0), giveUpAt: at(24 * 60) };

function message(service: string, more: Partial<NewNotification> = {}): NewNotification {
  return {
    trigger: 'on-drift',
    service,
    recipient: 'ops',
    key: 'drift',
    text: 'it drifted',
    fields: { slack: { icon: ':warning:' } },
    ...more,
  };
}

function look(app: string, due: readonly NewNotification[], more: Partial<NotificationLook> = {}): NotificationLook {
  const keys = due.map(({ key }) => key);
  return { namespace: 'argocd', app, project: 'default', uid: `uid-${app}`, version: 0, keys, due, ...more };
}

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-notifications-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('the outbox of notifications on %s', (backend) => {
  let store: Store | undefined;
  let service = '';
  let count = 0;
  beforeAll(async () => {
    if (backend === 'postgresql' && postgres === undefined) return;
    const where = backend === 'pglite' ? { dataDir: join(dir, 'a') } : { url: postgres?.url ?? '' };
    store = await openStore({ ...where, logger: silentLogger });
    await store.ping();
  });
  afterAll(() => store?.close());
  /** Each test has a service and applications of its own. */
  const check = (name: string, run: (outbox: NotificationOutbox, app: (name: string) => string) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) return skip();
      service = `slack-${++count}`;
      const prefix = `app${count}`;
      await run(store.notifications, (one) => `${prefix}-${one}`);
    });
  const claim = (outbox: NotificationOutbox, minute = 0, limit = 10, recipient?: string) =>
    outbox.claim(service, {
      now: at(minute),
      leaseUntil: at(minute + 2),
      limit,
      ...(recipient === undefined ? {} : { recipient }),
    });

  check('remembers and inserts together, and not when somebody else looked meanwhile', async (outbox, app) => {
    const web = look(app('web'), [message(service)]);
    const [first] = await outbox.record([web], when);
    expect(first).toMatchObject({
      taken: true,
      remembered: { app: app('web'), uid: web.uid, keys: ['drift'], incidents: [] },
      inserted: [{ service, text: 'it drifted', fields: { slack: { icon: ':warning:' } }, state: 'pending' }],
    });
    const [late] = await outbox.record([look(app('web'), [message(service, { key: 'other' })])], when);
    expect(late).toMatchObject({ taken: false, inserted: [], remembered: first?.remembered });
    expect((await outbox.remembered()).filter((one) => one.app === app('web'))).toEqual([first?.remembered]);

    const version = first?.remembered.version ?? 0;
    const [empty] = await outbox.record([{ ...web, due: [], keys: [], version }], when);
    expect(empty?.remembered).toMatchObject({ version: 0, keys: [] });
    expect((await outbox.remembered()).some((one) => one.app === app('web'))).toBe(false);
    expect((await outbox.record([web], when))[0]?.inserted, 'the same came true again').toHaveLength(1);
  });

  check('an incident has one thread until it is closed; no end without a beginning', async (outbox, app) => {
    const close = message(service, { trigger: 'on-recovered', key: 'recovered', incident: 'close' });
    const [nothing] = await outbox.record([look(app('web'), [close], { keys: ['x'] })], when);
    expect(nothing).toMatchObject({ taken: true, inserted: [], remembered: { incidents: [] } });

    const open = message(service, { incident: 'open' });
    const [opened] = await outbox.record(
      [look(app('web'), [open], { version: nothing?.remembered.version ?? 0 })],
      when,
    );
    expect(opened?.remembered.incidents).toEqual([{ service, recipient: 'ops' }]);
    const [handed] = await claim(outbox);
    expect(handed).toMatchObject({ attempts: 1 });
    expect(handed).not.toHaveProperty('thread');
    expect(await outbox.delivered([handed?.id ?? ''], at(1), { ts: '1' })).toMatchObject([
      { state: 'delivered', finishedAt: at(1) },
    ]);
    expect(await outbox.delivered([handed?.id ?? ''], at(1)), 'a second time').toEqual([]);

    const also = message(service, { key: 'degraded', incident: 'open' });
    const [more] = await outbox.record([look(app('web'), [also], { version: opened?.remembered.version ?? 0 })], when);
    const [second] = await claim(outbox);
    expect(second?.thread).toEqual({ ts: '1' });
    await outbox.delivered([second?.id ?? ''], at(1), { ts: '2' });

    const [closed] = await outbox.record(
      [look(app('web'), [close], { version: more?.remembered.version ?? 0, keys: [] })],
      when,
    );
    expect(closed?.remembered.incidents).toEqual([]);
    expect(await claim(outbox)).toMatchObject([{ incident: 'close', thread: { ts: '1' } }]);
  });

  check('one is handed out to one at a time, the oldest of an application first', async (outbox, app) => {
    await outbox.record(
      [
        look(app('a'), [message(service), message(service, { key: 'second', text: 'later' })]),
        look(app('b'), [message(service), message(service, { recipient: 'dev', key: 'dev' })]),
      ],
      when,
    );
    expect(await outbox.crowded(service, { now: at(0), above: 2 })).toEqual(['ops']);
    expect(await outbox.crowded(service, { now: at(0), above: 3 })).toEqual([]);
    const first = await claim(outbox, 0, 10, 'ops');
    expect(first.map(({ app: name, text }) => [name, text])).toEqual([
      [app('a'), 'it drifted'],
      [app('b'), 'it drifted'],
    ]);
    expect((await claim(outbox)).map(({ recipient }) => recipient)).toEqual(['dev']);
    expect(await claim(outbox, 1)).toEqual([]);
    expect(await outbox.nextAt(service)).toBe(at(2));
    expect(await claim(outbox, 3), 'whoever had them is gone').toHaveLength(3);
    await outbox.takeOver();
    expect(await claim(outbox, 3), 'and nobody else has them').toHaveLength(3);
    await outbox.delivered(
      first.map(({ id }) => id),
      at(3),
    );
    expect(await claim(outbox, 3)).toMatchObject([{ text: 'later', attempts: 1 }]);
  });

  check('waits as it is told', async (outbox, app) => {
    await outbox.record([look(app('a'), [message(service)]), look(app('b'), [message(service)])], when);
    const [a, b] = await claim(outbox);
    const postponed = await outbox.postpone([a?.id ?? ''], { nextAt: at(5), lastError: 'away\u0000' });
    expect(postponed).toMatchObject([{ attempts: 1, nextAt: at(5), lastError: 'away\ufffd' }]);
    expect(await outbox.postpone([b?.id ?? ''], { nextAt: at(4), uncounted: true })).toMatchObject([{ attempts: 0 }]);
    expect(await outbox.nextAt(service)).toBe(at(4));
    await outbox.hold(service, 'ops', at(5));
    expect(await claim(outbox, 4)).toEqual([]);
    await outbox.release(service, at(4));
    expect(await claim(outbox, 4)).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
    expect((await outbox.waiting()).find((one) => one.service === service)).toEqual({ service, count: 2 });
  });

  check('ends after its time, others are told instead, and it may be tried again', async (outbox, app) => {
    await outbox.record([look(app('web'), [message(service)])], when);
    expect(await outbox.overdue(service, { now: at(60), limit: 5 })).toEqual([]);
    const [late] = await outbox.overdue(service, { now: at(24 * 60), limit: 5 });
    const { failed, inserted } = await outbox.fail(late?.id ?? '', {
      now: at(24 * 60),
      giveUpAt: at(48 * 60),
      lastError: 'away',
      fallback: [message(service, { recipient: 'boss' })],
    });
    expect(failed).toMatchObject({ state: 'failed', lastError: 'away' });
    expect(inserted).toMatchObject([{ recipient: 'boss', fallbackOf: late?.id, app: app('web') }]);
    const twice = await outbox.fail(late?.id ?? '', { ...when, lastError: 'x', fallback: [message(service)] });
    expect(twice).toEqual({ failed: undefined, inserted: [] });
    expect(await outbox.failedSince(at(24 * 60))).toBeGreaterThan(0);

    expect(await outbox.retry(late?.id ?? '', { now: at(1500), giveUpAt: at(3000) })).toMatchObject({
      state: 'pending',
      nextAt: at(1500),
      attempts: 0,
    });
    expect(await outbox.retry('none', { now: at(1500), giveUpAt: at(3000) })).toBeUndefined();
    const [boss] = await claim(outbox, 1500, 10, 'boss');
    await outbox.delivered([boss?.id ?? ''], at(1500));
    expect(await outbox.retry(boss?.id ?? '', { now: at(1500), giveUpAt: at(3000) })).toBeUndefined();
    expect(await outbox.get(boss?.id ?? '')).toMatchObject({ state: 'delivered' });
  });

  check('lists, newest first, and forgets what was finished long ago', async (outbox, app) => {
    const looks = Array.from({ length: 600 }, (_, index) => look(app(String(index)), [message(service)]));
    expect((await outbox.record(looks, when)).every(({ taken, inserted }) => taken && inserted.length === 1)).toBe(
      true,
    );
    const page = await outbox.list({ limit: 3, service });
    expect(page.map((one) => one.app)).toEqual([app('599'), app('598'), app('597')]);
    const next = await outbox.list({ limit: 1000, service, before: page.at(-1)?.seq ?? 0, state: 'pending' });
    expect(next).toHaveLength(500);
    const about = { application: { namespace: 'argocd', app: app('7') } };
    expect(await outbox.list({ limit: 5, ...about })).toHaveLength(1);
    expect(await outbox.list({ limit: 5, ...about, state: 'failed' })).toEqual([]);

    const ids = next.map(({ id }) => id);
    expect(await outbox.delivered(ids, at(10))).toHaveLength(500);
    await outbox.prune(at(9));
    expect(await outbox.list({ limit: 500, service, state: 'delivered' })).toHaveLength(500);
    expect(await outbox.prune(at(11))).toBeGreaterThanOrEqual(500);
    expect(await outbox.list({ limit: 500, service })).toHaveLength(100);
    expect(await outbox.record([], when)).toEqual([]);
  });
});
