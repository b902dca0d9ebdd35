import cookie from '@fastify/cookie';
import { ACTIONS } from '@sekisho/access';
import { isSekishoError, SekishoError } from '@sekisho/base';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, callerOf, SESSION_COOKIE, sessionCookieOf } from '../access/access.ts';
import { csrfOf } from '../access/secret-text.ts';
import type { SignedIn } from '../access/sessions.ts';
import { isProviderFault } from '../access/sign-in.ts';
import type { SingleSignOn } from '../access/single-sign-on.ts';
import type { Audit } from '../audit/audit.ts';
import { read } from './applications.ts';
import { limitRequests, refuseOtherSites } from './protection.ts';
import { type Actor, credentialOf, type RouteDocumentation } from './route.ts';
import type { Routes } from './server.ts';

const short = z.string().min(1).max(1024);
const signIn = z
  .union([
    z.object({ username: short, password: z.string().max(4096), provider: short.optional() }),
    z.object({ token: short }),
    z.object({ code: short, verifier: short }),
  ])
  .and(z.object({ bearer: z.boolean().default(false) }));
const provider = z.object({
  type: z.enum(['token', 'password', 'oidc', 'ldap']),
  name: z.string(),
  url: z.string().exactOptional(),
});
const session = z
  .object({
    user: z.string(),
    groups: z.array(z.string()),
    method: z.string(),
    csrf: z.string().exactOptional().meta({ description: 'Goes with every change, in the header x-sekisho-csrf.' }),
    expiresAt: z.string().exactOptional(),
    can: z
      .record(z.string(), z.boolean())
      .meta({ description: 'By `<resource>/<action>`, whether it is allowed anywhere.' }),
    token: z.string().exactOptional().meta({ description: 'Shown once, when a bearer was asked for.' }),
  })
  .meta({ id: 'Session' });

const SIGN_INS_PER_MINUTE = 60;
const OIDC_LOGIN = '/auth/oidc/login';
const OIDC_CALLBACK = '/auth/oidc/callback';
const PENDING_COOKIE = 'sekisho_sign_in';

