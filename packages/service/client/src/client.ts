import { SekishoError } from '@sekisho/base';
import {
  type ApiRequest,
  type ApiResponse,
  type ApiTransport,
  formatApiVersion,
  type KubeObject,
  type ResourceInfo,
  resourcePath,
  type WatchEvent,
} from '@sekisho/kube';
import { checkedResponse, errorOfStatus, type KubeStatus } from './status-error.ts';

/** What a request needs to know of a kind. Every `ResourceInfo` is one. */
export type ResourceType = Pick<ResourceInfo, 'group' | 'version' | 'resource' | 'namespaced' | 'kind'>;

export interface ReadOptions {
  readonly signal?: AbortSignal;
  readonly subresource?: string;
}

export interface ListOptions {
  /** Absent or empty: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects per page, default 1000; all pages are read in any case. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Where to go on: events after this version. */
  readonly resourceVersion: string;
  /** The server ends the watch after this time. Default: the server's own choice. */
  readonly timeoutSeconds?: number;
  readonly signal: AbortSignal;
}

export interface WriteOptions {
  readonly subresource?: string;
  /** The server checks and answers, and stores nothing. */
  readonly dryRun?: boolean;
  /** Default: the client's. */
  readonly fieldManager?: string;
  /** Default: the server's (`Warn`). */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  readonly signal?: AbortSignal;
}

export interface ApplyOptions extends WriteOptions {
  /** Take over fields that other managers own. Default false: KUBE_CONFLICT. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface Patch {
  readonly kind: 'json' | 'merge' | 'strategic';
  readonly body: unknown;
}

export interface ObjectList {
  /** Every item carries apiVersion and kind, also where the server leaves them out. */
  readonly items: KubeObject[];
  readonly resourceVersion: string;
}

/**
 * Requests to one cluster. Objects that come back are shared: read-only.
 *
 * Throws SekishoError: KUBE_NOT_FOUND, KUBE_ALREADY_EXISTS, KUBE_CONFLICT, KUBE_INVALID, KUBE_FORBIDDEN,
 * KUBE_UNAUTHORIZED, KUBE_GONE, KUBE_BAD_REQUEST, KUBE_UNSUPPORTED_MEDIA, KUBE_TOO_MANY_REQUESTS and KUBE_INTERNAL
 * (both retryable), each with the `v1 Status` in `details.status`; CLUSTER_UNREACHABLE (retryable) when no answer came.
 * An aborted signal rejects with its reason.
 */
