import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SekishoError, silentLogger } from '@sekisho/base';
import { readNotificationConfig } from '@sekisho/notification';
import { createNotifier, type Notifier } from '@sekisho/notify';
import { type NewNotification, type NotificationOutbox, openStore, type Store } from '@sekisho/store';
import { type FakeClock, fakeClock, type RecordingServer, recordingServer, slackAnswers } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSender, type Sender } from './sender.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let dir: string;
let store: Store;
let outbox: NotificationOutbox;
let slack: RecordingServer;
let other: RecordingServer;
let clock: FakeClock;
let notifier: Notifier;
let results: string[];
const senders: Sender[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-sender-'));
  store = await openStore({ dataDir: dir, logger: silentLogger });
  outbox = store.notifications;
  await store.ping();
});
afterAll(async () => {
  await store?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  slack = await recordingServer(slackAnswers());
  other = await recordingServer();
  clock = fakeClock();
  notifier = createNotifier();
  results = [];
});
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
  for (let left = await outbox.list({ limit: 500, state: 'pending' }); left.length > 0; ) {
    await outbox.delivered(
      left.map(({ id }) => id),
      now(),
    );
    left = await outbox.list({ limit: 500, state: 'pending' });
  }
  await outbox.prune('2100-01-01T00:00:00Z');
  await notifier.close();
  await Promise.all([slack.close(), other.close()]);
});

const now = (later = 0) => new Date(clock.now() + later).toISOString();

function configOf(data: Record<string, string> = {}, secrets: Record<string, string> = { token: 'xoxb-secret' }) {
  const services = {
    'service.slack': `token: $token\napiURL: ${slack.url}`,
    'service.webhook.hook': `url: ${other.url}`,
  };
  return readNotificationConfig({ data: { ...services, ...data }, secrets });
}

function start(config = configOf(), more: { outbox?: NotificationOutbox } = {}) {
  let current = config;
  const sender = createSender({
    outbox: more.outbox ?? outbox,
    notifier,
    config: () => current,
    onResult: ({ service, recipient }, result) => results.push(`${service}:${recipient} ${result}`),
    clock,
    logger: silentLogger,
  });
  senders.push(sender);
  return {
    sender,
    change(next: typeof config) {
      current = next;
      sender.refresh();
    },
  };
}

async function put(apps: readonly string[], more: Partial<NewNotification> = {}): Promise<string[]> {
  const looks = apps.map((app) => ({
    namespace: 'argocd',
    app,
    project: 'default',
    uid: app,
    version: 0,
    keys: [],
    due: [
      {
        trigger: 'on-drift',
        service: 'slack',
        recipient: 'ops',
        key: `drift ${JSON.stringify(more)}`,
        text: `${app} drifted`,
        fields: {},
        ...more,
      },
    ],
  }));
  const stored = await outbox.record(looks, { now: now(), giveUpAt: now(24 * HOUR) });
  return stored.flatMap(({ inserted }) => inserted.map(({ id }) => id));
}

const pending = async () => (await outbox.waiting()).reduce((sum, { count }) => sum + count, 0);

/** Everything that can be done at this moment is done: all that waits, waits for the clock. */
async function idle(): Promise<void> {
  await expect
    .poll(async () => clock.pending > 0 || (await pending()) === 0, { timeout: 20_000, interval: 5 })
    .toBe(true);
}

/** Moves on, step by step, until it is so or the time is over; answers how long it took. */
async function passing(
  ms: number,
  step: number,
  until: () => boolean | Promise<boolean> = () => false,
): Promise<number> {
  for (let passed = 0; passed < ms; passed += step) {
    await idle();
    if (await until()) return passed;
    await clock.advance(step);
  }
  await idle();
  return ms;
}

const texts = (server: RecordingServer) =>
  server.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);

