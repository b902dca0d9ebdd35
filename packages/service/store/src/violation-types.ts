/** One time in which an object broke a policy with the same decision. Dates are ISO 8601. */
export interface ViolationRecord {
  /** Of the violation; it has a record for each time. */
  readonly id: string;
  /** When this decision began. */
  readonly from: string;
  /** When it ended; absent: it lasts. */
  readonly until?: string;
  /** When the violation began. */
  readonly since: string;
  readonly cluster: string;
  readonly object: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };
  readonly policyId: string;
  /** Empty: the policy as a whole. */
  readonly rule: string;
  readonly slot: number;
  readonly decision: 'deny' | 'warn' | 'dryrun' | 'waived';
  readonly severity?: string;
  readonly message: string;
  /** The application that the object belongs to. */
  readonly application?: { readonly namespace: string; readonly name: string; readonly project: string };
}

export interface ViolationHistoryQuery {
  /** Only of this policy. */
  readonly policyId?: string;
  /** Times to be counted at; at most 400. */
  readonly at: readonly string[];
}

/** How many violations there were at one time in one application, or outside of any in one cluster. */
export interface ViolationBucket {
  readonly at: string;
  readonly decision: ViolationRecord['decision'];
  readonly cluster: string;
  readonly application?: ViolationRecord['application'];
  readonly count: number;
}

/** What broke policies, and when. Characters that PostgreSQL cannot hold become U+FFFD. */
export interface ViolationLog {
  /** Adds, or replaces the one of the same id and `from`. None twice in one call. */
  save(records: readonly ViolationRecord[]): Promise<void>;
  /** Those that last, newest first. */
  open(limit: number): Promise<ViolationRecord[]>;
  /** How many there were at each of these times, as far as there were any. */
  history(query: ViolationHistoryQuery): Promise<ViolationBucket[]>;
  /** Drops what ended before this time; returns how many. */
  prune(before: string): Promise<number>;
}
