import { randomUUID } from 'node:crypto';
import { projectOf } from '@sekisho/access';
import { type Clock, createLru, type Logger, messageOf, SekishoError } from '@sekisho/base';
import type { ApiToken, Credentials, Session } from '@sekisho/store';
import type { FastifyRequest } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import { type AccessControl, type Actor, credentialOf } from '../http/route.ts';
import { guardCredentials } from './guarded-credentials.ts';
import { createSecret, csrfOf, hashSecret, isSecretOf, sameSecret } from './secret-text.ts';
import { type Caller, createSessions, type Sessions, type SignedIn } from './sessions.ts';
import type { SettingsBook } from './settings-book.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { createSignInLimits, type SignInLimits } from './sign-in-limits.ts';

/** Sign-in, sessions, tokens and policies of a server. */
export interface Access extends AccessControl {
  readonly settings: SettingsBook;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly limits: SignInLimits;
  readonly credentials: Credentials;
  /** The decision in words, with the rule that it rests on. */
  explain(actor: Actor, resource: string, action: string, object: string): string;
  /** A token for one sign-in within a day, as the administrator: what `sekisho up` prints. */
  createStartToken(): string;
  /** Who a token belongs to: the server's own, an API token, or (once) a start token. */
  redeem(token: string, caller: Caller): Promise<SignedIn | undefined>;
  createToken(wish: NewToken): Promise<{ readonly token: string; readonly entry: ApiToken }>;
  deleteToken(account: string, id: string): Promise<boolean>;
  /** Whether somebody of this name may use tokens: an account with `apiKey`, or a role of a project. */
  canHaveTokens(account: string): boolean;
  close(): Promise<void>;
}

export interface NewToken {
  readonly account: string;
  readonly description: string;
  readonly scope: NonNullable<Actor['scope']>;
  readonly createdBy: string;
  /** ms since 1970; never when absent. */
  readonly expiresAt?: number;
}

export const SESSION_COOKIE = 'sekisho_session';
export const CSRF_HEADER = 'x-sekisho-csrf';