export interface KubeClient {
  readonly transport: ApiTransport;
  get(type: ResourceType, name: string, namespace?: string, options?: ReadOptions): Promise<KubeObject>;
  /** Like `get`; undefined where `get` throws KUBE_NOT_FOUND. */
  getIfExists(
    type: ResourceType,
    name: string,
    namespace?: string,
    options?: ReadOptions,
  ): Promise<KubeObject | undefined>;
  list(type: ResourceType, options?: ListOptions): Promise<ObjectList>;
  /** Events as they come, bookmarks included. A server's ERROR event is thrown (KUBE_GONE: list again). */
  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent>;
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  update(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(
    type: ResourceType,
    name: string,
    namespace: string | undefined,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** Server-side apply. Needs a field manager, here or in the client. */
  apply(type: ResourceType, object: KubeObject, options?: ApplyOptions): Promise<KubeObject>;
  delete(type: ResourceType, name: string, namespace: string | undefined, options?: DeleteOptions): Promise<void>;
  /** Any request, with the client's user agent; answers of 400 and above are thrown. */
  request(request: ApiRequest): Promise<ApiResponse>;
}

export interface ClientOptions {
  /** The name that managedFields carry. Default `sekisho`. */
  readonly fieldManager?: string;
  /** Default `sekisho`. */
  readonly userAgent?: string;
}

const PATCH_MEDIA_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

const DEFAULT_PAGE = 1000;

/** A client over any transport: HTTPS or the embedded cluster in this process. */
export function createClient(transport: ApiTransport, options: ClientOptions = {}): KubeClient {
  const userAgent = options.userAgent ?? 'sekisho';
  const fieldManager = options.fieldManager ?? 'sekisho';

  async function request(req: ApiRequest): Promise<ApiResponse> {
    req.signal?.throwIfAborted();
    return checkedResponse(req, await transport.request(req.userAgent === undefined ? { ...req, userAgent } : req));
  }

  async function forObject(type: ResourceType, req: ApiRequest): Promise<KubeObject> {
    const { body } = await request(req);
    if (typeof body !== 'object' || body === null) {
      throw new SekishoError('KUBE_INTERNAL', `${req.method} ${req.path} was answered without an object`, {
        retryable: true,
      });
    }
    return withType(type, body as KubeObject);
  }

  const writeQuery = (write: WriteOptions): Record<string, string> => {
    const query: Record<string, string> = { fieldManager: write.fieldManager ?? fieldManager };
    if (write.dryRun === true) query['dryRun'] = 'All';
    if (write.fieldValidation !== undefined) query['fieldValidation'] = write.fieldValidation;
    return query;
  };

  const get: KubeClient['get'] = (type, name, namespace, read = {}) =>
    forObject(type, { method: 'GET', path: pathOf(type, namespace, name, read.subresource), ...signalOf(read) });

  return {
    transport,
    request,
    get,
    async getIfExists(type, name, namespace, read) {
      try {
        return await get(type, name, namespace, read);
      } catch (error) {
        if (error instanceof SekishoError && error.code === 'KUBE_NOT_FOUND') return undefined;
        throw error;
      }
    },
    list: (type, list = {}) => readAllPages(request, type, list),
    watch: (type, watch) => watchEvents(request, type, watch),
    create: (type, object, write = {}) =>
      forObject(type, {
        method: 'POST',
        path: pathOf(
          type,
          object.metadata.namespace,
          write.subresource === undefined ? undefined : object.metadata.name,
          write.subresource,
        ),
        query: writeQuery(write),
        body: object,
        ...signalOf(write),
      }),
    update: (type, object, write = {}) =>
      forObject(type, {
        method: 'PUT',
        path: pathOf(type, object.metadata.namespace, nameOf(object), write.subresource),
        query: writeQuery(write),
        body: object,
        ...signalOf(write),
      }),
    patch: (type, name, namespace, patch, write = {}) =>
      forObject(type, {
        method: 'PATCH',
        path: pathOf(type, namespace, name, write.subresource),
        query: writeQuery(write),
        contentType: PATCH_MEDIA_TYPES[patch.kind],
        body: patch.body,
        ...signalOf(write),
      }),
    apply: (type, object, write = {}) =>
      forObject(type, {
        method: 'PATCH',
        path: pathOf(type, object.metadata.namespace, nameOf(object), write.subresource),
        query: { ...writeQuery(write), ...(write.force === true ? { force: 'true' } : {}) },
        // The body is JSON, which is YAML too: servers older than 1.32 know apply only by this name.
        contentType: 'application/apply-patch+yaml',
        body: object,
        ...signalOf(write),
      }),
    async delete(type, name, namespace, options = {}) {
      const { signal, dryRun, ...fields } = options;
      await request({
        method: 'DELETE',
        path: pathOf(type, namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', ...fields, ...(dryRun === true ? { dryRun: ['All'] } : {}) },
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}

function pathOf(type: ResourceType, namespace?: string, name?: string, subresource?: string): string {
  if (type.namespaced && name !== undefined && (namespace === undefined || namespace === '')) {
    throw new SekishoError('KUBE_BAD_REQUEST', `${type.kind} "${name}" needs a namespace`);
  }
  return resourcePath(type, type.namespaced ? namespace : undefined, name, subresource);
}

function nameOf(object: KubeObject): string {
  const { name } = object.metadata;
  if (name === undefined || name === '') {
    throw new SekishoError('KUBE_BAD_REQUEST', `${object.kind} without metadata.name`);
  }
  return name;
}

function signalOf(options: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}

/** The object with its type; the same instance when the server already said it. */
function withType(type: ResourceType, object: KubeObject): KubeObject {
  if (object.kind !== undefined && object.apiVersion !== undefined) return object;
  return { ...object, apiVersion: formatApiVersion(type.group, type.version), kind: type.kind };
}

type Send = (request: ApiRequest) => Promise<ApiResponse>;

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

async function readAllPages(send: Send, type: ResourceType, options: ListOptions): Promise<ObjectList> {
  try {
    return await readPages(send, type, options, options.limit ?? DEFAULT_PAGE);
  } catch (error) {
    // The snapshot behind the continue token is gone: one unpaged list is always consistent.
    if (error instanceof SekishoError && error.code === 'KUBE_GONE') return readPages(send, type, options, undefined);
    throw error;
  }
}

async function readPages(
  send: Send,
  type: ResourceType,
  options: ListOptions,
  limit: number | undefined,
): Promise<ObjectList> {
  const items: KubeObject[] = [];
  const query = selectorQuery(options);
  if (limit !== undefined) query['limit'] = String(limit);
  for (;;) {
    const { body } = await send({
      method: 'GET',
      path: pathOf(type, options.namespace),
      query: { ...query },
      ...signalOf(options),
    });
    const page = (body ?? {}) as ListBody;
    for (const item of page.items ?? []) items.push(withType(type, item));
    const next = page.metadata?.continue;
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
    query['continue'] = next;
  }
}

function selectorQuery(options: {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}): Record<string, string> {
  const query: Record<string, string> = {};
  if (options.labelSelector) query['labelSelector'] = options.labelSelector;
  if (options.fieldSelector) query['fieldSelector'] = options.fieldSelector;
  return query;
}

async function* watchEvents(send: Send, type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const query: Record<string, string> = {
    ...selectorQuery(options),
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: options.resourceVersion,
  };
  if (options.timeoutSeconds !== undefined) query['timeoutSeconds'] = String(options.timeoutSeconds);
  const request: ApiRequest = { method: 'GET', path: pathOf(type, options.namespace), query, signal: options.signal };
  const { events } = await send(request);
  if (events === undefined) {
    throw new SekishoError('KUBE_INTERNAL', `GET ${request.path} did not answer with a watch`, { retryable: true });
  }
  for await (const event of events) {
    if (event.type === 'ERROR') throw errorOfStatus(event.object as KubeStatus, 500, `watch of ${request.path}`);
    yield event;
  }
}
