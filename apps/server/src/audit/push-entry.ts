import type { PushEvent } from '@sekisho/git';
import type { Audit } from './audit.ts';

const MAX_REFS = 100;

/** A push to an embedded repository. Commits that Sekisho makes itself are told by whoever asked for them. */
export function recordPush(audit: Audit, { url, refs, by }: PushEvent): void {
  if (by === undefined) return;
  const newest = refs.find(({ new: commit }) => !/^0+$/.test(commit))?.new;
  audit.record({
    actor: { user: by, groups: [], method: 'token' },
    action: 'repository.push',
    object: { type: 'repository', name: url },
    outcome: 'succeeded',
    ...(newest === undefined ? {} : { revision: newest }),
    details: {
      refs: refs.slice(0, MAX_REFS),
      ...(refs.length > MAX_REFS ? { refsLeftOut: refs.length - MAX_REFS } : {}),
    },
  });
}
