import type { AppName } from './app-name.ts';

/** One field of one object that drifted: now, or last time. Dates are ISO 8601. */
export interface DriftRecord extends AppName {
  readonly project: string;
  readonly object: DriftObject;
  /** '' is the object as a whole. */
  readonly path: string;
  /** What git says, and what lives: JSON without secrets; absent: nothing. */
  readonly from?: unknown;
  readonly to?: unknown;
  /** Field manager; absent: unknown. */
  readonly manager?: string;
  readonly operation?: string;
  /** Through which the manager wrote: `scale`, `status`. */
  readonly subresource?: string;
  readonly since: string;
  /** Absent while it drifts. */
  readonly healedAt?: string;
  /** How often it drifted; when saved, how often more. */
  readonly times: number;
  readonly policy: string;
}

export interface DriftObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** How often a field drifted in all. */
export interface DriftCount extends AppName {
  readonly object: DriftObject;
  readonly path: string;
  readonly times: number;
}

/** Fields that drift or drifted, one row for each. Characters that PostgreSQL cannot hold become U+FFFD. */
export interface DriftLog {
  /** Adds or replaces; `times` is added to what is there. No field twice in one call. */
  save(records: readonly DriftRecord[]): Promise<DriftCount[]>;
  /** Those that drift now, of all applications, newest first. */
  open(limit: number): Promise<DriftRecord[]>;
  /** Those that drifted and do so no longer, newest first; at most 1000. */
  healed(options: AppName & { limit: number }): Promise<DriftRecord[]>;
  /** Drops everything about an application. */
  forget(app: AppName): Promise<void>;
  /** Drops what healed before this time; returns how many. */
  prune(before: string): Promise<number>;
}
