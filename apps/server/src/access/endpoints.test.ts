import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KnownRoute } from '../http/openapi.ts';
import { type AccessServer, startAccessServer } from './testing/access-server.ts';

// Every route × every kind of caller, on a real server; and the table of SECURITY.md.
//
// A new route is asked by itself. It needs a line in SAMPLES when its permission depends on the request, when it wants a
// body or parameters before it asks for permission, or when its handler decides (`may`); and one in NOTES when the table
// should say more than the permission does. Then write the table: WRITE_TABLE below.

const CALLERS = ['nothing', 'wrong', 'expired', 'nobody', 'readonly', 'ci', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

/** Resources, actions and objects that a caller may; everything else is refused. Written by hand, not asked of the engine. */
const MAY: Readonly<Record<Caller, (permission: string, object: string) => boolean>> = {
  nothing: () => false,
  wrong: () => false,
  expired: () => false,
  nobody: () => false,
  readonly: (permission) => permission.endsWith(' get') && !permission.startsWith('audit'),
  // The role of a project, by a token.
  ci: (permission, object) =>
    object.startsWith('shop') &&
    ['applications get', 'applications sync', 'projects get', 'logs get'].includes(permission),
  admin: () => true,
};

const WRITE_TABLE = 'SEKISHO_WRITE_ENDPOINTS=1 npx vitest run apps/server/src/access/endpoints.test.ts';

const WEB = '/api/v1/applications/argocd/web';

const SET = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'new' },
  spec: { generators: [{ list: { elements: [] } }], template: { metadata: { name: 'a' }, spec: { project: 'shop' } } },
};

/** What to ask a route that needs more than an address; the object and action when the request decides about them. */
const SAMPLES: Readonly<
  Record<string, { url?: string; body?: unknown; object?: string; action?: string; may?: readonly Caller[] }>
> = {
  'POST /api/v1/applications': {
    body: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'new', namespace: 'argocd' },
      spec: { project: 'shop', source: { repoURL: 'embedded:config', path: '.' }, destination: { namespace: 'shop' } },
    },
  },
  'PATCH /api/v1/applications/:namespace/:name': { body: { metadata: { labels: { a: 'b' } } } },
  'POST /api/v1/applications/:namespace/:name/sync': { body: { dryRun: true } },
  'POST /api/v1/applications/:namespace/:name/actions': {
    body: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', action: 'restart' },
    action: 'action/apps/Deployment/restart',
  },
  'POST /api/v1/applications/:namespace/:name/rollback': { body: { id: 1, reason: 'test' } },
  'GET /api/v1/applications/:namespace/:name/resource': { url: `${WEB}/resource?kind=ConfigMap&name=x&namespace=shop` },
  'POST /api/v1/applicationsets': { body: SET, object: 'shop/new' },
  'POST /api/v1/applicationsets/generate': { body: SET, object: 'shop/new' },
  'POST /api/v1/projects': { body: { metadata: { name: 'new' }, spec: {} }, object: 'new' },
  'PUT /api/v1/projects/:name': { body: { metadata: { name: 'shop' }, spec: {} } },
  'POST /api/v1/repositories': { body: { url: 'embedded:new' }, object: 'embedded:new' },
  'PUT /api/v1/repositories/embedded/:name/protection': {
    url: '/api/v1/repositories/embedded/config/protection',
    body: { branches: [] },
    object: 'embedded:config',
  },
  'GET /git/*': { url: '/git/config.git/info/refs?service=git-upload-pack', object: 'embedded:config', action: 'get' },
  'POST /git/*': { url: '/git/config.git/git-receive-pack', object: 'embedded:config', action: 'update' },
  'GET /metrics': { object: '*/*' },
  'GET /api/v1/can-i': { url: '/api/v1/can-i?resource=applications&action=get&object=shop/web' },
  // Everybody looks after the own account; others need `accounts`.
  'GET /api/v1/accounts/:name': { url: '/api/v1/accounts/admin', may: ['readonly', 'admin'] },
  'GET /api/v1/accounts/:name/tokens': { url: '/api/v1/accounts/admin/tokens', may: ['readonly', 'admin'] },
  'POST /api/v1/accounts/:name/tokens': { url: '/api/v1/accounts/reader/tokens', body: {}, may: ['admin'] },
  'DELETE /api/v1/accounts/:name/tokens/:id': { url: '/api/v1/accounts/reader/tokens/none', may: ['admin'] },
  'POST /api/v1/accounts/:name/password': {
    url: '/api/v1/accounts/reader/password',
    body: { newPassword: 'correct horse battery' },
    may: ['admin'],
  },
};

