import { randomUUID } from 'node:crypto';
import { type Clock, formatDiagnostic, type Logger, messageOf, SekishoError } from '@sekisho/base';
import { createEventRecorder, type KubeClient } from '@sekisho/client';
import type { Revision } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { exampleMessage, type ServiceType } from '@sekisho/notification';
import { createNotifier } from '@sekisho/notify';
import type { NotificationState, Store, StoredNotification } from '@sekisho/store';
import type { Registry } from 'prom-client';
import type { EventBus } from '../events/bus.ts';
import { createFaultTeller } from './faults.ts';
import { observeNotifications } from './metrics.ts';
import { createPlanner, GIVE_UP_MS } from './planner.ts';
import { createSender, type ServiceState } from './sender.ts';
import { openNotificationSettings } from './settings.ts';

/** One message to one recipient, as it is shown. */
export interface DeliveryView {
  readonly id: string;
  readonly trigger: string;
  readonly service: string;
  readonly recipient: string;
  readonly application: { readonly namespace: string; readonly name: string; readonly project: string };
  readonly text: string;
  readonly state: NotificationState;
  readonly attempts: number;
  /** Of the newest attempt that failed. */
  readonly lastError?: string;
  /** RFC 3339; when it is tried next. */
  readonly nextAt?: string;
  /** RFC 3339; when it became due. */
  readonly at: string;
  readonly finishedAt?: string;
  /** The delivery that this one stands in for. */
  readonly fallbackOf?: string;
}

export interface ServiceView extends ServiceState {
  readonly name: string;
  readonly type: ServiceType;
  readonly pending: number;
}

export interface DeliveryQuery {
  readonly limit: number;
  readonly before?: number;
  readonly state?: NotificationState;
  readonly service?: string;
  readonly application?: { readonly namespace: string; readonly app: string };
}

/** Tells people what becomes of applications. */
export interface Notifications {
  /** An Application as it is now. */
  observe(change: { key: string; object: KubeObject | undefined; previous?: KubeObject }): void;
  /** What is configured, and how it does. @throws SekishoError STORE_* */
  services(): Promise<ServiceView[]>;
  /** Faults of the settings, in words. */
  faults(): readonly string[];
  triggers(): readonly string[];
  /** Newest first. @throws SekishoError STORE_* */
  deliveries(query: DeliveryQuery): Promise<{ items: DeliveryView[]; next?: number }>;
  /** What waits, and what failed within a day. @throws SekishoError STORE_* */
  counts(): Promise<{ pending: number; failed: number }>;
  /**
   * Makes one that failed, or waits, due now.
   * @throws SekishoError NOTIFICATION_NOT_FOUND | NOTIFICATION_DELIVERED | STORE_*
   */
  retry(id: string): Promise<DeliveryView>;
  /**
   * Sends one message at once, beside the outbox: a greeting, or what a trigger would say of an application.
   * @throws SekishoError NOTIFICATION_SERVICE_UNKNOWN | NOTIFICATION_TRIGGER_UNKNOWN | KUBE_NOT_FOUND | NOTIFY_*
   */
  test(wish: {
    service: string;
    recipient: string;
    trigger?: string;
    application?: string;
    signal: AbortSignal;
  }): Promise<{ text: string }>;
  close(): Promise<void>;
}

const KEEP_MS = 30 * 24 * 3_600_000;
const PRUNE_MS = 3_600_000;
/** Events in a second; the list has all. */
const MAX_EVENTS = 100;
const DAY_MS = 24 * 3_600_000;

