import type { KubeObject } from '@sekisho/kube';

/** Code of this process that has a word about writes, besides the webhooks that objects of the cluster name. */
export interface AdmissionPlugin {
  /** Asked for every write, in its turn: false costs nothing more and the write is as quick as without a plugin. */
  concerns(question: AdmissionQuestion): boolean;
  /**
   * The object as it shall be stored; the same instance when nothing changes. Called before validation and before
   * webhooks, and again when another writer was quicker.
   * @throws anything: with a numeric `code` (and `reason`) the client gets that status, else 500
   */
  mutate(request: AdmissionRequest, signal: AbortSignal): Promise<{ readonly object: KubeObject }>;
  /** Yes or no about the object as it would be stored, before webhooks are asked. Throws as `mutate` does. */
  validate(request: AdmissionRequest, signal: AbortSignal): Promise<AdmissionAnswer>;
}

export interface AdmissionQuestion {
  readonly group: string;
  /** Of the object in the request: `Scale` or `Eviction` for such subresources. */
  readonly kind: string;
  readonly operation: AdmissionRequest['operation'];
  readonly subresource?: string;
  /** Whether the question is about `mutate`. */
  readonly mutating: boolean;
}

export interface AdmissionAnswer {
  readonly allowed: boolean;
  /** What the client reads when it is not allowed, whole: nothing is put before it. */
  readonly message?: string;
  /** HTTP status of a refusal. Default 403. */
  readonly code?: number;
  /** Of the Status. Default what belongs to the code, `Forbidden` for 403. */
  readonly reason?: string;
  /** Warning headers for the client, each once however often they come. */
  readonly warnings: readonly string[];
}

/** AdmissionRequest of admission.k8s.io/v1. Objects are shared: read-only. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  /** Empty while the name is still to be generated, when mutators are asked. */
  readonly name: string;
  readonly namespace?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
  /** Absent for DELETE. */
  readonly object?: KubeObject;
  /** Present for UPDATE and DELETE. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, DeleteOptions or PatchOptions. */
  readonly options?: Readonly<Record<string, unknown>>;
}