describe('a service that does not take messages', () => {
  test('Slack answers 429 for an hour: nothing is lost, nothing is said twice, and it is not stormed', async () => {
    const opensAt = clock.now() + HOUR;
    const answer = slackAnswers();
    let refused = 0;
    slack.answer((request) => {
      if (clock.now() >= opensAt) return answer(request);
      refused++;
      return { status: 429, headers: { 'retry-after': '60' } };
    });
    const apps = Array.from({ length: 12 }, (_, index) => `app-${index}`);
    await put(apps);
    const { sender } = start();
    await passing(2 * HOUR, 10 * SECOND, async () => (await pending()) === 0);
    // One batch finds out; then one message a minute.
    expect(refused).toBeLessThanOrEqual(65);
    expect(texts(slack).slice(refused).sort()).toEqual(apps.map((app) => `${app} drifted`).sort());
    expect(clock.now() - opensAt).toBeLessThan(3 * MINUTE);
    expect(sender.stateOf('slack')).toEqual({});
  }, 60_000);

  test('it is asked ever more seldom, and tells why and until when it waits', async () => {
    slack.answer(() => ({ status: 503 }));
    await put(['web']);
    const { sender } = start();
    await passing(HOUR, MINUTE);
    expect(slack.requests.length).toBeGreaterThan(5);
    expect(slack.requests.length).toBeLessThan(15);
    expect(sender.stateOf('slack')).toMatchObject({
      lastError: 'the service slack answers 503',
      pausedUntil: expect.any(String),
    });
    expect(await outbox.list({ limit: 1 })).toMatchObject([
      { state: 'pending', attempts: slack.requests.length, lastError: 'the service slack answers 503' },
    ]);
  }, 60_000);

  test('after a day it is given up, and the others are told', async () => {
    slack.answer(() => ({ status: 500 }));
    await put(['web']);
    start(configOf({ 'sekisho.fallback': 'hook:boss' }));
    await passing(25 * HOUR, 15 * MINUTE, async () => other.requests.length > 0);
    expect(await outbox.list({ limit: 5, state: 'failed' })).toMatchObject([
      { app: 'web', lastError: 'given up: the service slack answers 500' },
    ]);
    expect(texts(other)).toEqual([
      'This did not reach slack:ops (given up: the service slack answers 500):\nweb drifted',
    ]);
    expect(results.at(-1)).toBe('hook:boss delivered');
  }, 60_000);

  test('the others go on', async () => {
    slack.answer(() => ({ stall: true }));
    await put(['web']);
    await put(['web', 'shop'], { service: 'hook', recipient: '' });
    start();
    await expect.poll(() => other.requests.length).toBe(2);
  });
});

describe('a message that is refused', () => {
  test('is told to the others at once, and no other message waits for it', async () => {
    const answer = slackAnswers();
    slack.answer((request) =>
      request.body.includes('"none"') ? { body: '{"ok":false,"error":"channel_not_found"}' } : answer(request),
    );
    await put(['web'], { recipient: 'none' });
    await put(['shop']);
    start(configOf({ 'sekisho.fallback': 'hook' }));
    await passing(MINUTE, SECOND, async () => (await pending()) === 0);
    expect([...results].sort()).toEqual(['hook: delivered', 'slack:none failed', 'slack:ops delivered']);
    expect(texts(other)[0]).toContain('did not reach slack:none');
  });

  test('one that stands in for another is not replaced again', async () => {
    other.answer(() => ({ status: 400 }));
    await put(['web'], { service: 'hook', recipient: '' });
    start(configOf({ 'service.webhook.second': `url: ${other.url}`, 'sekisho.fallback': 'second hook' }));
    await passing(MINUTE, SECOND, async () => (await pending()) === 0);
    expect([...results].sort()).toEqual(['hook: failed', 'second: failed']);
  });
});

describe('settings that are wrong', () => {
  test('a missing secret is told; with it, what waits goes out at once', async () => {
    await put(['web']);
    const { sender, change } = start(configOf({}, {}));
    await passing(10 * MINUTE, MINUTE);
    expect(slack.requests).toEqual([]);
    expect(sender.stateOf('slack').lastError).toBe('the service slack: token is missing');
    change(configOf());
    await expect.poll(() => texts(slack)).toEqual(['web drifted']);
    await idle();
    expect(sender.stateOf('slack')).toEqual({});
  });

  test('a service that is gone: after an hour the others are told', async () => {
    await put(['web'], { service: 'pager' });
    start(configOf({ 'sekisho.fallback': 'hook' }));
    const took = await passing(3 * HOUR, MINUTE, async () => other.requests.length > 0);
    expect(took).toBeGreaterThanOrEqual(HOUR - MINUTE);
    expect(texts(other)[0]).toContain('there is no service pager');
  }, 60_000);

  test('no secret is in what is kept or told', async () => {
    other.answer(() => ({ status: 500 }));
    await put(['web'], { service: 'secret', recipient: '' });
    const failing = { deliver: async () => Promise.reject(new Error('xoxb-secret at the wrong place')) };
    notifier = { ...notifier, ...failing };
    const { sender } = start(configOf({ 'service.webhook.secret': `url: ${other.url}` }));
    await expect.poll(() => sender.stateOf('secret').lastError).toBe('****** at the wrong place');
    await idle();
    expect((await outbox.list({ limit: 1 }))[0]?.lastError).toBe('****** at the wrong place');
  });
});