export async function openNotifications(options: {
  store: Pick<Store, 'notifications'>;
  /** Of the cluster that holds the Applications. */
  client: KubeClient;
  controlNamespace: string;
  applicationOf: (key: string) => KubeObject | undefined;
  driftOf: (key: string) => readonly unknown[];
  commitOf: (repoURL: string, revision: string, signal: AbortSignal) => Promise<Revision>;
  /** Sekisho's own address, for links. */
  ownUrl: () => string;
  bus: Pick<EventBus, 'publish'>;
  metrics: Registry;
  clock: Clock;
  logger: Logger;
}): Promise<Notifications> {
  const { client, bus, clock, logger } = options;
  const outbox = options.store.notifications;
  const settings = await openNotificationSettings(options);
  const metrics = observeNotifications(options.metrics, outbox);
  const events = createEventRecorder({ client, component: 'sekisho', clock, logger });
  const faults = createFaultTeller({ events, logger });
  const notifier = createNotifier();
  const context = () => ({ argocdUrl: options.ownUrl() });

  let second = 0;
  let published = 0;
  function publish(message: StoredNotification): void {
    // Very many at once would push everything else out of what the bus keeps.
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) [second, published] = [now, 0];
    if (++published > MAX_EVENTS) return;
    const { namespace, app: name, project } = message;
    bus.publish({
      type: 'notification',
      data: toView(message),
      visible: { namespace, name, project },
      supersedes: message.id,
    });
  }

  const sender = createSender({
    outbox,
    notifier,
    config: () => settings.config,
    onResult(message, result) {
      metrics.note(message, result);
      publish(message);
    },
    clock,
    logger,
  });
  const planner = createPlanner({
    outbox,
    settings,
    driftOf: options.driftOf,
    async commitOf(repoURL, revision, signal) {
      const { authorName, authorEmail, message } = await options.commitOf(repoURL, revision, signal);
      return { revision, author: `${authorName} <${authorEmail}>`, message };
    },
    context,
    onInserted(messages) {
      for (const message of messages) publish(message);
      sender.wake(new Set(messages.map(({ service }) => service)));
    },
    onFaults: faults.tell,
    clock,
    logger,
  });
  settings.onChange((change) => {
    if (change !== 'settings') return planner.lookAgain(change.project);
    faults.reset();
    sender.refresh();
    planner.lookAgain();
  });

  let stopPruning = clock.after(PRUNE_MS, prune);
  function prune(): void {
    outbox.prune(iso(clock.now() - KEEP_MS)).catch((error) => {
      logger.warn({ error: messageOf(error) }, 'old notifications could not be dropped');
    });
    stopPruning = clock.after(PRUNE_MS, prune);
  }

  return {
    observe: planner.observe,
    async services() {
      const waiting = new Map((await outbox.waiting()).map(({ service, count }) => [service, count]));
      return [...settings.config.services.values()].map(({ name, type }) => ({
        name,
        type,
        pending: waiting.get(name) ?? 0,
        ...sender.stateOf(name),
      }));
    },
    faults: () => settings.config.diagnostics.map(formatDiagnostic),
    triggers: () => [...settings.config.triggers.keys()].sort(),
    async deliveries(query) {
      const found = await outbox.list({ ...query, limit: query.limit + 1 });
      const page = found.slice(0, query.limit);
      const next = found.length > query.limit ? page.at(-1)?.seq : undefined;
      return { items: page.map(toView), ...(next === undefined ? {} : { next }) };
    },
    async counts() {
      const [waiting, failed] = await Promise.all([outbox.waiting(), outbox.failedSince(iso(clock.now() - DAY_MS))]);
      return { pending: waiting.reduce((sum, { count }) => sum + count, 0), failed };
    },
    async retry(id) {
      const now = clock.now();
      const message = await outbox.retry(id, { now: iso(now), giveUpAt: iso(now + GIVE_UP_MS) });
      if (message === undefined) {
        const known = await outbox.get(id);
        if (known !== undefined) {
          throw new SekishoError('NOTIFICATION_DELIVERED', `The notification ${id} was delivered already.`, {
            details: { status: 409 },
          });
        }
        throw new SekishoError('NOTIFICATION_NOT_FOUND', `There is no notification ${id}.`, {
          hint: 'Their ids are in `sekisho notify list`.',
          details: { status: 404 },
        });
      }
      publish(message);
      sender.wake([message.service]);
      return toView(message);
    },
    async test({ service, recipient, trigger, application, signal }) {
      const { config } = settings;
      const found = config.services.get(service);
      if (found === undefined) {
        throw new SekishoError('NOTIFICATION_SERVICE_UNKNOWN', `There is no service ${service}.`, {
          hint: `${known([...config.services.keys()])} Services are in the ConfigMap argocd-notifications-cm.`,
          details: { status: 422 },
        });
      }
      const object = application === undefined ? EXAMPLE : options.applicationOf(application);
      if (object === undefined) {
        throw new SekishoError('KUBE_NOT_FOUND', `There is no Application ${application}.`);
      }
      const message =
        trigger === undefined
          ? {
              message: {
                text: `This is a test: Sekisho reaches ${service}${recipient === '' ? '' : `:${recipient}`}.`,
                fields: {},
              },
              faults: [],
            }
          : exampleMessage({
              config,
              trigger,
              to: { service, recipient },
              application: object,
              drift: application === undefined ? [] : options.driftOf(application),
              context: context(),
              now: clock.now(),
            });
      if (message === undefined) {
        throw new SekishoError('NOTIFICATION_TRIGGER_UNKNOWN', `There is no trigger ${trigger}.`, {
          hint: known([...config.triggers.keys()].sort()),
          details: { status: 422 },
        });
      }
      if (message.faults.length > 0) {
        throw new SekishoError(
          'NOTIFICATION_FAILED',
          `What ${trigger} says can not be made: ${message.faults.join('; ')}`,
          {
            details: { status: 422 },
          },
        );
      }
      await notifier.deliver({ id: randomUUID(), service: found, recipient, ...message.message }, signal);
      return { text: message.message.text };
    },
    async close() {
      stopPruning();
      await settings.close();
      await planner.close();
      await sender.close();
      await notifier.close();
      await events.close();
    },
  };
}

/** What templates are tried on when no application is named. */
const EXAMPLE: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'example', namespace: 'argocd', labels: {}, annotations: {} },
  spec: { project: 'default', source: { repoURL: 'https://git.example/config.git', path: '.' } },
  status: {
    sync: { status: 'OutOfSync', revision: '0123456789abcdef0123456789abcdef01234567' },
    health: { status: 'Degraded', message: 'this is a test' },
    operationState: {
      phase: 'Failed',
      message: 'this is a test',
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:00:01Z',
      syncResult: { revision: '0123456789abcdef0123456789abcdef01234567' },
    },
    conditions: [],
  },
};

export function toView(message: StoredNotification): DeliveryView {
  const { id, trigger, service, recipient, namespace, app, project, text, state, attempts } = message;
  const { lastError, nextAt, createdAt, finishedAt, fallbackOf } = message;
  return {
    id,
    trigger,
    service,
    recipient,
    application: { namespace, name: app, project },
    text,
    state,
    attempts,
    ...(lastError === undefined ? {} : { lastError }),
    ...(state === 'pending' ? { nextAt } : {}),
    at: createdAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(fallbackOf === undefined ? {} : { fallbackOf }),
  };
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'There are none.' : `Known: ${names.join(', ')}.`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
