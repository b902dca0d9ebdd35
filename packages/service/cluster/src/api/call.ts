import type { ApiRequest, KubeObject, WatchEvent } from '@sekisho/kube';
import type { StoredObject } from '../storage/stored-object.ts';
import type { ServedResource } from './served-resource.ts';

/** Who asks. Every identity that got this far may do everything in this version. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  /** Used when the request names none. */
  readonly fieldManager?: string;
}

/** The server itself: makes what every cluster has, and keeps the conditions of CRDs. */
export const SERVER_IDENTITY: Identity = {
  user: 'system:apiserver',
  groups: ['system:masters'],
  fieldManager: 'sekisho',
};

/** The representation that the client asked for. */
export type Shape = 'object' | 'table' | 'partial';

/** One request to one resource, path and query already understood. */
export interface Call {
  readonly request: ApiRequest;
  readonly identity: Identity;
  readonly resource: ServedResource;
  /** Undefined for cluster-scoped resources and for requests across namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly shape: Shape;
  readonly warnings: string[];
}

/** What a verb answers; the edges turn it into parsed objects (in process) or bytes (HTTP). */
export type Result =
  | { readonly kind: 'stored'; readonly status: number; readonly stored: StoredObject }
  | {
      readonly kind: 'value';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'list'; readonly list: ListResult }
  | { readonly kind: 'watch'; readonly events: AsyncIterable<ServedEvent> }
  /** JSON text that is kept ready. */
  | { readonly kind: 'json'; readonly status: number; readonly text: string; readonly headers: Record<string, string> }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly kind: 'text'; readonly status: number; readonly text: string; readonly contentType: string };

export interface ListResult {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly StoredObject[];
}

/** A watch event that may still be text: `json` is the object as stored, when the client wants it unchanged. */
export interface ServedEvent {
  readonly type: WatchEvent['type'];
  readonly object: () => KubeObject;
  readonly json: (() => string) | undefined;
}
