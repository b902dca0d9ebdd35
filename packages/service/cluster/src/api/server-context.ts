import type { Clock, Logger } from '@sekisho/base';
import type { Admission } from '../admission/admission.ts';
import type { Reviews } from '../admission/review.ts';
import type { Storage } from '../storage/storage.ts';
import type { Registry } from './registry.ts';
import type { Continuations } from './verbs/continuation.ts';

/** What the verbs work with. */
export interface ServerContext {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly admission: Admission;
  readonly reviews: Reviews;
  readonly continuations: Continuations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Issues a bearer token; durable when the promise resolves. */
  readonly issueToken: (user: string, groups: readonly string[], expiresAt: number) => Promise<string>;
  /** Who a bearer token belongs to. */
  readonly authenticate: (token: string) => { user: string; groups: readonly string[] } | undefined;
}

let second = Number.NaN;
let text = '';

/** RFC 3339 with whole seconds, as Kubernetes writes times. Objects of one second share the text. */
export function timestamp(ms: number): string {
  const now = Math.floor(ms / 1000);
  if (now !== second) {
    second = now;
    text = `${new Date(now * 1000).toISOString().slice(0, 19)}Z`;
  }
  return text;
}
