import { backoffMs, type Clock, type Diagnostic, type Logger, messageOf } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type DueInput, type DueNotification, dueNotifications } from '@sekisho/notification';
import type {
  NewNotification,
  NotificationAddress,
  NotificationLook,
  NotificationOutbox,
  RememberedApplication,
  StoredNotification,
} from '@sekisho/store';
import { createTurns } from '../turns.ts';
import type { NotificationSettings } from './settings.ts';

/** Looks at applications that changed and puts what is due into the outbox. */
export interface Planner {
  /** An Application as it is now; without an object it is gone. */
  observe(change: { key: string; object: KubeObject | undefined; previous?: KubeObject }): void;
  /** Other settings: every application is looked at (of one project, when it is named). */
  lookAgain(project?: string): void;
  /** Fulfilled when the look that runs, if any, is over. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What is said of a commit. */
type Commit = NonNullable<DueInput['commit']>;

/** Time in which more may change before applications are looked at, and at least between two looks at one. */
const GATHER_MS = 1_000;
/** Looks in one transaction: enough to be quick, few enough that nobody waits while it is put together. */
const BATCH = 50;
/** States of one application between two looks that are kept because they may be gone at the next. */
const MAX_STATES = 4;
const COMMIT_MS = 5_000;
/** How often conditions that ask for the time are asked. */
const TIME_MS = 60_000;
/** After this, applications that are remembered and not there were deleted while nobody looked. */
const MISSING_MS = 600_000;
/** What is given up on, when nothing takes it. */
export const GIVE_UP_MS = 24 * 3_600_000;

interface Changed {
  /** Newest last; states before it that must not be missed. */
  states: KubeObject[];
  gone: boolean;
}

export function createPlanner(options: {
  outbox: Pick<NotificationOutbox, 'remembered' | 'record'>;
  settings: NotificationSettings;
  driftOf: (key: string) => readonly unknown[];
  /** Rejects when nobody knows it. */
  commitOf: (repoURL: string, revision: string, signal: AbortSignal) => Promise<Commit>;
  /** Names of templates' `context` that are known without settings. */
  context: () => Readonly<Record<string, string>>;
  /** What was put into the outbox since the last time. */
  onInserted: (messages: readonly StoredNotification[]) => void;
  /** Conditions and templates of an application that failed. */
  onFaults: (application: KubeObject, faults: readonly Diagnostic[]) => void;
  clock: Clock;
  logger: Logger;
}): Planner {
  const { outbox, settings, clock, logger } = options;
  const objects = new Map<string, KubeObject>();
  const changed = new Map<string, Changed>();
  const closing = new AbortController();
  /** Undefined until the store has told. */
  let remembered: Map<string, RememberedApplication> | undefined;
  let failures = 0;
  let working: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let stopTime = clock.after(TIME_MS, askAgain);
  /** By then every application that is there has been seen. */
  const stopMissing = clock.after(MISSING_MS, () => {
    for (const key of remembered?.keys() ?? []) if (!objects.has(key)) mark(key, undefined);
  });

  function askAgain(): void {
    if (settings.asksForTime) lookAgain();
    stopTime = clock.after(TIME_MS, askAgain);
  }

  function mark(key: string, state: KubeObject | undefined): void {
    const known = changed.get(key);
    if (state === undefined) changed.set(key, { states: known?.states ?? [], gone: true });
    else if (known === undefined) changed.set(key, { states: [state], gone: false });
    else {
      const last = known.states.at(-1);
      if (last !== undefined && !isNotable(last, state)) known.states.pop();
      if (known.states.length >= MAX_STATES) known.states.shift();
      known.states.push(state);
      known.gone = false;
    }
    schedule(GATHER_MS);
  }

  function schedule(ms: number): void {
    if (closing.signal.aborted || stopTimer !== undefined || working !== undefined) return;
    stopTimer = clock.after(ms, () => {
      stopTimer = undefined;
      working = look().finally(() => {
        working = undefined;
        if (changed.size > 0) schedule(failures === 0 ? GATHER_MS : backoffMs(failures - 1, { minMs: GATHER_MS }));
      });
    });
  }

  async function look(): Promise<void> {
    const inserted: StoredNotification[] = [];
    try {
      remembered ??= new Map((await outbox.remembered()).map((one) => [`${one.namespace}/${one.app}`, one]));
      const giveWay = createTurns();
      const batch = new Map<string, { look: NotificationLook; was: Changed }>();
      for (const [key, was] of [...changed]) {
        await giveWay();
        if (closing.signal.aborted) break;
        if (changed.get(key) === was) changed.delete(key);
        const found = await lookSafely(key, was, remembered.get(key));
        if (found === undefined) continue;
        batch.set(key, { look: found, was });
        if (batch.size >= BATCH) inserted.push(...(await record(batch, remembered)));
      }
      inserted.push(...(await record(batch, remembered)));
      failures = 0;
    } catch (error) {
      failures++;
      logger.warn({ error: messageOf(error), waiting: changed.size }, 'notifications wait for the store');
    } finally {
      if (inserted.length > 0) options.onInserted(inserted);
    }
  }

  /** Empties the batch. What the store did not take is looked at again. */
  async function record(
    batch: Map<string, { look: NotificationLook; was: Changed }>,
    known: Map<string, RememberedApplication>,
  ): Promise<StoredNotification[]> {
    const entries = [...batch];
    batch.clear();
    if (entries.length === 0) return [];
    const now = clock.now();
    const again = (key: string, was: Changed) => {
      const newer = changed.get(key);
      changed.set(
        key,
        newer === undefined ? was : { ...newer, states: [...was.states, ...newer.states].slice(-MAX_STATES) },
      );
    };
    try {
      const results = await outbox.record(
        entries.map(([, { look }]) => look),
        { now: new Date(now).toISOString(), giveUpAt: new Date(now + GIVE_UP_MS).toISOString() },
      );
      for (const [index, { taken, remembered: after }] of results.entries()) {
        const [key, { was }] = entries[index] as (typeof entries)[number];
        if (after.version === 0 && after.incidents.length === 0) known.delete(key);
        else known.set(key, after);
        if (!taken) again(key, was);
      }
      return results.flatMap((result) => result.inserted);
    } catch (error) {
      for (const [key, { was }] of entries) again(key, was);
      throw error;
    }
  }

  async function lookSafely(key: string, was: Changed, known: RememberedApplication | undefined) {
    try {
      return await lookAt(key, was, known);
    } catch (error) {
      logger.error({ application: key, error: messageOf(error) }, 'what is due for an application can not be told');
      return undefined;
    }
  }

  /** Undefined when nothing is due and the same is remembered. */
  async function lookAt(
    key: string,
    { states, gone }: Changed,
    known: RememberedApplication | undefined,
  ): Promise<NotificationLook | undefined> {
    const { config } = settings;
    // Without services nobody is told; what was remembered stays for when they come back.
    if (config.services.size === 0) return undefined;
    if (gone) return known === undefined ? undefined : farewell(key, states.at(-1), known);
    const last = states.at(-1);
    if (last === undefined) return undefined;
    const { uid = '', name = '', namespace = '' } = last.metadata;
    const before = known?.uid === uid ? known.keys : [];
    let keys: readonly string[] = before;
    let more = false;
    let due: NewNotification[] = [];
    let incidents: readonly NotificationAddress[] = known?.incidents ?? [];
    const faults: Diagnostic[] = [];
    for (const state of states) {
      const found = await dueOf(key, state, keys, incidents);
      keys = found.keys;
      more = found.more;
      faults.push(...found.diagnostics);
      for (const message of found.notifications.map(toMessage)) {
        const others = incidents.filter((one) => !sameAddress(one, message));
        // An incident that goes on after all was never over.
        if (message.incident === 'open') {
          due = due.filter((earlier) => earlier.incident !== 'close' || !sameAddress(earlier, message));
        }
        incidents =
          message.incident === 'open' ? [...others, message] : message.incident === 'close' ? others : incidents;
        due.push(message);
      }
    }
    options.onFaults(last, faults);
    if (more) changed.set(key, { states: [last], gone: false });
    if (due.length === 0 && sameKeys(before, keys)) return undefined;
    return {
      namespace,
      app: name,
      project: projectOf(last),
      uid,
      version: known?.version ?? 0,
      keys,
      due: withoutTwins(due),
    };
  }

  async function dueOf(
    key: string,
    application: KubeObject,
    keys: readonly string[],
    incidents: readonly NotificationAddress[],
  ) {
    const project = settings.project(projectOf(application));
    const input: DueInput = {
      config: settings.config,
      application,
      ...(project === undefined ? {} : { project }),
      remembered: new Set(keys),
      incidents,
      drift: options.driftOf(key),
      context: options.context(),
      now: clock.now(),
    };
    const found = dueNotifications(input);
    if (found.notifications.length === 0 || !settings.asksForCommits) return found;
    const commit = await commitOf(application);
    return commit === undefined ? found : dueNotifications({ ...input, commit });
  }

  async function commitOf(application: KubeObject): Promise<Commit | undefined> {
    const { status, spec } = application as {
      status?: { sync?: { revision?: string }; operationState?: { syncResult?: { revision?: string } } };
      spec?: { source?: { repoURL?: string }; sources?: readonly { repoURL?: string }[] };
    };
    const revision = status?.operationState?.syncResult?.revision ?? status?.sync?.revision;
    const repoURL = spec?.source?.repoURL ?? spec?.sources?.[0]?.repoURL;
    if (revision === undefined || repoURL === undefined) return undefined;
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(COMMIT_MS)]);
      return await options.commitOf(repoURL, revision, signal);
    } catch (error) {
      logger.debug({ revision, error: messageOf(error) }, 'a notification goes without the commit that it speaks of');
      return undefined;
    }
  }

  function lookAgain(project?: string): void {
    for (const [key, object] of objects) {
      if (project === undefined || projectOf(object) === project) mark(key, object);
    }
  }

  return {
    observe({ key, object, previous }) {
      if (object === undefined) {
        objects.delete(key);
        if (previous !== undefined && !changed.has(key)) changed.set(key, { states: [previous], gone: true });
      } else objects.set(key, object);
      mark(key, object);
    },
    lookAgain,
    async settled() {
      await working;
    },
    async close() {
      closing.abort();
      stopTimer?.();
      stopTime();
      stopMissing();
      await working;
    },
  };
}

