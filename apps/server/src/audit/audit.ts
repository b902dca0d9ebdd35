import type { Actor } from '../http/route.ts';

/** One thing that somebody did, or was not allowed to do. */
export interface NewAuditEntry {
  /** RFC 3339; now when absent. */
  readonly at?: string;
  readonly actor: Actor;
  /** `<type>.<verb>`: 'application.sync', 'session.create'. */
  readonly action: string;
  readonly object: {
    readonly type: string;
    readonly project?: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly reason?: string;
  readonly outcome: 'succeeded' | 'failed' | 'denied' | 'started';
  /** The id that a sync operation has from its request to its end. */
  readonly operationId?: string;
  readonly revision?: string;
  /** JSON without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Where everything that somebody does is written down. */
export interface Audit {
  /** Never throws and never waits: a durable queue is behind it. */
  record(entry: NewAuditEntry): void;
}
