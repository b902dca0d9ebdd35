import { isSekishoError, messageOf } from '@sekisho/base';
import type { ApiRequest } from '@sekisho/kube';
import type { Call, Identity, Result } from './call.ts';
import { discoveryAnswer } from './discovery/discovery.ts';
import { openApiAnswer, openApiProtobufAnswer } from './discovery/openapi.ts';
import { OPENAPI_PROTOBUF } from './discovery/openapi-protobuf.ts';
import { negotiate } from './negotiate.ts';
import { type PathTarget, parsePath } from './path.ts';
import type { ServedResource } from './served-resource.ts';
import type { ServerContext } from './server-context.ts';
import { internal, methodNotAllowed, StatusError, unknownPath } from './status-error.ts';
import { bindByBody } from './subresources/pods.ts';
import { answerReview, isReview } from './subresources/reviews.ts';
import { answerSubresource } from './subresources/subresources.ts';
import { booleanOption } from './verbs/options.ts';
import { get, list } from './verbs/read.ts';
import { watch } from './verbs/watch.ts';
import { create } from './write/create.ts';
import { remove, removeCollection } from './write/delete.ts';
import { patch } from './write/patch.ts';
import { update } from './write/update.ts';

/** What the edges need to turn a result into an answer. */
export interface Answer {
  readonly result: Result;
  /** Undefined for answers that no resource gives (discovery, health). */
  readonly call: Call | undefined;
  readonly warnings: readonly string[];
}

const VERSION = {
  major: '1',
  minor: '35',
  emulationMajor: '1',
  emulationMinor: '35',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '34',
  gitVersion: 'v1.35.2+sekisho',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'node',
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** The one request path: in-process and HTTP requests both come through here. Never throws. */
export async function handle(context: ServerContext, request: ApiRequest, identity: Identity): Promise<Answer> {
  const warnings: string[] = [];
  let call: Call | undefined;
  try {
    const target = parsePath(request.path);
    if (request.path === '/openapi/v2' && request.accept?.includes(OPENAPI_PROTOBUF) === true) {
      return { result: await openApiProtobufAnswer(context.registry), call: undefined, warnings };
    }
    const { shape, discovery } = negotiate(request.accept);
    if (target.kind !== 'resource') {
      return { result: await nonResource(context, request, target, discovery), call: undefined, warnings };
    }
    const resource = context.registry.find(target.group, target.version, target.resource);
    if (resource === undefined) throw unknownPath();
    call = {
      request,
      identity,
      resource,
      namespace: target.namespace,
      name: target.name,
      subresource: target.subresource,
      query: request.query ?? {},
      shape,
      warnings,
    };
    if (resource.custom?.deprecationWarning !== undefined) warnings.push(resource.custom.deprecationWarning);
    if (resource.custom?.unavailable !== undefined) throw internal(resource.custom.unavailable);
    return { result: await dispatch(context, call), call, warnings };
  } catch (error) {
    return { result: failure(context, error, request), call, warnings };
  }
}

/** Health, version, discovery and OpenAPI. */
async function nonResource(
  context: ServerContext,
  request: ApiRequest,
  target: Exclude<PathTarget, { kind: 'resource' }>,
  discovery: 'v2' | 'v2beta1' | undefined,
): Promise<Result> {
  if (request.method !== 'GET') throw methodNotAllowed();
  if (target.kind !== 'other') return discoveryAnswer(context.registry, target, discovery);
  const { path } = target;
  if (/^\/(healthz|livez|readyz)(\/.*)?$/.test(path)) {
    return { kind: 'text', status: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' };
  }
  if (path === '/version' || path === '/version/') return { kind: 'value', status: 200, body: VERSION };
  if (path === '/openapi/v2' || path.startsWith('/openapi/v3'))
    return openApiAnswer(context.registry, path, request.query ?? {});
  if (path === '/' || path === '') {
    return {
      kind: 'value',
      status: 200,
      body: { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] },
    };
  }
  throw unknownPath();
}

async function dispatch(context: ServerContext, call: Call): Promise<Result> {
  const { resource, request, name, subresource } = call;
  checkScope(resource, call);
  if (resource.info.group === '' && resource.info.resource === 'bindings') {
    if (request.method !== 'POST' || name !== undefined) throw methodNotAllowed();
    return bindByBody(context, call);
  }
  if (isReview(resource)) {
    if (request.method !== 'POST' || name !== undefined) throw methodNotAllowed();
    return answerReview(context, call);
  }
  if (subresource !== undefined && subresource !== 'status') return answerSubresource(context, call);
  if (subresource === 'status' && (!resource.hasStatus || name === undefined)) throw unknownPath();
  const verb = verbOf(call);
  if (!resource.info.verbs.includes(verb)) throw methodNotAllowed();
  if (subresource === 'status' && !['get', 'update', 'patch'].includes(verb)) throw methodNotAllowed();
  switch (verb) {
    case 'get':
      return get(context, call);
    case 'list':
      return list(context, call);
    case 'watch':
      return watch(context, call, name);
    case 'create':
      return create(context, call);
    case 'update':
      return update(context, call);
    case 'patch':
      return patch(context, call);
    case 'delete':
      return remove(context, call);
    case 'deletecollection':
      return removeCollection(context, call);
  }
}

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

function verbOf(call: Call): Verb {
  const { request, name } = call;
  switch (request.method) {
    case 'GET':
      if (booleanOption(call, 'watch')) return 'watch';
      return name === undefined ? 'list' : 'get';
    case 'POST':
      if (name !== undefined) throw methodNotAllowed();
      return 'create';
    case 'PUT':
      if (name === undefined) throw methodNotAllowed();
      return 'update';
    case 'PATCH':
      if (name === undefined) throw methodNotAllowed();
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
  }
}

/** A namespaced object is addressed through its namespace, a cluster-scoped one never. */
function checkScope(resource: ServedResource, { namespace, name, request }: Call): void {
  if (!resource.info.namespaced && namespace !== undefined) throw unknownPath();
  if (resource.info.namespaced && namespace === undefined && (name !== undefined || request.method !== 'GET')) {
    if (name !== undefined) throw unknownPath();
    throw methodNotAllowed();
  }
}

function failure(context: ServerContext, error: unknown, request: ApiRequest): Result {
  if (error instanceof StatusError) {
    const { status } = error;
    const retry = status.details?.retryAfterSeconds;
    return {
      kind: 'value',
      status: status.code ?? 500,
      body: status,
      ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
    };
  }
  if (isSekishoError(error) && error.code === 'CLUSTER_CLOSED') {
    const { status } = new StatusError(503, 'ServiceUnavailable', error.message, { retryAfterSeconds: 1 });
    return { kind: 'value', status: 503, body: status, headers: { 'retry-after': '1' } };
  }
  if (isSekishoError(error) && error.code === 'CLUSTER_STORAGE') {
    return { kind: 'value', status: 500, body: internal(error.message).status };
  }
  if (isSekishoError(error) && error.code === 'OBJECT_TOO_DEEP') {
    const { status } = new StatusError(400, 'BadRequest', error.message);
    return { kind: 'value', status: 400, body: status };
  }
  context.logger.error(
    {
      method: request.method,
      path: request.path,
      error: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    },
    'a request failed unexpectedly',
  );
  return { kind: 'value', status: 500, body: internal(messageOf(error)).status };
}
