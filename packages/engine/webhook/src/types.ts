/** Forges whose push events are understood. Gogs and Forgejo speak Gitea's form. */
export const senders = ['github', 'gitlab', 'gitea', 'bitbucket', 'bitbucket-server', 'azuredevops'] as const;
export type Sender = (typeof senders)[number];

/** One HTTP request as it came. */
export interface WebhookRequest {
  /** Names in lower case; a header that came twice has its first value. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes that the signature covers. */
  readonly body: Uint8Array;
}

/** What a forge and we both know. Azure DevOps signs nothing: it sends a user name and password. */
export type WebhookSecret =
  | { readonly type: 'shared'; readonly secret: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string };

export type WebhookSecrets = { readonly [S in Sender]?: WebhookSecret };

/** A ref that a push moved. `before` and `after` are commits; absent where the ref was made or deleted. */
export interface WebhookRefChange {
  /** `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string;
  readonly before?: string;
  readonly after?: string;
}

export interface PushEvent {
  readonly kind: 'push';
  /** Every address under which the forge offers the repository: https, ssh, and its page. */
  readonly repositories: readonly string[];
  readonly changes: readonly WebhookRefChange[];
  readonly defaultBranch?: string;
  /** Whom the forge names; not proven beyond the signature. */
  readonly pusher?: string;
}

export type WebhookEvent =
  | PushEvent
  /** The forge tries the address. */
  | { readonly kind: 'ping' }
  /** Signed and well-formed, but nothing that moves a ref. */
  | { readonly kind: 'other'; readonly event: string };

export type WebhookRefusal =
  | 'WEBHOOK_SENDER_UNKNOWN'
  | 'WEBHOOK_SECRET_MISSING'
  | 'WEBHOOK_SIGNATURE_INVALID'
  | 'WEBHOOK_BODY_INVALID';

export type WebhookOutcome =
  | {
      readonly accepted: true;
      readonly sender: Sender;
      readonly event: WebhookEvent;
      /** Equal for equal bodies: what came once counts once, whatever its unsigned headers say. */
      readonly digest: string;
    }
  | {
      readonly accepted: false;
      readonly sender?: Sender;
      readonly code: WebhookRefusal;
      /** Names no secret and quotes nothing of the request but its event name. */
      readonly message: string;
      readonly hint: string;
    };

/** What is particular to one forge. */
export interface SenderRules {
  readonly sender: Sender;
  recognises(request: WebhookRequest): boolean;
  /** Undefined when the request proves that it comes from who knows the secret; else what is wrong. `now`: ms since 1970. */
  refusal(request: WebhookRequest, secret: WebhookSecret, now: number): string | undefined;
  /** Undefined when the body is not what the event's name promises. */
  read(request: WebhookRequest, body: unknown): WebhookEvent | undefined;
}
