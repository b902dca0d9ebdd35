/** Who did it. */
export interface AuditActor {
  readonly user: string;
  readonly groups?: readonly string[];
  /** How it was proven: 'start-token', 'token', 'password', 'oidc', 'ldap', 'webhook', 'controller'. */
  readonly method: string;
  /** Remote address. */
  readonly address?: string;
  readonly tokenId?: string;
}

/** What it was done to. */
export interface AuditObject {
  readonly type: string;
  readonly project?: string;
  readonly namespace?: string;
  readonly name: string;
}

/** One thing that somebody did, or was not allowed to do. */
export interface AuditFact {
  /** Unique; a fact that is handed over twice is kept once. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: AuditActor;
  /** `<type>.<verb>`: 'application.sync'. */
  readonly action: string;
  readonly object: AuditObject;
  readonly outcome: string;
  readonly reason?: string;
  readonly operationId?: string;
  readonly revision?: string;
  /** JSON without secrets. */
  readonly details?: unknown;
}

/** A fact with its place in the chain. */
export interface AuditEntry extends AuditFact {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** Hash of the entry before; {@link GENESIS} for the first. */
  readonly previous: string;
  /** SHA-256 of the entry's text, hex. */
  readonly hash: string;
}

/** An entry as it is kept: the text is what the hash covers. */
export interface AuditRow {
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
  /** What stands in columns beside the text, for searching. Must say the same. */
  readonly columns: {
    readonly id: string;
    readonly at: string;
    readonly actor: string;
    readonly action: string;
    readonly objectType: string;
    readonly project: string;
    readonly namespace: string;
    readonly name: string;
    readonly outcome: string;
    readonly revision: string;
  };
}

/** The newest entry that somebody saw. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * - changed: the entry is not what its hash, its columns or the entry after it say
 * - missing: there is no entry of this number
 * - reordered: the entry stands in another entry's place
 * - truncated: the log ends before an entry that was there, or that entry is another one now
 * - git: git knows the revision differently, or not at all
 */
export type AuditProblemKind = 'changed' | 'missing' | 'reordered' | 'truncated' | 'git';

export interface AuditProblem {
  readonly kind: AuditProblemKind;
  readonly seq: number;
  readonly message: string;
}
