import type { AuditEntry, AuditFact, AuditHead, AuditRow } from '@sekisho/audit';
import type { Clock, Logger } from '@sekisho/base';
import type { AppName } from './app-name.ts';
import type { Credentials } from './credential-types.ts';
import type { DriftLog } from './drift-types.ts';
import type { NotificationOutbox } from './notification-types.ts';
import type { ViolationLog } from './violation-types.ts';

export interface StoreOptions {
  /** Folder for the embedded database (`store/` is made in it). Needed when there is no `url`. */
  readonly dataDir?: string;
  /** `postgresql://…`: a PostgreSQL server, 15 or newer, instead of the embedded database. */
  readonly url?: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export type ReleaseOutcome = 'Succeeded' | 'Failed' | 'Error';

/** One object of a release. */
export interface ReleaseObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Hash of the manifest that was applied. */
  readonly digest: string;
}

/** One applied (or attempted) revision of an application. Dates are ISO 8601, UTC, to the millisecond. */
export interface NewRelease {
  readonly namespace: string;
  readonly app: string;
  /** Commit. */
  readonly revision: string;
  /** Of the commit. */
  readonly author: string;
  /** Subject of the commit. */
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly initiatedBy: { readonly username?: string; readonly automated?: true };
  readonly outcome: ReleaseOutcome;
  /** What the operation said at its end. */
  readonly messageText: string;
  /** The sources as they stood in the application. JSON. */
  readonly sources: unknown;
  readonly objects: readonly ReleaseObject[];
}

export interface Release extends NewRelease {
  /** Grows with time; unique in the store. */
  readonly id: number;
}

export interface Releases {
  /** Keeps a release; it is durable when this resolves. Characters that PostgreSQL cannot hold become U+FFFD. */
  record(release: NewRelease): Promise<Release>;
  /** Newest first. `limit` is at most 500; `before`: only ids below it, for the next page. */
  list(options: AppName & { limit: number; before?: number }): Promise<Release[]>;
  /** Of all applications, newest first; `limit` and `before` as for `list`. */
  newest(options: { limit: number; before?: number }): Promise<Release[]>;
  get(id: number): Promise<Release | undefined>;
  /** Deletes all but the `keep` newest releases of one application; returns how many. */
  prune(app: AppName, keep: number): Promise<number>;
}

export interface AuditQuery {
  readonly actor?: string;
  /** Exact, or everything under it: `application.` */
  readonly action?: string;
  readonly object?: { readonly type?: string; readonly namespace?: string; readonly name?: string };
  readonly outcome?: string;
  /** ISO 8601; the first is included, the second is not. */
  readonly since?: string;
  readonly until?: string;
  /** Somewhere in the entry's text, whatever the case. */
  readonly search?: string;
  /** At most 1000. */
  readonly limit: number;
  /** Only entries below this number, for the next page. */
  readonly before?: number;
}

/** The audit log: written once, never changed. */
export interface AuditLog {
  /** Puts facts behind the newest entry, in order; durable when this resolves. A fact whose id is there already is left out. */
  append(facts: readonly AuditFact[]): Promise<AuditEntry[]>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
  /** As stored, in order, after an entry; for proofs and exports. At most 1000 at a time. */
  rows(after: number, limit: number): Promise<AuditRow[]>;
  head(): Promise<AuditHead>;
}

/**
 * The history. Usable at once: calls wait for the database to open.
 * All reject with SekishoError STORE_UNAVAILABLE (retryable) | STORE_LOCKED | STORE_NOT_DURABLE | STORE_MIGRATION_CHANGED |
 * STORE_TOO_NEW | STORE_CLOSED | STORE_FAILED.
 */
export interface Store {
  readonly backend: 'pglite' | 'postgresql';
  readonly releases: Releases;
  readonly audit: AuditLog;
  readonly credentials: Credentials;
  readonly drift: DriftLog;
  readonly notifications: NotificationOutbox;
  readonly violations: ViolationLog;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
