/** A way to reach people, ready to use: secrets are filled in. Never to be logged. */
export interface NotifyService {
  readonly name: string;
  readonly type: 'slack' | 'webhook' | 'email' | 'teams';
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a messenger needs to answer in the same thread. JSON, kept by the caller. */
export type Thread = Readonly<Record<string, string>>;

export interface Delivery {
  /** Unique; the same on every attempt, so that a receiver may know one that it has already. */
  readonly id: string;
  readonly service: NotifyService;
  /** A channel, an address; '' where the service has only one. */
  readonly recipient: string;
  readonly text: string;
  /** What the templates say to services of single kinds: `slack`, `email`, `teams`, `webhook`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of the incident's first message, when there is one already: this one belongs to it. */
  readonly thread?: Thread;
  /** The incident is over. */
  readonly closes?: boolean;
}

export interface Delivered {
  /** Of a first message. */
  readonly thread?: Thread;
}

export interface Notifier {
  /**
   * @throws SekishoError NOTIFY_UNAVAILABLE (retryable; `details.retryAfterMs` where the receiver says so) |
   *   NOTIFY_REFUSED (trying again does not help) | NOTIFY_MISCONFIGURED (the service's settings)
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered>;
  close(): Promise<void>;
}