/** For people: what the permission of a route doesn't say. */
const NOTES: Readonly<Record<string, string>> = {
  'GET /api/v1/applications': 'each with `applications, get` on it',
  'GET /api/v1/applicationsets': 'each with `applicationsets, get` on it',
  'GET /api/v1/overview': 'of applications with `applications, get`',
  'GET /api/v1/status': 'of applications with `applications, get`',
  'GET /api/v1/events': 'of applications with `applications, get`',
  'GET /api/v1/projects': 'each with `projects, get` on it',
  'GET /api/v1/repositories': 'each with `repositories, get` on it',
  'GET /api/v1/accounts': 'the own one, others with `accounts, get`',
  'GET /api/v1/accounts/:name': 'the own one, others with `accounts, get`',
  'GET /api/v1/accounts/:name/tokens': 'the own ones, others with `accounts, get`; of a project role `projects, get`',
  'POST /api/v1/accounts/:name/tokens':
    'the own ones by password, others with `accounts, update`; of a project role `projects, update`',
  'DELETE /api/v1/accounts/:name/tokens/:id':
    'the own ones by password, others with `accounts, update`; of a project role `projects, update`',
  'POST /api/v1/accounts/:name/password': 'the own one with the current password, others with `accounts, update`',
  'GET /api/v1/can-i': 'for others `accounts, get`',
  'GET /api/v1/violations': 'of applications with `applications, get`, others with `clusters, get`',
  'GET /api/v1/violations/groups': 'of applications with `applications, get`, others with `clusters, get`',
  'GET /api/v1/violations/history': 'of applications with `applications, get`, others with `clusters, get`',
  'GET /api/v1/objects/verdicts': 'of applications with `applications, get`, others with `clusters, get`',
  'GET /metrics': 'on all (`*/*`)',
  'GET /git/*': 'a push needs `update`',
  'POST /git/*': 'a push needs `update`',
  'POST /api/v1/session': 'limited by address and account',
  'GET /auth/oidc/callback': 'with the cookie of the browser that began',
};

const PROOFS: readonly (readonly [RegExp, string])[] = [
  [/^POST \/(?:hooks\/|api\/webhook)/, 'apps/server/src/http/hooks.test.ts'],
  [/ \/api\/v1\/(?:session|accounts|can-i)/, 'apps/server/src/access/access.test.ts'],
  [/ \/auth\//, 'apps/server/src/access/single-sign-on.test.ts'],
];

let server: AccessServer;
beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server?.close());

const nameOf = ({ method, path }: KnownRoute) => `${method.toUpperCase()} ${path}`;

function permissionOf(route: KnownRoute): string {
  if (typeof route.permission === 'string') return route.permission;
  const { resource, action } = route.permission;
  return `${resource} ${typeof action === 'string' ? action : (SAMPLES[nameOf(route)]?.action ?? '?')}`;
}

function objectOf(route: KnownRoute): string {
  return SAMPLES[nameOf(route)]?.object ?? (route.path.includes('/projects/') ? 'shop' : 'shop/web');
}

