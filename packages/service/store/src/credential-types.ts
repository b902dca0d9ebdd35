/** What a token or session may at most do, of all that its user may. Absent fields limit nothing. */
export interface CredentialScope {
  /** Only objects of this project. */
  readonly project?: string;
  /** Only what this role allows: `role:readonly`, `proj:shop:ci`. */
  readonly role?: string;
}

/** A token of the API. The token itself is never stored. Dates are ISO 8601, UTC. */
export interface ApiToken {
  readonly id: string;
  /** Account, or `proj:PROJECT:ROLE`. */
  readonly account: string;
  /** What it is for, in its maker's words. */
  readonly description: string;
  readonly scope: CredentialScope;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** To the minute or so. */
  readonly lastUsedAt?: string;
  readonly lastUsedFrom?: string;
}

/** Somebody who signed in. The secret of the session is never stored. */
export interface Session {
  /** Hash of the secret. */
  readonly hash: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** How the user proved who it is. */
  readonly method: string;
  /** The token that the session was made with; it ends with the token. */
  readonly tokenId?: string;
  readonly scope: CredentialScope;
  /** Where it was made, and what it is bound to. */
  readonly address: string;
  readonly agent: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
}

/** Passwords of local accounts, tokens and sessions: of each secret only what proves it. */
export interface Credentials {
  /** The stored form of an account's password and when it was set; undefined when it has none. */
  password(account: string): Promise<{ readonly stored: string; readonly changedAt: string } | undefined>;
  setPassword(account: string, stored: string, changedAt: string): Promise<void>;
  addToken(token: ApiToken, hash: string): Promise<void>;
  /** Newest first; of all accounts when none is given. At most 1000. */
  tokens(account?: string): Promise<ApiToken[]>;
  tokenByHash(hash: string): Promise<ApiToken | undefined>;
  tokenUsed(id: string, at: string, from: string): Promise<void>;
  /** Ends the sessions that were made with it, too. False when the account has no such token. */
  deleteToken(account: string, id: string): Promise<boolean>;
  addSession(session: Session): Promise<void>;
  session(hash: string): Promise<Session | undefined>;
  sessionSeen(hash: string, at: string): Promise<void>;
  deleteSession(hash: string): Promise<boolean>;
  /** Ends all sessions of a user but one; returns how many. */
  deleteSessionsOf(user: string, options?: { exceptHash?: string }): Promise<number>;
  /** Deletes sessions that expired or were not seen since, and tokens that expired; returns how many. */
  deleteExpired(options: { now: string; seenBefore: string }): Promise<number>;
}