/** Who was told of a problem hears that the application is no more. */
function farewell(key: string, last: KubeObject | undefined, known: RememberedApplication): NotificationLook {
  const [namespace = '', app = ''] = key.split('/');
  const text = `Application ${app} was deleted.`;
  return {
    namespace,
    app,
    project: last === undefined ? '' : projectOf(last),
    uid: known.uid,
    version: known.version,
    keys: [],
    due: known.incidents.map(({ service, recipient }) => ({
      service,
      recipient,
      trigger: 'on-deleted',
      key: `deleted:${service}:${recipient}`,
      text,
      fields: { email: { subject: text }, teams: { title: text } },
      incident: 'close',
    })),
  };
}

function toMessage({ message, ...rest }: DueNotification): NewNotification {
  return { ...rest, text: message.text, fields: message.fields };
}

/** Several states may say the same thing; the store takes each only once. */
function withoutTwins(due: readonly NewNotification[]): NewNotification[] {
  return [...new Map(due.map((message) => [message.key, message])).values()];
}

/** The end of an operation and a problem must be told, even when they last no longer than the time between two looks. */
function isNotable(state: KubeObject, next: KubeObject): boolean {
  const [a, b] = [statusOf(state), statusOf(next)];
  const finishedAt = a.operationState?.finishedAt;
  if (finishedAt !== undefined && finishedAt !== b.operationState?.finishedAt) return true;
  const types = new Set(b.conditions?.map(({ type }) => type));
  return a.conditions?.some(({ type }) => NOTABLE.has(type) && !types.has(type)) ?? false;
}

const NOTABLE: ReadonlySet<string> = new Set(['DriftWarning', 'InvalidSpecError', 'PolicyViolationError']);

function statusOf(object: KubeObject) {
  return (object['status'] ?? {}) as {
    readonly operationState?: { readonly finishedAt?: string };
    readonly conditions?: readonly { readonly type: string }[];
  };
}

function projectOf(object: KubeObject): string {
  return (object['spec'] as { project?: string } | undefined)?.project || 'default';
}

function sameAddress(a: NotificationAddress, b: NotificationAddress): boolean {
  return a.service === b.service && a.recipient === b.recipient;
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
