import { type Clock, createLru, SekishoError } from '@sekisho/base';
import { networkOf } from './network.ts';

/** Slows down who guesses passwords or tokens: by address and by account, longer with each failure. */
export interface SignInLimits {
  /** @throws SekishoError SIGN_IN_LIMITED, with `retryAfterSeconds` in its details */
  check(address: string, account?: string): void;
  failed(address: string, account?: string): void;
  succeeded(address: string, account?: string): void;
}

interface Failures {
  readonly count: number;
  readonly at: number;
}

interface Limit {
  /** Failures that cost nothing. */
  readonly free: number;
  readonly maxWaitMs: number;
}

/** Many people may share an address. */
const OF_ADDRESS: Limit = { free: 20, maxWaitMs: 5 * 60_000 };
/** Short at most: otherwise anybody could keep somebody else out. */
const OF_ACCOUNT: Limit = { free: 5, maxWaitMs: 30_000 };
const FORGET_MS = 15 * 60_000;
const MAX_REMEMBERED = 10_000;

export function createSignInLimits(clock: Clock): SignInLimits {
  const addresses = createLru<string, Failures>({ maxWeight: MAX_REMEMBERED });
  const accounts = createLru<string, Failures>({ maxWeight: MAX_REMEMBERED });

  /** A directory takes these for one name: each way to write it must not have tries of its own. */
  const keyOf = (account: string) => account.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

  function waitMs(failures: Failures | undefined, { free, maxWaitMs }: Limit): number {
    if (failures === undefined || failures.count < free) return 0;
    const pause = Math.min(maxWaitMs, 1000 * 2 ** Math.min(30, failures.count - free));
    return Math.max(0, failures.at + pause - clock.now());
  }

  function next(failures: Failures | undefined): Failures {
    const isOld = failures === undefined || clock.now() - failures.at > FORGET_MS;
    return { count: isOld ? 1 : failures.count + 1, at: clock.now() };
  }

  return {
    check(address, account) {
      const wait = Math.max(
        waitMs(addresses.get(networkOf(address)), OF_ADDRESS),
        account === undefined ? 0 : waitMs(accounts.get(keyOf(account)), OF_ACCOUNT),
      );
      if (wait === 0) return;
      const seconds = Math.ceil(wait / 1000);
      throw new SekishoError('SIGN_IN_LIMITED', `Too many sign-ins failed; the next one is possible in ${seconds} s.`, {
        retryable: true,
        hint: 'Wait, and check user name and password. Tokens and open sessions go on working.',
        details: { status: 429, retryAfterSeconds: seconds },
      });
    },
    failed(address, account) {
      addresses.set(networkOf(address), next(addresses.get(networkOf(address))));
      if (account !== undefined) accounts.set(keyOf(account), next(accounts.get(keyOf(account))));
    },
    succeeded(_address, account) {
      // The address keeps its count: who has one account must not gain tries at others.
      if (account !== undefined) accounts.delete(keyOf(account));
    },
  };
}