describe('a crowd of messages', () => {
  test('people get one that speaks of all, and then have a minute of rest', async () => {
    const apps = Array.from({ length: 3_000 }, (_, index) => `app-${index}`);
    for (let start = 0; start < apps.length; start += 500) await put(apps.slice(start, start + 500));
    start();
    await passing(MINUTE, SECOND, async () => (await pending()) === 0);
    expect(slack.requests).toHaveLength(1);
    expect(texts(slack)[0]).toMatch(
      /^3000 notifications at once, told as one:\non-drift: 3000 applications: argocd\/app-0, .* and 2990 more$/,
    );
    expect(results).toHaveLength(3_000);

    await put(['late'], { key: 'late' });
    senders[0]?.wake(['slack']);
    await idle();
    expect(slack.requests).toHaveLength(1);
    await passing(2 * MINUTE, SECOND, async () => (await pending()) === 0);
    expect(texts(slack).at(-1)).toBe('late drifted');
  }, 60_000);

  test('20 a minute are told one by one', async () => {
    const apps = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    await put(apps);
    start();
    await passing(10 * SECOND, SECOND, async () => (await pending()) === 0);
    expect(slack.requests).toHaveLength(20);
    await put(apps, { key: 'more' });
    senders[0]?.wake(['slack']);
    await passing(30 * SECOND, SECOND);
    expect(slack.requests).toHaveLength(20);
    await passing(2 * MINUTE, SECOND, async () => (await pending()) === 0);
    expect(slack.requests).toHaveLength(40);
  }, 60_000);

  test('programs get each one', async () => {
    const apps = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    await put(apps, { service: 'hook', recipient: '' });
    start();
    await passing(MINUTE, SECOND, async () => (await pending()) === 0);
    expect(other.requests).toHaveLength(100);
    expect(new Set(other.requests.map(({ headers }) => headers['x-sekisho-delivery'])).size).toBe(100);
  }, 60_000);
});

describe('an end in the middle', () => {
  test('an attempt that is cut short by a stop is made by the next process, and does not count', async () => {
    other.answer(() => ({ stall: true }));
    await put(['web'], { service: 'hook', recipient: '' });
    const { sender } = start();
    await expect.poll(() => other.requests.length).toBe(1);
    await sender.close();
    expect(await outbox.list({ limit: 1 })).toMatchObject([{ state: 'pending', attempts: 0 }]);
    other.answer(() => ({}));
    start();
    await expect.poll(() => other.requests.length).toBe(2);
    await idle();
    expect(results).toEqual(['hook: delivered']);
  });

  test('killed after the message was taken, it is said again with the same id', async () => {
    const [id] = await put(['web'], { service: 'hook', recipient: '' });
    const dying: NotificationOutbox = {
      ...outbox,
      delivered: async () => Promise.reject(new SekishoError('STORE_CLOSED', 'killed')),
    };
    const { sender } = start(configOf(), { outbox: dying });
    await expect.poll(() => other.requests.length).toBe(1);
    await idle();
    await sender.close();
    start();
    await passing(10 * MINUTE, 10 * SECOND, async () => (await pending()) === 0);
    expect(other.requests.map(({ headers }) => headers['x-sekisho-delivery'])).toEqual([id, id]);
  });

  test('a store that is away for a moment after the message was taken: it is not said twice', async () => {
    await put(['web'], { service: 'hook', recipient: '' });
    let failures = 2;
    const flaky: NotificationOutbox = {
      ...outbox,
      delivered: async (...args) => {
        if (failures-- > 0) throw new SekishoError('STORE_UNAVAILABLE', 'away', { retryable: true });
        return outbox.delivered(...args);
      },
    };
    start(configOf(), { outbox: flaky });
    await passing(5 * MINUTE, SECOND, async () => (await pending()) === 0);
    expect(other.requests).toHaveLength(1);
  });
});

test('an incident is one message: what follows is in its thread, in order, and its end changes it', async () => {
  const look = (version: number, due: readonly NewNotification[]) =>
    outbox.record([{ namespace: 'argocd', app: 'shop', project: 'default', uid: 'u', version, keys: ['k'], due }], {
      now: now(),
      giveUpAt: now(24 * HOUR),
    });
  const message = (text: string, incident: 'open' | 'close'): NewNotification => ({
    trigger: 'on-drift',
    service: 'slack',
    recipient: 'ops',
    key: text,
    text,
    fields: {},
    incident,
  });
  const [first] = await look(0, [message('drifted', 'open'), message('degraded', 'open')]);
  await look(first?.remembered.version ?? 0, [message('well again', 'close')]);
  start();
  await passing(MINUTE, SECOND, async () => (await pending()) === 0);
  const calls = slack.requests.map(({ path, body }) => ({
    path,
    ...(JSON.parse(body) as { thread_ts?: string; ts?: string; text: string }),
  }));
  expect(calls).toMatchObject([
    { path: '/chat.postMessage', text: 'drifted' },
    { path: '/chat.update', text: 'drifted\n:arrow_right: degraded' },
    { path: '/chat.postMessage', text: 'degraded', thread_ts: '1700000000.000001' },
    { path: '/chat.update', ts: '1700000000.000001', text: ':white_check_mark: ~drifted~\nwell again' },
    { path: '/chat.postMessage', text: 'well again', thread_ts: '1700000000.000001' },
  ]);
});
