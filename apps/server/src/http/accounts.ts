import { ACTIONS, isKnown, parseProjectRoleName } from '@sekisho/access';
import { formatDiagnostic, SekishoError } from '@sekisho/base';
import type { ApiToken } from '@sekisho/store';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, sessionCookieOf } from '../access/access.ts';
import type { Audit } from '../audit/audit.ts';
import { read } from './applications.ts';
import { type Actor, credentialOf, requirePermission } from './route.ts';
import type { Routes } from './server.ts';

const name = z.string().min(1).max(256);
const params = z.object({ name });
const tokenParams = z.object({ name, id: z.string().min(1).max(64) });
const newPassword = z.object({ currentPassword: z.string().max(4096).optional(), newPassword: z.string().max(4096) });
const newToken = z.object({
  /** What it is for. `id` is Argo CD's word. */
  description: z.string().max(256).optional(),
  id: z.string().max(256).optional(),
  expiresIn: z
    .string()
    .regex(/^(?:0|never|\d{1,6}[smhd])$/)
    .default('90d')
    .meta({ description: '30d, 12h, 90m; `never` or `0` for a token without an end. Default 90d.' }),
  project: name.optional().meta({ description: 'The token works for objects of this project alone.' }),
  role: name.optional().meta({ description: 'The token may do no more than this role: role:readonly, proj:shop:ci.' }),
});
const question = z.object({
  resource: z.string().max(64),
  action: z.string().max(256),
  object: z.string().max(512).default('*'),
  account: name.optional(),
});

const token = z
  .object({
    id: z.string(),
    account: z.string(),
    description: z.string(),
    scope: z.object({ project: z.string().exactOptional(), role: z.string().exactOptional() }),
    createdBy: z.string(),
    createdAt: z.string(),
    expiresAt: z.string().exactOptional(),
    lastUsedAt: z.string().exactOptional(),
    lastUsedFrom: z.string().exactOptional(),
  })
  .meta({ id: 'ApiToken' });
const account = z
  .object({
    name: z.string(),
    enabled: z.boolean(),
    capabilities: z.array(z.string()),
    hasPassword: z.boolean(),
    tokens: z.array(token),
  })
  .meta({ id: 'Account' });

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Local accounts, passwords and tokens, and the question what somebody may do. Everybody may look after the own account, as
 * in Argo CD; with a token only who has `accounts, update`.
 */
