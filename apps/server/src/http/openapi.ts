import type { RouteOptions } from 'fastify';
import { z } from 'zod';
import { version } from '../version.ts';
import type { Permission, RouteDocumentation } from './route.ts';
import { problem } from './schemas.ts';

/** A route as it was registered. */
export interface KnownRoute {
  readonly method: string;
  /** `/api/v1/applications/:namespace/:name`. */
  readonly path: string;
  readonly permission: Permission;
  readonly documentation: RouteDocumentation | undefined;
}

type Json = Record<string, unknown>;

/** What a registered route says of itself, one for each method; HEAD says nothing that GET doesn't. */
export function knownRoutes(route: RouteOptions): KnownRoute[] {
  const { permission, api } = route.config ?? {};
  if (permission === undefined) return [];
  return [route.method]
    .flat()
    .filter((method) => method !== 'HEAD')
    .map((method) => ({ method: method.toLowerCase(), path: route.url, permission, documentation: api }));
}

/**
 * The OpenAPI 3.1 document of these routes. Schemas are those that requests are read with, so that it can't say anything
 * else than the server does. The console's own files are left out.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(routes: readonly KnownRoute[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of [...routes].sort(byPath)) {
    if (!isApi(route.path)) continue;
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sekisho',
      version,
      description:
        'JSON over HTTP. Errors are RFC 9457 problem details with the codes of the command line. Kubernetes objects are ' +
        'also served by the Kubernetes API.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { session: [] }],
    tags: tagsOf(routes),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: "An account's token, or the one of `client.json`." },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sekisho-session',
          description: 'After signing in; changes need the header `x-sekisho-csrf` too.',
        },
      },
      schemas: { ...schemas, ...toSchema(problem, schemas, 'output').definitions },
    },
  };
}

function operationOf({ method, path, permission, documentation }: KnownRoute, schemas: Json): Json {
  const {
    query,
    body,
    response,
    status = 200,
    produces = 'application/json',
    consumes = 'application/json',
    tag,
    ...about
  } = documentation ?? {
    tag: path.split('/')[3] ?? 'server',
    summary: `${method.toUpperCase()} ${path}`,
  };
  const wildcard = path.includes('*');
  const content =
    response === undefined
      ? produces === 'application/json'
        ? undefined
        : { [produces]: { schema: { type: 'string' } } }
      : { [produces]: { schema: toSchema(response, schemas, 'output').schema } };
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary: about.summary,
    description: [about.description, describePermission(permission)].filter(Boolean).join('\n\n'),
    ...(permission === 'public' ? { security: [] } : {}),
    parameters: [
      ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => pathParameter(name ?? '')),
      ...(wildcard ? [pathParameter('path')] : []),
      ...(query === undefined ? [] : queryParameters(query)),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { content: { [consumes]: { schema: toSchema(body, schemas, 'input').schema } } } }),
    responses: {
      [String(status)]: { description: DESCRIPTIONS[status] ?? 'Done.', ...(content === undefined ? {} : { content }) },
      default: {
        description: 'It could not be done; the problem says why.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  201: 'It was made.',
  202: 'It will be done.',
  204: 'Done; there is nothing to say.',
  302: 'The browser is sent on.',
};

function describePermission(permission: Permission): string {
  if (permission === 'public') return 'For everybody.';
  if (permission === 'signed-in') return 'For everybody who is signed in; lists hold what the caller may get.';
  const { resource, action } = permission;
  return typeof action === 'string'
    ? `Needs the permission \`${action}\` on \`${resource}\`.`
    : `Needs a permission on \`${resource}\` that depends on the request.`;
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function queryParameters(query: z.ZodObject): Json[] {
  const { schema } = toSchema(query, {}, 'input');
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const required = new Set((schema['required'] ?? []) as string[]);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.has(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** Named schemas (`meta({ id })`) are told once, under `components`. */
function toSchema(schema: z.ZodType, schemas: Json, io: 'input' | 'output'): { schema: Json; definitions: Json } {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Their names stand in `components`, as their keys.
      delete jsonSchema.id;
    },
  }) as Json & { $defs?: Json };
  const { id } = (schema.meta() ?? {}) as { id?: string };
  const relocated = relocate({ ...$defs, ...(id === undefined ? {} : { [id]: rest }) }) as Json;
  Object.assign(schemas, relocated);
  const ref = id === undefined ? (relocate(rest) as Json) : { $ref: `#/components/schemas/${id}` };
  return { schema: ref, definitions: relocated };
}

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) =>
      key === '$ref' && typeof entry === 'string'
        ? [key, entry.replace('#/$defs/', '#/components/schemas/')]
        : [key, relocate(entry)],
    ),
  );
}

/** What programs call; everything else is the console's files. */
function isApi(path: string): boolean {
  return /^\/(api|hooks|auth|git|healthz|readyz|metrics)(\/|$)/.test(path);
}

function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
}

function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}

function tagsOf(routes: readonly KnownRoute[]): Json[] {
  const names = new Set(routes.filter(({ path }) => isApi(path)).map((route) => route.documentation?.tag));
  return [...names].filter((name) => name !== undefined).map((name) => ({ name }));
}

function byPath(a: KnownRoute, b: KnownRoute): number {
  return a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1;
}
