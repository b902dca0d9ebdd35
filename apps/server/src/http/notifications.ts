import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Notifications } from '../notifications/notifications.ts';
import { read } from './applications.ts';
import type { Actor, PermissionOnObject } from './route.ts';
import { notificationDelivery } from './schemas.ts';
import type { Routes } from './server.ts';

const word = z.string().max(512);
const listQuery = z.object({
  state: z.enum(['pending', 'delivered', 'failed']).optional(),
  service: word.optional(),
  application: z
    .string()
    .max(512)
    .regex(/^[^/]+\/[^/]+$/)
    .optional()
    .meta({ description: '`namespace/name`.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.coerce.number().int().min(1).optional(),
});
const testBody = z.object({
  service: word.min(1),
  recipient: word.default('').meta({ description: 'A channel, an address; empty where the service has only one.' }),
  trigger: word.optional().meta({ description: 'Says what this trigger would say; without it, a greeting.' }),
  application: word.optional().meta({ description: '`namespace/name`, for the trigger; without it, an example.' }),
});
const idParams = z.object({ id: z.string().max(64) });

const service = z
  .object({
    name: z.string(),
    type: z.enum(['slack', 'webhook', 'email', 'teams']),
    pending: z.number().int(),
    pausedUntil: z.string().exactOptional().meta({ description: 'Nothing is tried before, because it failed.' }),
    lastError: z.string().exactOptional().meta({ description: 'Of the newest attempt, when it failed.' }),
  })
  .meta({ id: 'NotificationService' });
const LIST = {
  summary: 'Services, faults of their settings, and deliveries, newest first',
  query: listQuery,
  response: z
    .object({
      services: z.array(service),
      triggers: z.array(z.string()),
      faults: z.array(z.string()).meta({ description: 'Of the settings of notifications.' }),
      deliveries: z.array(notificationDelivery),
      next: z.string().exactOptional(),
    })
    .meta({ id: 'NotificationList' }),
};
const TEST = {
  summary: 'Send one message now, and tell whether it arrived',
  body: testBody,
  response: z.object({ delivered: z.literal(true), text: z.string() }),
};
const RETRY = { summary: 'Try a delivery that failed, or waits, now', response: notificationDelivery };

const TEST_MS = 30_000;

/** Who is told of what, whether it arrived, and whether it would. */
export function notificationRoutes(options: { notifications: Notifications; audit: Audit }): Routes {
  const { notifications, audit } = options;
  const allowed = (action: 'get' | 'test', api: object & { summary: string }) => {
    const permission: PermissionOnObject = { resource: 'notifications', action, object: () => '*' };
    return { config: { permission, api: { tag: 'notifications', ...api } } };
  };

  /** Runs it and writes down who asked, and how it ended. */
  async function audited<T>(
    actor: Actor,
    action: string,
    name: string,
    details: Readonly<Record<string, string>>,
    run: () => Promise<T>,
  ): Promise<T> {
    let outcome: 'succeeded' | 'failed' = 'failed';
    try {
      const answer = await run();
      outcome = 'succeeded';
      return answer;
    } finally {
      audit.record({ actor, action, object: { type: 'notification', name }, outcome, details });
    }
  }

  return (api) => {
    api.get('/api/v1/notifications', allowed('get', LIST), async (request) => {
      const { state, service, application, limit, cursor } = read(listQuery, request.query);
      const [namespace = '', app = ''] = application?.split('/') ?? [];
      const [services, { items, next }] = await Promise.all([
        notifications.services(),
        notifications.deliveries({
          limit,
          ...(cursor === undefined ? {} : { before: cursor }),
          ...(state === undefined ? {} : { state }),
          ...(service === undefined ? {} : { service }),
          ...(application === undefined ? {} : { application: { namespace, app } }),
        }),
      ]);
      return {
        services,
        triggers: notifications.triggers(),
        faults: notifications.faults(),
        deliveries: items,
        ...(next === undefined ? {} : { next: String(next) }),
      };
    });
    api.post('/api/v1/notifications/test', allowed('test', TEST), async ({ actor, body }) => {
      const { service, recipient, trigger, application } = read(testBody, body);
      const { text } = await audited(
        actor,
        'notification.test',
        `${service}:${recipient}`,
        trigger === undefined ? {} : { trigger },
        () =>
          notifications.test({
            service,
            recipient,
            ...(trigger === undefined ? {} : { trigger }),
            ...(application === undefined ? {} : { application }),
            signal: AbortSignal.timeout(TEST_MS),
          }),
      );
      return { delivered: true, text };
    });
    api.post('/api/v1/notifications/deliveries/:id/retry', allowed('test', RETRY), async ({ actor, params }) => {
      const { id } = read(idParams, params);
      return audited(actor, 'notification.retry', id, {}, () => notifications.retry(id));
    });
  };
}
