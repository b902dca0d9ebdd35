import type { KubeObject } from './object.ts';

/** One request to a Kubernetes API, with a parsed body. The same shape over HTTPS and inside the process. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, without query, e.g. `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Body's media type; default application/json. Patches name theirs. */
  readonly contentType?: string;
  /** Default application/json. */
  readonly accept?: string;
  /** Parsed JSON; read-only for the receiver. */
  readonly body?: unknown;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** Shared and read-only; a Status when type is ERROR. */
  readonly object: KubeObject;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, shared and read-only. Errors carry a `v1 Status`. Absent for a watch. */
  readonly body?: unknown;
  /** Present for a watch. Ends when the server ends it or the request's signal aborts. */
  readonly events?: AsyncIterable<WatchEvent>;
  /** Present for streams that are not watches (logs). */
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** A way to a Kubernetes API. Throws only when no answer came (SekishoError CLUSTER_UNREACHABLE, retryable). */
export interface ApiTransport {
  request(request: ApiRequest): Promise<ApiResponse>;
}