const START_TOKEN_MS = 24 * 60 * 60_000;
const SWEEP_MS = 10 * 60_000;
const USED_MS = 60_000;
const REMEMBER_MS = 5_000;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createAccess(options: {
  /** The machine's own credential: whoever can read it owns the data folder. */
  adminToken: string;
  credentials: Credentials;
  settings: SettingsBook;
  audit: Audit;
  clock: Clock;
  logger: Logger;
}): Access {
  const { adminToken, settings, clock, logger } = options;
  const credentials = guardCredentials(options.credentials, logger);
  const sessions = createSessions({ credentials, settings: () => settings.signIn, clock, logger });
  const limits = createSignInLimits(clock);
  const signIn = createSignIn({ credentials, settings, clock, logger });
  const startTokens = new Map<string, number>();
  const tokens = createLru<string, { readonly token: ApiToken; readonly at: number }>({ maxWeight: 5_000 });
  /** One object per session or token and address: what policies find out about it is kept with it. */
  const actors = createLru<string, Actor>({ maxWeight: 5_000 });

  const stopSweeping = every(clock, SWEEP_MS, () => {
    for (const [hash, expiresAt] of startTokens) if (expiresAt <= clock.now()) startTokens.delete(hash);
    sessions.sweep().catch((error) => logger.warn({ error: messageOf(error) }, 'expired sessions stay for now'));
  });

  function actorFor(who: SignedIn, address: string): Actor {
    const actor: Actor = {
      user: who.user,
      groups: who.groups,
      method: who.method,
      address,
      ...(who.tokenId === undefined ? {} : { tokenId: who.tokenId }),
      ...(who.scope === undefined || Object.keys(who.scope).length === 0 ? {} : { scope: who.scope }),
    };
    const key = JSON.stringify(actor);
    const known = actors.get(key);
    if (known === undefined) actors.set(key, actor);
    return known ?? actor;
  }

  async function tokenOf(secret: string): Promise<ApiToken | undefined> {
    const hash = hashSecret(secret);
    const known = tokens.get(hash);
    if (known !== undefined && clock.now() - known.at < REMEMBER_MS) return known.token;
    const token = await credentials.tokenByHash(hash);
    if (token === undefined) tokens.delete(hash);
    else tokens.set(hash, { token, at: clock.now() });
    return token;
  }

  function noteUse(hash: string, token: ApiToken, address: string): void {
    const now = clock.now();
    if (token.lastUsedAt !== undefined && now - Date.parse(token.lastUsedAt) < USED_MS) return;
    const at = new Date(now).toISOString();
    tokens.set(hash, { token: { ...token, lastUsedAt: at }, at: now });
    credentials
      .tokenUsed(token.id, at, address)
      .catch((error) => logger.warn({ error: messageOf(error) }, 'the use of a token could not be noted'));
  }

  /** @throws SekishoError TOKEN_EXPIRED */
  async function ofApiToken(secret: string, address: string): Promise<SignedIn | undefined> {
    const token = await tokenOf(secret);
    if (token === undefined || !canHaveTokens(token.account)) return undefined;
    const expiresAt = token.expiresAt === undefined ? undefined : Date.parse(token.expiresAt);
    if (expiresAt !== undefined && expiresAt <= clock.now()) {
      throw new SekishoError('TOKEN_EXPIRED', `The token expired at ${token.expiresAt}.`, {
        hint: `Make a new one: sekisho account generate-token --account ${token.account}`,
        details: { status: 401 },
      });
    }
    noteUse(hashSecret(secret), token, address);
    return {
      user: token.account,
      groups: [],
      method: 'token',
      tokenId: token.id,
      scope: token.scope,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  function canHaveTokens(account: string): boolean {
    if (settings.policies.projectRoles.has(account)) return true;
    const local = settings.signIn.accounts.get(account);
    return local?.enabled === true && local.capabilities.includes('apiKey');
  }

  /** A session whose account, provider or directory was taken away in the meantime is nobody's. */
  function isStillSomebody({ method, user }: Session): boolean {
    if (method === 'token') return canHaveTokens(user);
    if (method === 'oidc') return settings.signIn.oidc !== undefined;
    if (method === 'ldap') return settings.signIn.ldap !== undefined;
    if (method !== 'password') return true;
    const local = settings.signIn.accounts.get(user);
    return local?.enabled === true && local.capabilities.includes('login');
  }

  async function ofSession(secret: string, caller: Caller): Promise<Actor | undefined> {
    const session = await sessions.find(secret, caller);
    if (session === undefined || !isStillSomebody(session)) return undefined;
    const { user, groups, tokenId, scope } = session;
    const method = session.method as Actor['method'];
    return actorFor({ user, groups, method, scope, ...(tokenId === undefined ? {} : { tokenId }) }, caller.address);
  }

  return {
    settings,
    sessions,
    signIn,
    limits,
    credentials,
    canHaveTokens,
    async authenticate(request) {
      const caller = callerOf(request);
      const shown = credentialOf(request);
      if (request.headers.authorization !== undefined) {
        if (shown === undefined || shown === '') return undefined;
        if (sameSecret(shown, adminToken)) return actorFor(ADMINISTRATOR, caller.address);
        if (isSecretOf('session', shown)) return ofSession(shown, caller);
        const who = isSecretOf('token', shown) ? await ofApiToken(shown, caller.address) : undefined;
        return who === undefined ? undefined : actorFor(who, caller.address);
      }
      const cookie = sessionCookieOf(request);
      if (cookie === undefined) return undefined;
      const actor = await ofSession(cookie, caller);
      if (actor !== undefined && !SAFE_METHODS.has(request.method)) requireCsrf(request, cookie);
      return actor;
    },
    authorize(actor, resource, action, object) {
      if (actor.method === 'start-token' || actor.method === 'controller') return true;
      const { enforcer } = settings.policies;
      const { project, role } = actor.scope ?? {};
      if (project !== undefined && projectOf(resource, object) !== project) return false;
      if (role !== undefined && !enforcer.roleAllows(role, resource, action, object)) return false;
      return enforcer.allows(actor, resource, action, object);
    },
    explain(actor, resource, action, object) {
      if (actor.method === 'start-token') return `${actor.user} holds the server's own token, and may do everything.`;
      const { project, role } = actor.scope ?? {};
      if (project !== undefined && projectOf(resource, object) !== project) {
        return `${actor.user} may not: the token works for the project ${project} alone.`;
      }
      const { enforcer } = settings.policies;
      if (role !== undefined && !enforcer.roleAllows(role, resource, action, object)) {
        return `${actor.user} may not: the token may do no more than ${role}.`;
      }
      return enforcer.explain(actor, resource, action, object);
    },
    createStartToken() {
      const token = createSecret('start');
      startTokens.set(hashSecret(token), clock.now() + START_TOKEN_MS);
      return token;
    },
    async redeem(token, caller) {
      if (sameSecret(token, adminToken)) return ADMINISTRATOR;
      if (isSecretOf('token', token)) return ofApiToken(token, caller.address);
      if (!isSecretOf('start', token)) return undefined;
      const hash = hashSecret(token);
      const expiresAt = startTokens.get(hash);
      // Gone before anything else happens: two that come at once can't both have it.
      startTokens.delete(hash);
      return expiresAt !== undefined && expiresAt > clock.now() ? ADMINISTRATOR : undefined;
    },
    async createToken({ account, description, scope, createdBy, expiresAt }) {
      const token = createSecret('token');
      const entry: ApiToken = {
        id: randomUUID(),
        account,
        description,
        scope,
        createdBy,
        createdAt: new Date(clock.now()).toISOString(),
        ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
      };
      await credentials.addToken(entry, hashSecret(token));
      return { token, entry };
    },
    async deleteToken(account, id) {
      const isDeleted = await credentials.deleteToken(account, id);
      tokens.clear();
      sessions.forget();
      return isDeleted;
    },
    async close() {
      stopSweeping();
    },
  };
}

/** Who reads client.json or the terminal of `sekisho up`: the machine's owner. No policy can lock it out. */
const ADMINISTRATOR: SignedIn = { user: 'admin', groups: [], method: 'start-token' };

export function callerOf(request: FastifyRequest): Caller {
  return { address: request.ip, agent: request.headers['user-agent'] ?? '' };
}

/** Read here, not by a plugin: authentication comes before every plugin's hooks. */
export function sessionCookieOf(request: FastifyRequest): string | undefined {
  const header = request.headers.cookie ?? '';
  for (const part of header.split(';')) {
    const [name, value = ''] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE && isSecretOf('session', value)) return value;
  }
  return undefined;
}

/** @throws SekishoError CSRF_MISSING */
function requireCsrf(request: FastifyRequest, session: string): void {
  const given = request.headers[CSRF_HEADER];
  if (typeof given === 'string' && sameSecret(given, csrfOf(session))) return;
  throw new SekishoError('CSRF_MISSING', `A change by a browser needs the header ${CSRF_HEADER}.`, {
    hint: 'GET /api/v1/session says its value. Programs use a token instead of a cookie.',
    details: { status: 403 },
  });
}

function every(clock: Clock, ms: number, run: () => void): () => void {
  let stop = clock.after(ms, again);
  function again() {
    run();
    stop = clock.after(ms, again);
  }
  return () => stop();
}