export function accountRoutes(options: { access: Access; audit: Audit; now: () => number }): Routes {
  const { access, audit, now } = options;
  const signedIn = (summary: string, more: object = {}) =>
    ({ config: { permission: 'signed-in', api: { summary, tag: 'accounts', ...more } } }) as const;

  const isOwn = (actor: Actor, who: string) =>
    actor.user === who && (actor.method === 'password' || actor.method === 'start-token');

  /** @throws SekishoError FORBIDDEN */
  function require(actor: Actor, action: 'get' | 'update', who: string): void {
    if (isOwn(actor, who) || (action === 'get' && actor.user === who)) return;
    const role = parseProjectRoleName(who);
    try {
      if (role === undefined) requirePermission(access, actor, 'accounts', action, who);
      else requirePermission(access, actor, 'projects', action, role.project);
    } catch (error) {
      if (action === 'update') record(actor, 'account.update', who, 'denied');
      throw error;
    }
  }

  function record(actor: Actor, action: string, who: string, outcome: 'succeeded' | 'denied', details?: object): void {
    audit.record({
      actor,
      action,
      object: { type: 'account', name: who },
      outcome,
      ...(details === undefined ? {} : { details: { ...details } }),
    });
  }

  /** @throws SekishoError ACCOUNT_UNKNOWN */
  function localAccount(who: string) {
    const found = access.settings.signIn.accounts.get(who);
    if (found !== undefined) return found;
    throw new SekishoError('ACCOUNT_UNKNOWN', `There is no local account "${who}".`, {
      hint: `Declare it in the ConfigMap argocd-cm of the namespace argocd, under data: accounts.${who}: login, apiKey`,
      details: { status: 404 },
    });
  }

  async function describe(who: string) {
    const { enabled, capabilities } = localAccount(who);
    const [hasPassword, tokens] = await Promise.all([access.signIn.hasPassword(who), access.credentials.tokens(who)]);
    return { name: who, enabled, capabilities, hasPassword, tokens };
  }

  return (api) => {
    api.get(
      '/api/v1/accounts',
      signedIn('The local accounts that the caller may see', { response: z.object({ items: z.array(account) }) }),
      async ({ actor }) => {
        const names = [...access.settings.signIn.accounts.keys()].filter(
          (who) => who === actor.user || access.authorize(actor, 'accounts', 'get', who),
        );
        return { items: await Promise.all(names.map(describe)) };
      },
    );
    api.get('/api/v1/accounts/:name', signedIn('One local account', { response: account }), async (request) => {
      const { name: who } = read(params, request.params);
      require(request.actor, 'get', who);
      return describe(who);
    });
    api.post(
      '/api/v1/accounts/:name/password',
      signedIn('Set a password; ends the other sessions of the account', { body: newPassword, status: 204 }),
      async (request, reply) => {
        const { name: who } = read(params, request.params);
        const { actor } = request;
        require(actor, 'update', who);
        const wish = read(newPassword, request.body);
        localAccount(who);
        await proveOwnPassword(request, who, wish.currentPassword);
        await access.signIn.setPassword(who, wish.newPassword);
        const own = actor.user === who ? sessionOf(request) : undefined;
        await access.sessions.endAllOf(who, own === undefined ? {} : { except: own });
        record(actor, 'account.update-password', who, 'succeeded');
        return reply.code(204).send();
      },
    );
    api.get(
      '/api/v1/accounts/:name/tokens',
      signedIn('Tokens of an account or of a role of a project (`proj:shop:ci`)', {
        response: z.object({ items: z.array(token) }),
      }),
      async (request) => {
        const { name: who } = read(params, request.params);
        require(request.actor, 'get', who);
        return { items: await access.credentials.tokens(who) };
      },
    );
    api.post(
      '/api/v1/accounts/:name/tokens',
      signedIn('Make a token; it is shown this once', {
        body: newToken,
        status: 201,
        response: token.extend({ token: z.string() }).meta({ id: 'NewApiToken' }),
      }),
      async (request, reply) => {
        const { name: who } = read(params, request.params);
        const { actor } = request;
        require(actor, 'update', who);
        const wish = read(newToken, request.body ?? {});
        if (!access.canHaveTokens(who)) {
          throw new SekishoError('ACCOUNT_WITHOUT_TOKENS', `"${who}" can't have tokens.`, {
            hint: `Give it the capability in the ConfigMap argocd-cm: accounts.${who}: apiKey`,
            details: { status: 422 },
          });
        }
        requireNoWider(actor, wish);
        const { token: secret, entry } = await access.createToken({
          account: who,
          description: wish.description ?? wish.id ?? '',
          scope: {
            ...(wish.project === undefined ? {} : { project: wish.project }),
            ...(wish.role === undefined ? {} : { role: wish.role }),
          },
          createdBy: actor.user,
          ...expiry(wish.expiresIn, now()),
        });
        record(actor, 'account.create-token', who, 'succeeded', describeToken(entry));
        reply.code(201).header('cache-control', 'no-store');
        return { ...entry, token: secret };
      },
    );
    api.delete(
      '/api/v1/accounts/:name/tokens/:id',
      signedIn('Delete a token; what signed in with it is signed out', { status: 204 }),
      async (request, reply) => {
        const { name: who, id } = read(tokenParams, request.params);
        require(request.actor, 'update', who);
        if (!(await access.deleteToken(who, id))) {
          throw new SekishoError('TOKEN_UNKNOWN', `"${who}" has no token ${id}.`, { details: { status: 404 } });
        }
        record(request.actor, 'account.delete-token', who, 'succeeded', { id });
        return reply.code(204).send();
      },
    );
    api.get(
      '/api/v1/can-i',
      signedIn('Whether the caller (or an account) may do something, and why', {
        query: question,
        response: z.object({
          allowed: z.boolean(),
          reason: z.string(),
          faults: z
            .array(z.string())
            .exactOptional()
            .meta({ description: 'Of the policies and settings, for those who may read accounts.' }),
        }),
      }),
      async (request) => {
        const { resource, action, object, account: who } = read(question, request.query);
        requireKnown(resource, action);
        const { actor } = request;
        if (who !== undefined && who !== actor.user) require(actor, 'get', who);
        const subject: Actor =
          who === undefined || who === actor.user ? actor : { user: who, groups: [], method: 'password' };
        const faults = access.authorize(actor, 'accounts', 'get', '*') ? access.settings.diagnostics : [];
        return {
          allowed: access.authorize(subject, resource as never, action, object),
          reason: access.explain(subject, resource, action, object),
          ...(faults.length === 0 ? {} : { faults: faults.map(formatDiagnostic) }),
        };
      },
    );
  };

  /** Who holds a session only for a moment must not be able to keep the account. */
  async function proveOwnPassword(request: FastifyRequest, who: string, current: string | undefined): Promise<void> {
    const { actor } = request;
    if (actor.method === 'start-token' || actor.user !== who || !(await access.signIn.hasPassword(who))) return;
    access.limits.check(request.ip, who);
    if (current !== undefined && (await access.signIn.isPasswordOf(who, current))) return;
    access.limits.failed(request.ip, who);
    throw new SekishoError('SIGN_IN_FAILED', 'The current password is missing or wrong.', { details: { status: 403 } });
  }

  /** A limited token makes no wider ones. */
  function requireNoWider(
    { scope = {} }: Actor,
    wish: { project?: string | undefined; role?: string | undefined },
  ): void {
    const isWider =
      (scope.project !== undefined && wish.project !== scope.project) ||
      (scope.role !== undefined && wish.role !== scope.role);
    if (!isWider) return;
    throw new SekishoError('FORBIDDEN', 'A limited token can only make tokens with the same limits.', {
      details: { status: 403 },
    });
  }
}

/** A misspelt question would be answered with no, which is not what is wrong. */
function requireKnown(resource: string, action: string): void {
  const known = isKnown(resource, action);
  if (known.resource && known.action) return;
  const actions = (ACTIONS[resource] ?? []).join(', ');
  const [what, hint] = known.resource
    ? [`There is no action "${action}" of ${resource}.`, `There are ${actions}.`]
    : [`There is no resource "${resource}".`, `There are ${Object.keys(ACTIONS).join(', ')}.`];
  throw new SekishoError('REQUEST_INVALID', what, { hint, details: { status: 400 } });
}

function describeToken({ id, description, scope, expiresAt }: ApiToken): object {
  return { id, description, scope, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

function expiry(text: string, now: number): { expiresAt?: number } {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) return {};
  return { expiresAt: now + Number(count) * (UNIT_MS[unit] ?? 0) };
}

function sessionOf(request: FastifyRequest): string | undefined {
  return request.headers.authorization === undefined ? sessionCookieOf(request) : credentialOf(request);
}