/** Signing in and out, and who is signed in. */
export function sessionRoutes(options: {
  access: Access;
  sso: SingleSignOn;
  audit: Audit;
  ownUrl: () => string;
}): Routes {
  const { access, sso, audit, ownUrl } = options;
  const publicUrl = () => access.settings.signIn.url ?? ownUrl();
  const isHttps = (request: FastifyRequest) => request.protocol === 'https' || publicUrl().startsWith('https:');
  const everybody = (summary: string, more: Partial<RouteDocumentation> = {}) =>
    ({ permission: 'public', api: { summary, tag: 'session', ...more } }) as const;

  function describe(actor: Actor, more: { expiresAt?: string; secret?: string }) {
    return {
      user: actor.user,
      groups: actor.groups,
      method: actor.method,
      ...(more.secret === undefined ? {} : { csrf: csrfOf(more.secret) }),
      ...(more.expiresAt === undefined ? {} : { expiresAt: more.expiresAt }),
      can: whatCan(access, actor),
    };
  }

  async function begin(request: FastifyRequest, reply: FastifyReply, who: SignedIn, bearer: boolean) {
    const { secret, session: made } = await access.sessions.create(who, callerOf(request));
    const actor = { ...who, address: request.ip } as Actor;
    audit.record({
      actor,
      action: 'session.create',
      object: { type: 'session', name: who.user },
      outcome: 'succeeded',
    });
    const answer = describe(actor, { expiresAt: made.expiresAt, ...(bearer ? {} : { secret }) });
    if (bearer) return { ...answer, token: secret };
    reply.setCookie(SESSION_COOKIE, secret, {
      httpOnly: true,
      sameSite: 'strict',
      secure: isHttps(request),
      path: '/',
      expires: new Date(made.expiresAt),
    });
    return answer;
  }

  /** What was typed as a name may be a password by mistake, and the audit log keeps it for ever. */
  function nameForAudit(typed: string | undefined): string {
    const { accounts, ldap } = access.settings.signIn;
    if (typed === undefined) return 'unknown';
    return accounts.has(typed) || (ldap !== undefined && /^[\w.@+-]{1,64}$/.test(typed)) ? typed : 'unknown';
  }

  function refuse(request: FastifyRequest, user: string, method: Actor['method']): SekishoError {
    const actor: Actor = { user, groups: [], method, address: request.ip };
    audit.record({ actor, action: 'session.create', object: { type: 'session', name: user }, outcome: 'denied' });
    return new SekishoError('SIGN_IN_FAILED', 'User name, password or token is wrong.', {
      hint: 'A start token is good for one sign-in. Local accounts are declared in argocd-cm, passwords are set with `sekisho account update-password`.',
      details: { status: 401 },
    });
  }

  return (api) => {
    api.register(async (routes) => {
      await routes.register(cookie);
      routes.get(
        '/api/v1/session',
        {
          config: { permission: 'signed-in', api: { summary: 'Who is signed in', tag: 'session', response: session } },
        },
        async (request) => {
          const secret = sessionSecretOf(request);
          const found = secret === undefined ? undefined : await access.sessions.find(secret, callerOf(request));
          return describe(request.actor, {
            ...(found === undefined ? {} : { expiresAt: found.expiresAt }),
            ...(sessionCookieOf(request) === undefined || secret === undefined ? {} : { secret }),
          });
        },
      );
      routes.delete(
        '/api/v1/session',
        { config: { permission: 'signed-in', api: { summary: 'Sign out', tag: 'session', status: 204 } } },
        async (request, reply) => {
          const secret = sessionSecretOf(request);
          if (secret !== undefined) await access.sessions.end(secret);
          audit.record({
            actor: request.actor,
            action: 'session.delete',
            object: { type: 'session', name: request.actor.user },
            outcome: 'succeeded',
          });
          reply.clearCookie(SESSION_COOKIE, { path: '/' });
          return reply.code(204).send();
        },
      );
      routes.get(
        '/api/v1/session/providers',
        {
          config: {
            ...everybody('The ways to sign in'),
            api: { summary: 'The ways to sign in', tag: 'session', response: z.array(provider) },
          },
        },
        () => {
          const oidc = access.signIn.oidc();
          const ldap = access.signIn.ldapName();
          return [
            ...(oidc === undefined ? [] : [{ type: 'oidc', name: oidc.name, url: OIDC_LOGIN }]),
            ...(ldap === undefined ? [] : [{ type: 'ldap', name: ldap }]),
            { type: 'password', name: 'Local account' },
            { type: 'token', name: 'Token' },
          ];
        },
      );
    });
    api.register(async (routes) => {
      await routes.register(cookie);
      await limitRequests(routes, SIGN_INS_PER_MINUTE);
      routes.post(
        '/api/v1/session',
        {
          config: {
            permission: 'public',
            api: { summary: 'Sign in', tag: 'session', body: signIn, response: session },
          },
        },
        async (request, reply) => {
          refuseOtherSites(request);
          const wish = read(signIn, request.body);
          const account = 'username' in wish ? wish.username : undefined;
          access.limits.check(request.ip, account);
          const { who, method } = await prove(request, wish);
          if (who === undefined) {
            access.limits.failed(request.ip, account);
            throw refuse(request, nameForAudit(account), method);
          }
          access.limits.succeeded(request.ip, account);
          return begin(request, reply, who, wish.bearer);
        },
      );

      routes.get(
        OIDC_LOGIN,
        { config: everybody('Send the browser to the identity provider', { status: 302 }) },
        async (request, reply) => {
          const { url, id } = await sso.begin({
            redirectUri: new URL(OIDC_CALLBACK, publicUrl()).href,
            ...readReturn(request.query),
          });
          // Lax: the way back comes from the provider's site.
          reply.setCookie(PENDING_COOKIE, id, {
            httpOnly: true,
            sameSite: 'lax',
            secure: isHttps(request),
            path: '/auth/',
            maxAge: 600,
          });
          return reply.header('cache-control', 'no-store').redirect(url);
        },
      );
      routes.get(
        OIDC_CALLBACK,
        { config: everybody('The way back from the identity provider', { produces: 'text/html' }) },
        async (request, reply) => {
          access.limits.check(request.ip);
          reply.header('cache-control', 'no-store').clearCookie(PENDING_COOKIE, { path: '/auth/' });
          try {
            const found = await sso.finish(request.cookies[PENDING_COOKIE], new URL(request.url, publicUrl()));
            if (found.program !== undefined) return reply.redirect(found.program);
            await begin(request, reply, found.who, false);
            return reply.type('text/html; charset=utf-8').send(onward(found.returnTo));
          } catch (error) {
            if (!isSekishoError(error)) throw error;
            if (!isProviderFault(error)) access.limits.failed(request.ip);
            const status = typeof error.details['status'] === 'number' ? error.details['status'] : 500;
            return reply.code(status).type('text/html; charset=utf-8').send(failure(error));
          }
        },
      );
    });

    async function prove(
      request: FastifyRequest,
      wish: z.infer<typeof signIn>,
    ): Promise<{ who: SignedIn | undefined; method: Actor['method'] }> {
      if ('token' in wish) return { who: await access.redeem(wish.token, callerOf(request)), method: 'token' };
      if ('code' in wish) return { who: sso.redeem(wish.code, wish.verifier), method: 'oidc' };
      const { username, password, provider: name } = wish;
      const options = name === undefined ? {} : { provider: name };
      return { who: await access.signIn.withPassword(username, password, options), method: 'password' };
    }
  };
}

