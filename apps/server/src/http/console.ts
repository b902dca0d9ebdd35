import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import serveStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Routes } from './server.ts';

/** Where `npm run build -w apps/console` writes to, seen from the sources and from the compiled files alike. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../../console/dist/', import.meta.url));

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * Everything that runs or is shown comes from this server. PatternFly's pictures are `data:` addresses in its styles;
 * styles that components set while they run go through the DOM, which needs no exception.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sekisho</title>
<h1>The console is not built</h1>
<p>Build it once: <code>npm run build -w apps/console</code>, then load this page again. The command line works without it: <code>sekisho status</code>.</p>
</html>
`;

/**
 * The console's files, for everybody: they hold nothing but the program, whose every question passes the API's own
 * checks. Files with a hash in their name are kept by browsers for a year; the page itself is asked for each time.
 * Addresses that the program makes up (`/applications/argocd/web`) all lead to that page.
 *
 * @param folder the built console; what is missing there is answered with how to build it
 */
export function consoleRoutes({ folder = CONSOLE_FOLDER }: { folder?: string } = {}): Routes {
  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    // Programs that mistyped an address of the API want a problem, not a page.
    if (!request.headers.accept?.includes('text/html')) return reply.callNotFound();
    reply.headers(HEADERS);
    if (!existsSync(join(folder, 'index.html'))) {
      return reply.code(503).header('cache-control', 'no-store').type('text/html').send(NOT_BUILT);
    }
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false });
  };
  return (api) => {
    api.register(async (files) => {
      await files.register(serveStatic, {
        root: folder,
        serve: false,
        preCompressed: true,
        index: false,
        dotfiles: 'deny',
      });
      const everybody = { config: { permission: 'public' } } as const;
      files.get('/assets/*', everybody, (request, reply) => {
        const name = (request.params as { '*': string })['*'];
        return reply.headers(HEADERS).sendFile(`assets/${name}`, { maxAge: YEAR_MS, immutable: true });
      });
      files.get('/sekisho.svg', everybody, (_request, reply) =>
        reply.headers(HEADERS).sendFile('sekisho.svg', { maxAge: '1d' }),
      );
      files.get('/', everybody, page);
      files.get('/*', everybody, page);
    });
  };
}
