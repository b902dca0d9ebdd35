import { type Clock, isSekishoError, type Logger, messageOf, silentLogger, systemClock } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { KubeClient, ResourceType } from './client.ts';
import { createWorkQueue } from './work-queue.ts';

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Who reports, e.g. `deployment-controller`. */
  readonly component: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export interface EventRecorder {
  /** Reports something about an object. Returns at once, never throws; when the API refuses, the event is lost. */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Drops what is not yet sent. */
  close(): Promise<void>;
}

const EVENTS: ResourceType = { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true };

/** client-go's limits: at most this many different messages of one reason in the window; then they count as one. */
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** client-go's limits: a burst per object and source, and how fast it refills. */
const BURST = 25;
const REFILL_MS = 300_000;
const REMEMBERED = 4096;
const MAX_MESSAGE = 1024;
const MAX_ATTEMPTS = 3;

interface Series {
  readonly involved: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly type: string;
  readonly reason: string;
  message: string;
  readonly firstTimestamp: string;
  lastTimestamp: string;
  count: number;
  /** The event's name once it exists on the server. */
  stored: string | undefined;
  attempts: number;
}

/**
 * Writes `v1 Event`s as client-go's recorder does: the same event again raises a count, many similar ones are combined,
 * a flood about one object is cut.
 * @see client-go tools/record, EventCorrelator
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, component, clock = systemClock, logger = silentLogger } = options;
  const series = new Map<string, Series>();
  const similar = new Map<string, { messages: Set<string>; lastAt: number }>();
  const budgets = new Map<string, { tokens: number; at: number }>();

  const queue = createWorkQueue({
    name: `events of ${component}`,
    concurrency: 4,
    logger: silentLogger,
    clock,
    async reconcile(key, signal) {
      const entry = series.get(key);
      if (entry === undefined) return;
      try {
        await send(entry, signal);
        entry.attempts = 0;
      } catch (error) {
        if (++entry.attempts < MAX_ATTEMPTS && isSekishoError(error) && error.retryable) throw error;
        entry.attempts = 0;
        logger.debug({ component, reason: entry.reason, error: messageOf(error) }, 'an event could not be recorded');
      }
    },
  });

  async function send(entry: Series, signal: AbortSignal): Promise<void> {
    if (entry.stored !== undefined) {
      const body = { count: entry.count, lastTimestamp: entry.lastTimestamp, message: entry.message };
      try {
        await client.patch(EVENTS, entry.stored, entry.namespace, { kind: 'merge', body }, { signal });
        return;
      } catch (error) {
        // Events expire on the server: begin a new one with the count so far.
        if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
      }
    }
    const name = `${entry.involved['name']}.${uniqueSuffix(clock)}`;
    await client.create(EVENTS, eventObject(entry, name), { signal });
    entry.stored = name;
  }

  function eventObject(entry: Series, name: string): KubeObject {
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: entry.namespace },
      involvedObject: entry.involved,
      type: entry.type,
      reason: entry.reason,
      message: entry.message,
      count: entry.count,
      firstTimestamp: entry.firstTimestamp,
      lastTimestamp: entry.lastTimestamp,
      eventTime: null,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    };
  }

  function withinBudget(subject: string): boolean {
    const now = clock.now();
    const budget = budgets.get(subject) ?? { tokens: BURST, at: now };
    budget.tokens = Math.min(BURST, budget.tokens + (now - budget.at) / REFILL_MS);
    budget.at = now;
    remember(budgets, subject, budget);
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    return true;
  }

  /** Whether so many different messages came that this one is told as one of many. */
  function isOneOfMany(group: string, message: string): boolean {
    const now = clock.now();
    let known = similar.get(group);
    if (known === undefined || now - known.lastAt > SIMILAR_WINDOW_MS) known = { messages: new Set(), lastAt: now };
    known.lastAt = now;
    if (known.messages.size < SIMILAR_LIMIT) known.messages.add(message);
    remember(similar, group, known);
    return known.messages.size >= SIMILAR_LIMIT && !known.messages.has(message);
  }

  return {
    event(object, type, reason, text) {
      const involved = referenceTo(object);
      const subject = JSON.stringify(Object.values(involved));
      if (!withinBudget(subject)) return;
      const message = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1)}…` : text;
      const group = `${subject} ${type} ${reason}`;
      const combined = isOneOfMany(group, message);
      const key = combined ? group : `${group} ${message}`;
      const now = timestamp(clock);
      const shown = combined ? `(combined from similar events): ${message}` : message;
      const known = series.get(key);
      const entry: Series = known ?? {
        involved,
        namespace: involved['namespace'] ?? 'default',
        type,
        reason,
        message: shown,
        firstTimestamp: now,
        lastTimestamp: now,
        count: 0,
        stored: undefined,
        attempts: 0,
      };
      entry.count++;
      entry.lastTimestamp = now;
      entry.message = shown;
      remember(series, key, entry);
      queue.add(key);
    },
    close: () => queue.close(),
  };
}

let serial = Math.floor(Math.random() * 1_000_000);

/** Nanoseconds in hexadecimal, as client-go has it. All recorders of a process count together: two never pick one name. */
function uniqueSuffix(clock: Clock): string {
  serial = (serial + 1) % 1_000_000;
  return (BigInt(Math.floor(clock.now())) * 1_000_000n + BigInt(serial)).toString(16);
}

function timestamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}

function referenceTo(object: KubeObject): Readonly<Record<string, string>> {
  const { name = '', namespace, uid } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** Keeps the entry as the most recent; the oldest goes when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
}
