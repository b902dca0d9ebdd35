import { type Clock, createLru, type Logger, messageOf, SekishoError } from '@sekisho/base';
import type { Credentials, Session } from '@sekisho/store';
import type { Actor } from '../http/route.ts';
import { agentFamily, networkOf } from './network.ts';
import { createSecret, hashSecret } from './secret-text.ts';
import type { SignInSettings } from './settings.ts';

/** Where a request comes from. */
export interface Caller {
  readonly address: string;
  readonly agent: string;
}

/** Who signed in, and how: what a session is made of. */
export interface SignedIn {
  readonly user: string;
  readonly groups: readonly string[];
  readonly method: Actor['method'];
  readonly tokenId?: string;
  readonly scope?: Actor['scope'];
  /** A session never outlives the token that it was made with. */
  readonly expiresAt?: number;
}

export interface Sessions {
  /** @returns secret: what the browser or program shows from now on; never stored */
  create(who: SignedIn, caller: Caller): Promise<{ readonly secret: string; readonly session: Session }>;
  /**
   * The session of a secret, when it is still good.
   *
   * @throws SekishoError SESSION_EXPIRED | SESSION_MOVED (used from another network or by another program: it has ended)
   */
  find(secret: string, caller: Caller): Promise<Session | undefined>;
  end(secret: string): Promise<void>;
  /** Ends all sessions of a user, but the one of this secret. */
  endAllOf(user: string, options?: { readonly except?: string }): Promise<void>;
  /** Looks all sessions up again: some of them may have ended by other means. */
  forget(): void;
  /** Deletes what expired a week ago; until then whoever shows it is told so. */
  sweep(): Promise<void>;
}

/** Other processes on the same store may end a session: an answer counts for this long. */
const REMEMBER_MS = 5_000;
/** A session is marked as seen no more often than this. */
const SEEN_MS = 60_000;
const MAX_REMEMBERED = 5_000;
const KEEP_EXPIRED_MS = 7 * 24 * 60 * 60_000;

export function createSessions(options: {
  credentials: Credentials;
  settings: () => Pick<SignInSettings, 'sessionMs' | 'idleMs'>;
  clock: Clock;
  logger: Logger;
}): Sessions {
  const { credentials, settings, clock, logger } = options;
  const remembered = createLru<string, { readonly session: Session; readonly at: number }>({
    maxWeight: MAX_REMEMBERED,
  });
  const iso = (ms: number) => new Date(ms).toISOString();

  async function load(hash: string): Promise<Session | undefined> {
    const known = remembered.get(hash);
    if (known !== undefined && clock.now() - known.at < REMEMBER_MS) return known.session;
    const session = await credentials.session(hash);
    if (session === undefined) remembered.delete(hash);
    else remembered.set(hash, { session, at: clock.now() });
    return session;
  }

  async function remove(hash: string): Promise<void> {
    remembered.delete(hash);
    await credentials.deleteSession(hash);
  }

  function seen(session: Session): Session {
    const now = clock.now();
    if (now - Date.parse(session.lastSeenAt) < SEEN_MS) return session;
    const updated = { ...session, lastSeenAt: iso(now) };
    remembered.set(session.hash, { session: updated, at: now });
    // Nobody waits for it.
    credentials
      .sessionSeen(session.hash, updated.lastSeenAt)
      .catch((error) => logger.warn({ error: messageOf(error) }, 'a session could not be marked as seen'));
    return updated;
  }

  return {
    async create(who, caller) {
      const secret = createSecret('session');
      const now = clock.now();
      const session: Session = {
        hash: hashSecret(secret),
        user: who.user,
        groups: who.groups,
        method: who.method,
        ...(who.tokenId === undefined ? {} : { tokenId: who.tokenId }),
        scope: who.scope ?? {},
        address: caller.address,
        agent: agentFamily(caller.agent),
        createdAt: iso(now),
        lastSeenAt: iso(now),
        expiresAt: iso(Math.min(now + settings().sessionMs, who.expiresAt ?? Number.POSITIVE_INFINITY)),
      };
      await credentials.addSession(session);
      return { secret, session };
    },
    async find(secret, caller) {
      const session = await load(hashSecret(secret));
      if (session === undefined) return undefined;
      const now = clock.now();
      const isIdle = now - Date.parse(session.lastSeenAt) > settings().idleMs;
      if (isIdle || now >= Date.parse(session.expiresAt)) {
        const why = isIdle ? 'Nobody used the session for too long' : 'The session is over';
        throw new SekishoError('SESSION_EXPIRED', `${why}.`, {
          hint: 'Sign in again.',
          details: { status: 401 },
        });
      }
      const moved = networkOf(session.address) !== networkOf(caller.address);
      if (moved || session.agent !== agentFamily(caller.agent)) {
        await remove(session.hash);
        logger.warn(
          { user: session.user, from: session.address, to: caller.address },
          'a session was used from elsewhere and has ended',
        );
        throw new SekishoError(
          'SESSION_MOVED',
          `The session was used from another ${moved ? 'network' : 'program'} than the one it was made in, and has ended.`,
          { hint: 'Sign in again. If that was not you, change your password.', details: { status: 401 } },
        );
      }
      return seen(session);
    },
    end: (secret) => remove(hashSecret(secret)),
    async endAllOf(user, { except } = {}) {
      remembered.clear();
      await credentials.deleteSessionsOf(user, except === undefined ? {} : { exceptHash: hashSecret(except) });
    },
    forget: () => remembered.clear(),
    async sweep() {
      const now = clock.now() - KEEP_EXPIRED_MS;
      await credentials.deleteExpired({ now: iso(now), seenBefore: iso(now - settings().idleMs) });
    },
  };
}
