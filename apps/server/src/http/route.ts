import { timingSafeEqual } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** Who asks. `user` and `groups` are what policies match. */
export interface Actor {
  /** 'admin', a local account's name, or what the provider calls the user. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly method: 'start-token' | 'token' | 'password' | 'oidc' | 'ldap' | 'webhook' | 'controller';
  /** Remote address, when the request came over the network. */
  readonly address?: string;
  readonly tokenId?: string;
  /** What the token may do at most, of all that its account may. */
  readonly scope?: { readonly project?: string; readonly role?: string };
}

/** What rules speak of: Argo CD's resources, and ours. */
export type Resource =
  | 'applications'
  | 'applicationsets'
  | 'projects'
  | 'repositories'
  | 'clusters'
  | 'accounts'
  | 'certificates'
  | 'gpgkeys'
  | 'logs'
  | 'audit'
  | 'notifications'
  | 'policies'
  | 'waivers';

/** An action on an object that policies must allow. */
export interface PermissionOnObject {
  readonly resource: Resource;
  readonly action: string | ((request: FastifyRequest) => string);
  /** The object as policies name it: `<project>/<name>` for an Application, see {@link objectOfApplication}. */
  readonly object: (request: FastifyRequest) => string | Promise<string>;
}

/**
 * Who may call a route: anybody, everybody with a name, or those whom a policy allows the action on the object. Objects
 * are asked for after the body has been read.
 */
export type Permission = 'public' | 'signed-in' | PermissionOnObject;

/** The two questions that the HTTP frame asks of sign-in and policies. */
export interface AccessControl {
  /** Undefined when the request carries no valid proof of who asks. */
  authenticate(request: FastifyRequest): Promise<Actor | undefined>;
  authorize(actor: Actor, resource: Resource, action: string, object: string): boolean;
}

/** A route in the OpenAPI document; its schemas are those that it reads its request with. */
export interface RouteDocumentation {
  readonly summary: string;
  readonly description?: string;
  /** Groups routes: 'applications', 'projects', 'audit' … */
  readonly tag: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Media type of a body that is no JSON. */
  readonly consumes?: string;
  /** Of the good answer. */
  readonly response?: z.ZodType;
  /** Default 200. */
  readonly status?: number;
  /** Media type of the good answer, default application/json. */
  readonly produces?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route declares one; the server does not start otherwise. */
    permission?: Permission;
    /** What the OpenAPI document says of the route. */
    api?: RouteDocumentation;
  }
  interface FastifyRequest {
    /** Who asks; reading it in a route that is `public` is an error of the route. */
    actor: Actor;
  }
}

/** Actions that only look: a refusal of anything else is worth an entry in the audit log. */
const READING = new Set(['get', 'list']);

/** Puts sign-in and permissions before every route of this instance. Must be called before routes are added. */
export function guardRoutes(
  api: FastifyInstance,
  options: {
    access: AccessControl;
    /** Told of each refused request that would have changed something. */
    onDenied?: (actor: Actor, resource: Resource, action: string, object: string) => void;
  },
): void {
  const { access, onDenied = () => {} } = options;
  const actors = new WeakMap<FastifyRequest, Actor>();
  api.decorateRequest('actor', {
    getter(this: FastifyRequest): Actor {
      const actor = actors.get(this);
      if (actor === undefined) throw new Error(`nobody is signed in at ${this.routeOptions.url ?? 'this address'}`);
      return actor;
    },
  });
  api.addHook('onRoute', (route) => {
    if (route.config?.permission !== undefined) return;
    throw new Error(`The route ${String(route.method)} ${route.url} declares no permission.`);
  });
  // Before the body is read: strangers can't make the server parse anything.
  api.addHook('onRequest', async (request, reply) => {
    const permission = request.routeOptions.config.permission;
    if (permission === undefined || permission === 'public') return;
    const actor = await access.authenticate(request);
    if (actor === undefined) {
      // Git asks for a password only when told to; a browser would open its own window over the sign-in page.
      const scheme = request.url.startsWith('/git/') ? 'Basic' : 'Bearer';
      reply.header('www-authenticate', `${scheme} realm="Sekisho", charset="UTF-8"`);
      throw new SekishoError('UNAUTHORIZED', 'The token is missing or wrong.', {
        hint: 'Sign in at the console or with `sekisho login`. The token of the machine itself is in client.json of the data folder.',
        details: { status: 401 },
      });
    }
    actors.set(request, actor);
  });
  api.addHook('preHandler', async (request) => {
    const permission = request.routeOptions.config.permission;
    if (typeof permission !== 'object') return;
    const action = typeof permission.action === 'string' ? permission.action : permission.action(request);
    const object = await permission.object(request);
    try {
      requirePermission(access, request.actor, permission.resource, action, object);
    } catch (error) {
      if (!READING.has(action)) onDenied(request.actor, permission.resource, action, object);
      throw error;
    }
  });
}

/**
 * For what a route finds out only while it works, such as the project that an Application moves to.
 *
 * @throws SekishoError FORBIDDEN
 */
export function requirePermission(
  access: AccessControl,
  actor: Actor,
  resource: Resource,
  action: string,
  object: string,
): void {
  if (access.authorize(actor, resource, action, object)) return;
  throw new SekishoError(
    'FORBIDDEN',
    `User ${actor.user} may not ${action} ${resource}${object === '*' ? '' : ` in ${object}`}.`,
    {
      hint: 'Roles are given in the AppProject and in the policy of argocd-rbac-cm; `sekisho account can-i` explains them.',
      details: { status: 403 },
    },
  );
}

/** How policies name an Application; one outside the control namespace has its namespace in between. */
export function objectOfApplication(
  app: { readonly project: string; readonly namespace: string; readonly name: string },
  controlNamespace: string,
): string {
  const { project, namespace, name } = app;
  return namespace === controlNamespace ? `${project}/${name}` : `${project}/${namespace}/${name}`;
}

/** One token, which is the administrator's, as a bearer or (for git) as the password: what a server without accounts has. */
export function createTokenAccess(token: string): AccessControl {
  return {
    async authenticate(request) {
      if (!equals(credentialOf(request) ?? '', token)) return undefined;
      return { user: 'admin', groups: [], method: 'start-token', address: request.ip };
    },
    authorize: () => true,
  };
}

/** The bearer token or the password of basic authentication. */
export function credentialOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization ?? '';
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

/** Compares in constant time, whatever the lengths. */
function equals(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
