import { type Sender, senders } from '@sekisho/webhook';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { RouteDocumentation } from './route.ts';
import type { Routes } from './server.ts';

const HOOK = {
  tag: 'webhooks',
  summary: 'A push event; the headers say of which forge',
  description: 'Proven by the signature or token of the forge. Nothing is read before that is checked.',
  body: z.looseObject({}).meta({ description: "The forge's own event." }),
  response: z
    .object({
      result: z.enum(['accepted', 'duplicate', 'ignored']),
      repositories: z.number().int().meta({ description: 'Followed repositories that are fetched because of it.' }),
    })
    .meta({ id: 'WebhookAnswer' }),
  status: 202,
};

/** The largest that forges send (GitHub's limit). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/**
 * `/hooks/<forge>`, and Argo CD's `/api/webhook`, where the headers say which forge it is. Public, because a webhook proves
 * itself by its signature.
 */
export function hookRoutes(webhooks: Webhooks): Routes {
  return (api) => {
    api.register((hooks, _options, done) => {
      // A signature covers the bytes as they came, and nothing is parsed before it is checked.
      hooks.removeAllContentTypeParsers();
      hooks.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
      const route = (api: RouteDocumentation) =>
        ({ bodyLimit: MAX_BODY_BYTES, config: { permission: 'public', api } }) as const;
      const receive = async (request: FastifyRequest, sender: Sender | undefined) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return webhooks.receive(sender, { headers: first(request.headers), body }, request.ip);
      };
      for (const sender of senders) {
        hooks.post(
          `/hooks/${sender}`,
          route({ ...HOOK, summary: `A push event of ${sender}` }),
          async (request, reply) => {
            reply.code(202);
            return receive(request, sender);
          },
        );
      }
      hooks.post('/api/webhook', route(HOOK), async (request, reply) => {
        reply.code(202);
        return receive(request, undefined);
      });
      done();
    });
  };
}

function first(headers: FastifyRequest['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
