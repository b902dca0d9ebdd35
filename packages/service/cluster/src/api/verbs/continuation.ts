import type { Clock } from '@sekisho/base';
import type { StoredObject } from '../../storage/stored-object.ts';
import { badRequest, expired, type StatusError } from '../status-error.ts';

/** The rest of a paged list, frozen at the revision of its first page. */
export interface Snapshot {
  readonly revision: number;
  readonly items: readonly StoredObject[];
  /** Index of the next item. */
  readonly next: number;
}

export interface Continuations {
  /** Keeps what is left of a list; returns the token for the next page. */
  save(snapshot: Snapshot): string;
  /** @throws StatusError 410 when it is too old to be known, 400 when it never was a token */
  take(token: string): Snapshot | { readonly afterKey: string };
}

const MAX_SNAPSHOTS = 64;
const MAX_AGE_MS = 5 * 60_000;

/** Pages come from a snapshot of pointers, so a list is consistent however long the client takes over its pages. */
export function createContinuations(clock: Clock): Continuations {
  const snapshots = new Map<number, { items: readonly StoredObject[]; revision: number; usedAt: number }>();
  let counter = 0;
  return {
    save: ({ items, revision, next }) => {
      let id: number | undefined;
      for (const [known, entry] of snapshots) if (entry.items === items) id = known;
      id ??= ++counter;
      snapshots.delete(id);
      snapshots.set(id, { items, revision, usedAt: clock.now() });
      for (const [old, entry] of snapshots) {
        if (snapshots.size <= MAX_SNAPSHOTS && clock.now() - entry.usedAt < MAX_AGE_MS) break;
        snapshots.delete(old);
      }
      return encode({ id, next, revision, key: items[next - 1]?.key ?? '' });
    },
    take: (token) => {
      const { id, next, revision, key } = decode(token);
      if (id === -1) return { afterKey: key };
      const entry = snapshots.get(id);
      if (entry === undefined || entry.revision !== revision) throw tooOld(key);
      entry.usedAt = clock.now();
      return { revision, items: entry.items, next };
    },
  };
}

interface Token {
  readonly id: number;
  readonly next: number;
  readonly revision: number;
  readonly key: string;
}

function encode(token: Token): string {
  return Buffer.from(JSON.stringify({ v: 'sekisho/v1', ...token })).toString('base64url');
}

function decode(text: string): Token {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Token>;
    const { id, next, revision, key } = value;
    if (typeof id === 'number' && typeof next === 'number' && typeof revision === 'number' && typeof key === 'string') {
      return { id, next, revision, key };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest('continue key is not valid: cannot be decoded');
}

function tooOld(key: string): StatusError {
  const inconsistent = encode({ id: -1, next: 0, revision: -1, key });
  return expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    inconsistent,
  );
}
