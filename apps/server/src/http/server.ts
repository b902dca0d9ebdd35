import { randomUUID } from 'node:crypto';
import { isSekishoError, type Logger, SekishoError } from '@sekisho/base';
import type { Git } from '@sekisho/git';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { observeRequests } from '../telemetry/http-metrics.ts';
import { compressAnswers } from './compression.ts';
import { type KnownRoute, knownRoutes, openApiDocument } from './openapi.ts';
import { toProblem } from './problem.ts';
import { protectAnswers } from './protection.ts';
import { type AccessControl, guardRoutes, type PermissionOnObject, type RouteDocumentation } from './route.ts';

/** What a part of the API adds to the server. Each of its routes declares its permission (`config: { permission }`). */
export type Routes = (api: FastifyInstance) => void;

export interface HttpServer {
  readonly url: string;
  /** Every route, with who may call it. */
  readonly routes: readonly KnownRoute[];
  close(): Promise<void>;
}

/**
 * Sekisho's own door. Each route declares who may call it; a route that doesn't keeps the server from starting. Errors
 * are problem+json with the codes of the CLI. A request's id is the caller's `x-request-id` or a new one; it is in the
 * answer and in the log.
 *
 * @throws SekishoError PORT_IN_USE | PORT_UNUSABLE
 */
export async function startHttpServer(options: {
  host: string;
  port: number;
  /** Proxies whose word on the caller's address and protocol counts (`X-Forwarded-For`, `-Proto`). Default none. */
  trustedProxies?: readonly string[];
  access: AccessControl;
  audit: Audit;
  git: Pick<Git, 'embedded'>;
  metrics: Registry;
  ready: () => boolean;
  routes: readonly Routes[];
  logger: Logger;
}): Promise<HttpServer> {
  const { host, port, access, git, logger } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    genReqId: requestId,
  });

  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      logger.error({ err: error, path: request.routeOptions.url, requestId: request.id }, 'a request failed');
    }
    const wait = isSekishoError(error) ? error.details['retryAfterSeconds'] : undefined;
    if (typeof wait === 'number') reply.header('retry-after', String(wait));
    reply.code(problem.status).type('application/problem+json').send(problem);
  });
  app.setNotFoundHandler((_request, reply) => {
    reply
      .code(404)
      .type('application/problem+json')
      .send({ code: 'NOT_FOUND', title: 'There is nothing at this address.', status: 404 });
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  observeRequests(options.metrics, app);
  protectAnswers(app);
  compressAnswers(app);
  guardRoutes(app, {
    access,
    onDenied: (actor, resource, action, object) =>
      options.audit.record({
        actor,
        action: `${resource}.${action}`,
        object: { type: resource, name: object },
        outcome: 'denied',
      }),
  });
  const known: KnownRoute[] = [];
  app.addHook('onRoute', (route) => {
    known.push(...knownRoutes(route));
  });
  const everybody = (api: RouteDocumentation) => ({ config: { permission: 'public', api } }) as const;

  app.get('/healthz', everybody(HEALTHZ), () => ({ status: 'ok' }));
  app.get('/readyz', everybody(READYZ), (_request, reply) => {
    if (!options.ready()) reply.code(503);
    return { status: options.ready() ? 'ok' : 'starting' };
  });
  app.get('/metrics', { config: { permission: SEES_ALL, api: METRICS } }, async (_request, reply) => {
    reply.type(options.metrics.contentType);
    return options.metrics.metrics();
  });
  app.register((repositories, _, ready) => {
    // Git's own program reads the body: nothing may be parsed or bounded here.
    repositories.removeAllContentTypeParsers();
    repositories.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    repositories.route({
      method: ['GET', 'POST'],
      url: '/git/*',
      config: {
        api: GIT,
        permission: {
          resource: 'repositories',
          action: (request) => (isPush(request) ? 'update' : 'get'),
          object: (request) => `embedded:${repositoryOf(request)}`,
        },
      },
      handler: async (request, reply) => {
        reply.hijack();
        const { user } = request.actor;
        await git.embedded.handle(request.raw, reply.raw, { user, write: isPush(request) });
      },
    });
    ready();
  });
  for (const routes of options.routes) routes(app);
  let document: string | undefined;
  app.get('/api/v1/openapi.json', everybody(OPENAPI), (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(known));
    reply.type('application/json; charset=utf-8').send(document);
  });

  try {
    const url = await app.listen({ host, port });
    return { url: url.replace('[::1]', 'localhost'), routes: known, close: () => app.close() };
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new SekishoError(inUse ? 'PORT_IN_USE' : 'PORT_UNUSABLE', `Port ${port} on ${host} can't be opened.`, {
      cause,
      hint: 'Choose another one with --port (0 takes any free one).',
    });
  }
}

const MAX_BODY_BYTES = 1024 * 1024;

const state = z.object({ status: z.enum(['ok', 'starting']) });
const HEALTHZ = { tag: 'server', summary: 'Whether the process answers', response: state };
const READYZ = { tag: 'server', summary: 'Whether everything has started; 503 before', response: state };
const METRICS = { tag: 'server', summary: "Metrics in Prometheus' text format", produces: 'text/plain' };
const OPENAPI = {
  tag: 'server',
  summary: 'This document: every route, as OpenAPI 3.1',
  response: z.looseObject({ openapi: z.string() }),
};
const GIT = {
  tag: 'git',
  summary: "Git's smart HTTP of the embedded repositories",
  description: 'For git itself: `git clone http://HOST/git/NAME.git`, with a token as the password.',
  body: z.string().meta({ format: 'binary' }),
  consumes: 'application/octet-stream',
  produces: 'application/octet-stream',
};

/** Metrics name applications of every project. */
const SEES_ALL: PermissionOnObject = { resource: 'applications', action: 'get', object: () => '*/*' };

/** The caller's own id when it is harmless to print. */
function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Whether a request of git's protocol writes: the advertisement before a push, and the push. */
function isPush(request: FastifyRequest): boolean {
  return request.url.includes('git-receive-pack');
}

/** `shop` of `/git/shop.git/info/refs`. */
function repositoryOf(request: FastifyRequest): string {
  const path = (request.params as { '*': string })['*'];
  return path.split('/')[0]?.replace(/\.git$/, '') ?? '';
}