async function ask(route: KnownRoute, caller: Caller): Promise<number> {
  const sample = SAMPLES[nameOf(route)];
  const url =
    sample?.url ??
    route.path
      .replace(':namespace', 'argocd')
      .replace(':name', route.path.includes('/projects/') ? 'shop' : 'web')
      .replace('*', 'none');
  const stop = new AbortController();
  const response = await fetch(new URL(url, server.url), {
    method: route.method.toUpperCase(),
    headers: {
      ...server.headersOf(caller),
      ...(sample?.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(sample?.body === undefined ? {} : { body: JSON.stringify(sample.body) }),
    redirect: 'manual',
    signal: stop.signal,
  });
  // Streams of events have no end.
  stop.abort();
  return response.status;
}

function expected(route: KnownRoute, caller: Caller): 401 | 403 | 'answered' {
  const permission = permissionOf(route);
  if (permission === 'public') return 'answered';
  if (caller === 'nothing' || caller === 'wrong' || caller === 'expired') return 401;
  const may = SAMPLES[nameOf(route)]?.may;
  if (may !== undefined) return may.includes(caller) ? 'answered' : 403;
  return permission === 'signed-in' || MAY[caller](permission, objectOf(route)) ? 'answered' : 403;
}

describe('every route', () => {
  test.each(CALLERS)('answers as it should to: %s', async (caller) => {
    // What takes something away comes last, and the session of the caller at the very end.
    const routes = [...server.routes].sort((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'));
    const wrong: string[] = [];
    for (const route of routes) {
      const wanted = expected(route, caller);
      const status = await ask(route, caller);
      const isPublicSignIn = nameOf(route) === 'POST /api/v1/session' || route.path.startsWith('/auth/');
      const isProof = route.path.startsWith('/hooks/') || route.path === '/api/webhook';
      const got = !isPublicSignIn && !isProof && (status === 401 || status === 403) ? status : 'answered';
      if (got !== wanted) wrong.push(`${nameOf(route)}: ${status} instead of ${wanted}`);
      if (status >= 500 && status !== 503) wrong.push(`${nameOf(route)}: ${status}`);
    }
    const hint = 'Is the permission right? Otherwise give the route a sample (or `may`) in SAMPLES of this file.';
    expect(wrong, `${hint}\n${wrong.join('\n')}\n`).toEqual([]);
  });

  test('that decides by the request has a sample of it', () => {
    const unclear = server.routes.filter((route) => permissionOf(route).includes('?'));
    const names = unclear.map(nameOf);
    expect(names, `Give each an \`action\` in SAMPLES of this file: ${names.join(', ')}.`).toEqual([]);
  });
});

describe('the table of SECURITY.md', () => {
  const file = join(repositoryRoot(), 'SECURITY.md');
  const [start, end] = [`<!-- endpoints: written by ${WRITE_TABLE} -->`, '<!-- /endpoints -->'];

  test('has every route, who may call it, and the test that proves it', () => {
    const text = readFileSync(file, 'utf8');
    const table = endpointTable(server.routes);
    if (process.env['SEKISHO_WRITE_ENDPOINTS'] === '1') {
      const before = text.slice(0, text.indexOf(start));
      writeFileSync(file, `${before}${start}\n${table}\n${text.slice(text.indexOf(end))}`);
      return;
    }
    const written = text.slice(text.indexOf(start) + start.length, text.indexOf(end)).trim();
    const [is, should] = [written.split('\n'), table.split('\n')];
    const missing = should.filter((row) => !is.includes(row));
    const surplus = is.filter((row) => !should.includes(row));
    const what = [...missing.map((row) => `missing: ${row}`), ...surplus.map((row) => `no longer true: ${row}`)];
    expect(what, `Write the table anew, and look at what it says: ${WRITE_TABLE}\n${what.join('\n')}\n`).toEqual([]);
    expect(written).toBe(table);
  });
});

function endpointTable(routes: readonly KnownRoute[]): string {
  const rows = [...routes]
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1))
    .map((route) => `| \`${nameOf(route)}\` | ${whoMay(route)} | ${proofsOf(route)} |`);
  return ['| endpoint | who may call it | proved by |', '| --- | --- | --- |', ...rows].join('\n');
}

function whoMay(route: KnownRoute): string {
  const note = NOTES[nameOf(route)];
  const { permission, path } = route;
  const isHook = path.startsWith('/hooks/') || path === '/api/webhook';
  const who =
    permission === 'public'
      ? isHook
        ? "anybody; what it does needs the forge's signature"
        : 'anybody'
      : permission === 'signed-in'
        ? 'who is signed in'
        : `\`${permission.resource}, ${typeof permission.action === 'string' ? permission.action : (SAMPLES[nameOf(route)]?.action ?? '')}\``;
  return note === undefined ? who : `${who}: ${note}`;
}

function proofsOf(route: KnownRoute): string {
  const more = PROOFS.filter(([pattern]) => pattern.test(nameOf(route))).map(([, path]) => path);
  return ['apps/server/src/access/endpoints.test.ts', ...more]
    .map((path) => `[${path.split('/').at(-1)}](${path})`)
    .join(', ');
}
