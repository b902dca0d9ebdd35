import { timingSafeEqual } from 'node:crypto';
import { isSekishoError, type Logger, messageOf, SekishoError } from '@sekisho/base';
import type { Git } from '@sekisho/git';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

/** What a part of the API adds to the server; it is already behind the token. */
export type Routes = (api: FastifyInstance) => void;

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Sekisho's own door: health for anybody; everything else behind the token, as a bearer or (for git) as the password.
 * Errors are problem+json with the codes of the CLI.
 *
 * @throws SekishoError PORT_IN_USE | PORT_UNUSABLE
 */
export async function startHttpServer(options: {
  host: string;
  port: number;
  token: string;
  git: Git;
  metrics: Registry;
  ready: () => boolean;
  routes: readonly Routes[];
  logger: Logger;
}): Promise<HttpServer> {
  const { host, port, token, git, logger } = options;
  const app = fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });

  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) logger.error({ err: error, path: request.routeOptions.url }, 'a request failed');
    reply.code(problem.status).type('application/problem+json').send(problem);
  });
  app.setNotFoundHandler((_request, reply) => {
    reply
      .code(404)
      .type('application/problem+json')
      .send({ code: 'NOT_FOUND', title: 'There is nothing at this address.', status: 404 });
  });

  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    if (!options.ready()) reply.code(503);
    return { status: options.ready() ? 'ok' : 'starting' };
  });

  app.register((inside, _options, done) => {
    inside.addHook('onRequest', async (request, reply) => {
      if (isAuthorized(request, token)) return;
      reply.header('www-authenticate', 'Basic realm="Sekisho", charset="UTF-8"');
      throw new SekishoError('UNAUTHORIZED', 'The token is missing or wrong.', {
        hint: 'It is in client.json of the data folder, and in the clone address that `npm start` prints.',
        details: { status: 401 },
      });
    });
    inside.get('/metrics', async (_request, reply) => {
      reply.type(options.metrics.contentType);
      return options.metrics.metrics();
    });
    inside.register((repositories, _, ready) => {
      // Git's own program reads the body: nothing may be parsed or bounded here.
      repositories.removeAllContentTypeParsers();
      repositories.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
      repositories.route({
        method: ['GET', 'POST'],
        url: '/git/*',
        handler: async (request, reply) => {
          reply.hijack();
          await git.embedded.handle(request.raw, reply.raw, { user: 'admin', write: true });
        },
      });
      ready();
    });
    for (const routes of options.routes) routes(inside);
    done();
  });

  try {
    const url = await app.listen({ host, port });
    return { url: url.replace('[::1]', 'localhost'), close: () => app.close() };
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new SekishoError(inUse ? 'PORT_IN_USE' : 'PORT_UNUSABLE', `Port ${port} on ${host} can't be opened.`, {
      cause,
      hint: 'Choose another one with --port (0 takes any free one).',
    });
  }
}

/** Compares in constant time, whatever the lengths. */
function isAuthorized(request: FastifyRequest, token: string): boolean {
  const header = request.headers.authorization ?? '';
  const given = header.startsWith('Bearer ')
    ? header.slice('Bearer '.length)
    : header.startsWith('Basic ')
      ? Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8').split(':').slice(1).join(':')
      : '';
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly hint?: string;
}

/** Statuses of errors that callers cause; everything else is ours. */
const STATUS: Readonly<Record<string, number>> = {
  KUBE_NOT_FOUND: 404,
  KUBE_ALREADY_EXISTS: 409,
  KUBE_CONFLICT: 409,
  KUBE_INVALID: 422,
  KUBE_BAD_REQUEST: 400,
  REQUEST_INVALID: 400,
  APPLICATION_INVALID: 422,
  DESTINATION_UNKNOWN: 422,
  GIT_ALREADY_EXISTS: 409,
  GIT_NAME_INVALID: 400,
  GIT_NOT_FOUND: 422,
  GIT_AUTH: 422,
  GIT_REVISION_UNKNOWN: 422,
  GIT_FORBIDDEN_URL: 422,
  GIT_UNREACHABLE: 502,
  CLUSTER_UNREACHABLE: 502,
};

function toProblem(error: unknown): Problem {
  if (isSekishoError(error)) {
    const status = typeof error.details['status'] === 'number' ? error.details['status'] : (STATUS[error.code] ?? 500);
    return {
      code: error.code,
      title: error.message,
      status,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  return status < 500
    ? { code: 'REQUEST_INVALID', title: messageOf(error), status }
    : { code: 'INTERNAL', title: 'The server could not answer; its log says why.', status };
}
