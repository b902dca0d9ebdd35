import {
  backoffMs,
  type Clock,
  isSekishoError,
  type Logger,
  mapConcurrent,
  messageOf,
  redact,
  SekishoError,
  sleep,
} from '@sekisho/base';
import type { NotificationConfig } from '@sekisho/notification';
import type { Delivery, Notifier, NotifyService } from '@sekisho/notify';
import type { ClaimedNotification, NewNotification, NotificationOutbox, StoredNotification } from '@sekisho/store';
import { digestOf } from './digest.ts';
import { CROWD, createPace } from './pace.ts';
import { GIVE_UP_MS } from './planner.ts';

/** What became of an attempt. */
export type AttemptResult = 'delivered' | 'postponed' | 'failed';

/** How a service does. */
export interface ServiceState {
  /** RFC 3339; nothing is tried before. */
  readonly pausedUntil?: string;
  /** Of the newest attempt, when it failed. */
  readonly lastError?: string;
}

/** Delivers what waits in the outbox. */
export interface Sender {
  /** There is something new for these services. */
  wake(services: Iterable<string>): void;
  /** The settings changed: services with other settings are tried at once. */
  refresh(): void;
  stateOf(service: string): ServiceState;
  close(): Promise<void>;
}

/** Messages handed out at a time, and how many of them are under way together; more to programs than to people. */
const TO_PEOPLE = { batch: 8, parallel: 4 };
const TO_PROGRAMS = { batch: 40, parallel: 8 };
/** Longer than a batch takes when every attempt waits for its time limit. */
const LEASE_MS = 180_000;
const ATTEMPT_MS = 60_000;
const BACKOFF = { minMs: 5_000, maxMs: 900_000 };
/** How long somebody has to mend the settings before others are told. */
const MEND_MS = 3_600_000;
/** Messages in one digest, and in one statement. */
const DIGEST = 10_000;
const CLAIM = 500;
const MIN_WAIT_MS = 100;
const MAX_WAIT_MS = 900_000;
const STORE_RETRY_MS = 5_000;

interface Worker {
  readonly pace: ReturnType<typeof createPace>;
  running: Promise<void> | undefined;
  again: boolean;
  stopTimer: (() => void) | undefined;
  /** Since the last success. */
  failures: number;
  pausedUntil: number;
  lastError: string | undefined;
}