/** Of the cookie, or of the bearer that a program signed in with. */
function sessionSecretOf(request: FastifyRequest): string | undefined {
  if (request.headers.authorization === undefined) return sessionCookieOf(request);
  const shown = credentialOf(request);
  return shown?.startsWith('sks_') === true ? shown : undefined;
}

function whatCan(access: Access, actor: Actor): Record<string, boolean> {
  const { enforcer } = access.settings.policies;
  const all = actor.method === 'start-token';
  const can: Record<string, boolean> = {};
  for (const [resource, actions] of Object.entries(ACTIONS)) {
    for (const action of actions) {
      if (!action.includes('*')) can[`${resource}/${action}`] = all || enforcer.mightAllow(actor, resource, action);
    }
  }
  return can;
}

/** Where to go after the sign-in: a page of this server, or a program on the user's machine that waits on a port. */
function readReturn(query: unknown): {
  returnTo: string;
  program?: { port: number; challenge: string; state: string };
} {
  const { return: path, port, challenge, state } = read(returnQuery, query);
  const returnTo = path !== undefined && /^\/(?![/\\])/.test(path) ? path : '/';
  if (port === undefined || challenge === undefined) return { returnTo };
  return { returnTo, program: { port, challenge, state: state ?? '' } };
}

const returnQuery = z.object({
  return: z.string().max(2048).optional(),
  port: z.coerce.number().int().min(1024).max(65_535).optional(),
  challenge: z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional(),
  state: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .optional(),
});

/** A page of ours leads on: a redirect would still count as coming from the provider, and the cookie would stay behind. */
function onward(path: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title>
<meta http-equiv="refresh" content="0;url=${escapeHtml(path)}"><p><a href="${escapeHtml(path)}">Go on</a></p></html>\n`;
}

function failure(error: SekishoError): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not signed in</title>
<h1>Not signed in</h1><p>${escapeHtml(error.message)} (${escapeHtml(error.code)})</p><p>${escapeHtml(error.hint ?? '')}</p>
<p><a href="/">Try again</a></p></html>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
