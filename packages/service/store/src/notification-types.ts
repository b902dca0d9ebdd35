/** What is remembered of one application between two looks at it. */
export interface RememberedApplication {
  readonly namespace: string;
  readonly app: string;
  /** Of the object: one that was made anew under the same name remembers nothing. */
  readonly uid: string;
  /** Grows with each replacement; 0 when nothing is remembered. */
  readonly version: number;
  readonly keys: readonly string[];
  /** Who was told of a problem that goes on. */
  readonly incidents: readonly NotificationAddress[];
}

export interface NotificationAddress {
  readonly service: string;
  readonly recipient: string;
}

export type NotificationState = 'pending' | 'delivered' | 'failed';

/** A message that is to be sent. JSON throughout, without secrets. */
export interface NewNotification extends NotificationAddress {
  readonly trigger: string;
  /** Names the condition that came true, for this recipient. */
  readonly key: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** `close`: only inserted when an incident is open, which it closes. */
  readonly incident?: 'open' | 'close';
}

/** What one look at an application found. */
export interface NotificationLook {
  readonly namespace: string;
  readonly app: string;
  readonly project: string;
  readonly uid: string;
  /** What the look was based on; another one in the store means that somebody else looked meanwhile, and nothing is done. */
  readonly version: number;
  /** Remembered from now on. */
  readonly keys: readonly string[];
  readonly due: readonly NewNotification[];
}

/** What is remembered after a look, and what it put into the outbox. */
export interface NotificationLookResult {
  /** False: the version was another one; `remembered` is what the store knows. */
  readonly taken: boolean;
  readonly remembered: RememberedApplication;
  readonly inserted: readonly StoredNotification[];
}

export interface StoredNotification extends NewNotification {
  /** uuid. */
  readonly id: string;
  /** Grows with each one. */
  readonly seq: number;
  readonly namespace: string;
  readonly app: string;
  readonly project: string;
  readonly state: NotificationState;
  /** Attempts made, the running one included. */
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAt: string;
  /** Given up then. */
  readonly giveUpAt: string;
  /** When it was delivered or failed. */
  readonly finishedAt?: string;
  readonly lastError?: string;
  readonly incidentId?: number;
  /** The message that this one stands in for. */
  readonly fallbackOf?: string;
}

/** One that was handed out for an attempt, with the thread that it belongs to. */
export interface ClaimedNotification extends StoredNotification {
  readonly thread?: Readonly<Record<string, string>>;
}

export interface WaitingNotifications {
  readonly service: string;
  readonly count: number;
}

/** Messages until they are delivered. Times are ISO 8601, from the caller's clock. */
export interface NotificationOutbox {
  /** Every application of which something is remembered. */
  remembered(): Promise<RememberedApplication[]>;
  /**
   * Replaces what is remembered and inserts what is due, for all applications in one transaction: neither without the other.
   * Without keys nothing is remembered.
   */
  record(looks: readonly NotificationLook[], at: { now: string; giveUpAt: string }): Promise<NotificationLookResult[]>;
  /**
   * Hands out at most `limit` messages of a service that are due, until `leaseUntil` to nobody else. Of those to one
   * recipient about one application only the oldest. Each counts as an attempt.
   */
  claim(
    service: string,
    options: { now: string; leaseUntil: string; limit: number; recipient?: string },
  ): Promise<ClaimedNotification[]>;
  /** Nothing is in anybody's hands any more: for the one process that works on this store, when it begins. */
  takeOver(): Promise<void>;
  /** Recipients of a service to whom more than `above` messages are due. */
  crowded(service: string, options: { now: string; above: number }): Promise<string[]>;
  /** @param thread kept for what follows in the same incident, when it has none yet */
  delivered(
    ids: readonly string[],
    now: string,
    thread?: Readonly<Record<string, string>>,
  ): Promise<StoredNotification[]>;
  /** Another attempt is due at `nextAt`. @param options  uncounted: there was no attempt */
  postpone(
    ids: readonly string[],
    options: { nextAt: string; lastError?: string; uncounted?: true },
  ): Promise<StoredNotification[]>;
  /** Nothing to this recipient is due before `until`. */
  hold(service: string, recipient: string, until: string): Promise<void>;
  /** What waits is due now, as if nothing had been tried: the service has other settings. */
  release(service: string, now: string): Promise<void>;
  /** Ends it, and inserts what others are told instead, in one transaction. */
  fail(
    id: string,
    options: { now: string; giveUpAt: string; lastError: string; fallback: readonly NewNotification[] },
  ): Promise<{ failed: StoredNotification | undefined; inserted: StoredNotification[] }>;
  /** Pending ones of a service whose time is over, at most `limit`; they are not handed out meanwhile. */
  overdue(service: string, options: { now: string; limit: number }): Promise<StoredNotification[]>;
  /** Makes one that failed, or waits, due at once. Undefined when there is none such. */
  retry(id: string, at: { now: string; giveUpAt: string }): Promise<StoredNotification | undefined>;
  get(id: string): Promise<StoredNotification | undefined>;
  /** Newest first; `limit` is at most 500; `before`: only below this `seq`. */
  list(query: {
    limit: number;
    before?: number;
    state?: NotificationState;
    service?: string;
    application?: { namespace: string; app: string };
  }): Promise<StoredNotification[]>;
  /** How many wait, by service. */
  waiting(): Promise<WaitingNotifications[]>;
  /** How many failed since then. */
  failedSince(at: string): Promise<number>;
  /** When the next one of a service is due (or free again, or given up); undefined when none waits. */
  nextAt(service: string): Promise<string | undefined>;
  /** Deletes what was finished, and incidents that were over, before then; returns how many messages. */
  prune(before: string): Promise<number>;
}