export function createSender(options: {
  outbox: NotificationOutbox;
  notifier: Pick<Notifier, 'deliver'>;
  config: () => NotificationConfig;
  /** A message was delivered, has failed, or waits again. Must not throw. */
  onResult: (message: StoredNotification, result: AttemptResult) => void;
  clock: Clock;
  logger: Logger;
}): Sender {
  const { outbox, notifier, clock, logger, onResult } = options;
  const workers = new Map<string, Worker>();
  const closing = new AbortController();
  let settings = settingsOf(options.config());
  const iso = (ms = clock.now()) => new Date(ms).toISOString();

  function workerOf(name: string): Worker {
    let worker = workers.get(name);
    if (worker === undefined) {
      worker = {
        pace: createPace(clock),
        running: undefined,
        again: false,
        stopTimer: undefined,
        failures: 0,
        pausedUntil: 0,
        lastError: undefined,
      };
      workers.set(name, worker);
    }
    return worker;
  }

  function run(name: string): void {
    const worker = workerOf(name);
    if (closing.signal.aborted) return;
    if (worker.running !== undefined) {
      worker.again = true;
      return;
    }
    worker.stopTimer?.();
    worker.stopTimer = undefined;
    worker.running = work(name, worker)
      .catch((error) => {
        if (closing.signal.aborted) return STORE_RETRY_MS;
        logger.warn({ service: name, error: messageOf(error) }, 'messages wait for the store');
        return STORE_RETRY_MS;
      })
      .then((waitMs) => {
        worker.running = undefined;
        const { again } = worker;
        worker.again = false;
        if (closing.signal.aborted) return;
        if (again && worker.pausedUntil <= clock.now()) run(name);
        else if (waitMs !== undefined) schedule(name, worker, waitMs);
      });
  }

  function schedule(name: string, worker: Worker, ms: number): void {
    worker.stopTimer?.();
    worker.stopTimer = clock.after(Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, ms)), () => {
      worker.stopTimer = undefined;
      run(name);
    });
  }

  /** Until nothing is due; answers when something will be. */
  async function work(name: string, worker: Worker): Promise<number | undefined> {
    while (!closing.signal.aborted) {
      await giveUp(name);
      if (worker.pausedUntil > clock.now()) return worker.pausedUntil - clock.now();
      const isPaced = serviceOf(name)?.type !== 'webhook';
      if (isPaced && worker.failures === 0) await tellCrowds(name, worker);
      if (worker.pausedUntil > clock.now()) continue;
      // While it fails, one message finds out whether it works again.
      const { batch: most, parallel } = isPaced ? TO_PEOPLE : TO_PROGRAMS;
      const limit = worker.failures === 0 ? most : 1;
      const batch = await outbox.claim(name, { now: iso(), leaseUntil: iso(clock.now() + LEASE_MS), limit });
      if (batch.length === 0) {
        const at = await outbox.nextAt(name);
        return at === undefined ? undefined : Date.parse(at) - clock.now();
      }
      await mapConcurrent(batch, parallel, (message) => deliverOne(name, worker, message, isPaced));
    }
    return undefined;
  }

  async function giveUp(name: string): Promise<void> {
    for (const message of await outbox.overdue(name, { now: iso(), limit: CLAIM })) {
      await fail(message, `given up: ${message.lastError ?? 'there was no attempt in time'}`);
    }
  }

  async function deliverOne(
    name: string,
    worker: Worker,
    message: ClaimedNotification,
    isPaced: boolean,
  ): Promise<void> {
    const { id, recipient, text, fields, thread, incident } = message;
    if (worker.pausedUntil > clock.now()) return postpone([message], worker.pausedUntil);
    const waitMs = isPaced ? worker.pace.waitMs(recipient) : 0;
    if (waitMs > 0) {
      await postpone([message], clock.now() + waitMs);
      return outbox.hold(name, recipient, iso(clock.now() + waitMs));
    }
    if (isPaced) worker.pace.note(recipient);
    const closes = incident === 'close';
    await attempt(name, worker, [message], {
      id,
      recipient,
      text,
      fields,
      ...(thread === undefined || incident === undefined ? {} : { thread }),
      ...(closes ? { closes } : {}),
    });
  }

  /** Who would get very many gets one that speaks of all. */
  async function tellCrowds(name: string, worker: Worker): Promise<void> {
    for (const recipient of await outbox.crowded(name, { now: iso(), above: CROWD })) {
      const waitMs = worker.pace.waitMs(recipient);
      if (waitMs > 0) {
        await outbox.hold(name, recipient, iso(clock.now() + waitMs));
        continue;
      }
      const crowd: ClaimedNotification[] = [];
      while (crowd.length < DIGEST) {
        const options = { now: iso(), leaseUntil: iso(clock.now() + LEASE_MS), limit: CLAIM, recipient };
        const more = await outbox.claim(name, options);
        crowd.push(...more);
        if (more.length < CLAIM) break;
      }
      const [first] = crowd;
      if (first === undefined) continue;
      worker.pace.note(recipient, CROWD);
      await attempt(name, worker, crowd, { id: first.id, recipient, ...digestOf(crowd) });
      if (worker.failures > 0) return;
    }
  }

  async function attempt(
    name: string,
    worker: Worker,
    messages: readonly ClaimedNotification[],
    delivery: Omit<Delivery, 'service'>,
  ): Promise<void> {
    const ids = messages.map(({ id }) => id);
    let thread: Delivery['thread'];
    try {
      const service = serviceOf(name);
      if (service === undefined) {
        throw new SekishoError('NOTIFY_MISCONFIGURED', `there is no service ${name}`, {
          hint: 'Services are in the config map argocd-notifications-cm.',
        });
      }
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ATTEMPT_MS)]);
      ({ thread } = await notifier.deliver({ ...delivery, service }, signal));
    } catch (error) {
      // Not one of the attempts that count: the next process makes it.
      if (closing.signal.aborted) return postpone(messages, clock.now());
      return endAttempt(name, worker, messages, error);
    }
    worker.failures = 0;
    worker.lastError = undefined;
    // Said once is not to be said again only because the store is away.
    const kept = messages.length === 1 && messages[0]?.incident === 'open' ? thread : undefined;
    for (let start = 0; start < ids.length; start += CLAIM) {
      const some = ids.slice(start, start + CLAIM);
      const rows = await patiently(() => outbox.delivered(some, iso(), kept));
      for (const row of rows) onResult(row, 'delivered');
    }
  }

  async function endAttempt(
    name: string,
    worker: Worker,
    messages: readonly ClaimedNotification[],
    error: unknown,
  ): Promise<void> {
    const lastError = redact(messageOf(error), options.config().secrets);
    // It says nothing about the service, which answers.
    if (isSekishoError(error, 'NOTIFY_REFUSED')) {
      for (const message of messages) await fail(message, lastError);
      return;
    }
    worker.lastError = lastError;
    logger.warn(
      { service: name, recipient: messages[0]?.recipient, messages: messages.length, error: lastError },
      'a notification was not delivered',
    );
    const now = clock.now();
    const told = isSekishoError(error) ? error.details['retryAfterMs'] : undefined;
    // Attempts that failed together count as one.
    if (worker.pausedUntil <= now) worker.failures++;
    const pauseMs = typeof told === 'number' ? Math.max(told, 1000) : backoffMs(worker.failures - 1, BACKOFF);
    worker.pausedUntil = Math.max(worker.pausedUntil, now + pauseMs);
    const mends = isSekishoError(error, 'NOTIFY_MISCONFIGURED');
    const late = mends ? messages.filter(({ createdAt }) => Date.parse(createdAt) + MEND_MS <= now) : [];
    for (const message of late) await fail(message, lastError);
    const rest = messages.filter((message) => !late.includes(message));
    const attempts = Math.max(1, ...rest.map((message) => message.attempts));
    const ownMs = typeof told === 'number' ? pauseMs : backoffMs(attempts - 1, BACKOFF);
    await postpone(rest, now + Math.max(pauseMs, ownMs), lastError);
  }

  /** Without an error there was no attempt. */
  async function postpone(messages: readonly StoredNotification[], until: number, lastError?: string): Promise<void> {
    if (messages.length === 0) return;
    for (let start = 0; start < messages.length; start += CLAIM) {
      const rows = await outbox.postpone(
        messages.slice(start, start + CLAIM).map(({ id }) => id),
        { nextAt: iso(until), ...(lastError === undefined ? { uncounted: true } : { lastError }) },
      );
      if (lastError !== undefined) for (const row of rows) onResult(row, 'postponed');
    }
  }

  async function fail(message: StoredNotification, lastError: string): Promise<void> {
    const { failed, inserted } = await patiently(() =>
      outbox.fail(message.id, {
        now: iso(),
        giveUpAt: iso(clock.now() + GIVE_UP_MS),
        lastError,
        fallback: fallbackOf(message, lastError),
      }),
    );
    if (failed === undefined) return;
    logger.error(
      { service: failed.service, recipient: failed.recipient, id: failed.id, error: lastError },
      'a notification failed for good',
    );
    onResult(failed, 'failed');
    wake(new Set(inserted.map(({ service }) => service)));
  }

  function fallbackOf(message: StoredNotification, lastError: string): NewNotification[] {
    if (message.fallbackOf !== undefined) return [];
    const { id, trigger, service, recipient, text } = message;
    return options
      .config()
      .fallback.filter((other) => other.service !== service || other.recipient !== recipient)
      .map((other) => ({
        ...other,
        trigger,
        key: `fallback:${id}:${other.service}:${other.recipient}`,
        text: `This did not reach ${service}:${recipient} (${lastError}):\n${text}`,
        fields: {},
      }));
  }

  function serviceOf(name: string): NotifyService | undefined {
    return options.config().services.get(name);
  }

  async function patiently<T>(run: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await run();
      } catch (error) {
        if (closing.signal.aborted || !isSekishoError(error, 'STORE_UNAVAILABLE')) throw error;
        await sleep(backoffMs(tries), { signal: closing.signal, clock });
      }
    }
  }

  function wake(services: Iterable<string>): void {
    for (const name of services) run(name);
  }

  async function begin(): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        await outbox.takeOver();
        const waiting = await outbox.waiting();
        return wake(waiting.map(({ service }) => service));
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'messages wait for the store');
        await sleep(backoffMs(tries), { signal: closing.signal, clock }).catch(() => {});
      }
    }
  }

  const beginning = begin();
  return {
    wake,
    refresh() {
      const before = settings;
      settings = settingsOf(options.config());
      for (const [name, text] of settings) {
        if (before.get(name) === text) continue;
        const worker = workerOf(name);
        worker.failures = 0;
        worker.pausedUntil = 0;
        worker.lastError = undefined;
        outbox.release(name, iso()).then(
          () => run(name),
          (error) => logger.warn({ service: name, error: messageOf(error) }, 'messages wait for the store'),
        );
      }
    },
    stateOf(name) {
      const { pausedUntil = 0, lastError } = workers.get(name) ?? {};
      return {
        ...(pausedUntil > clock.now() ? { pausedUntil: iso(pausedUntil) } : {}),
        ...(lastError === undefined ? {} : { lastError }),
      };
    },
    async close() {
      closing.abort();
      await beginning;
      for (const { stopTimer } of workers.values()) stopTimer?.();
      await Promise.all([...workers.values()].map(({ running }) => running));
    },
  };
}

/** What services are made of, to see which ones changed. In memory alone: secrets are in it. */
function settingsOf(config: NotificationConfig): Map<string, string> {
  return new Map([...config.services].map(([name, service]) => [name, JSON.stringify(service)]));
}
