import { type Logger, messageOf } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { Concerned } from './concerned.ts';
import type { MergedSources } from './merged-sources.ts';

/** How many applications are held against a new commit before others get their turn. */
const KEYS_PER_TURN = 100;

/** Gives what is to be done about a repository's new commit: only applications whose inputs changed are woken. */
export function followSources(options: {
  concerned: Pick<Concerned, 'byRepository' | 'memory'>;
  merged: Pick<MergedSources, 'isCurrent' | 'troubles'>;
  object: (key: string) => KubeObject | undefined;
  /** Whether a commit is signed is no matter of the files that it touches. */
  asksForSignatures: (application: KubeObject) => boolean;
  wake: (key: string) => void;
  logger: Logger;
}): (repoURL: string) => Promise<void> {
  const { concerned, merged, logger } = options;

  /** Whether the newest commit means nothing to an application: it was rendered from the same inputs, and all is well. */
  async function isUntouched(key: string, repoURL: string, signal: AbortSignal): Promise<boolean> {
    const memory = concerned.memory(key);
    if (memory === undefined || !memory.sources.some((source) => source.repoURL === repoURL)) return false;
    const object = options.object(key);
    if (hasErrors(object) || merged.troubles(memory.sources).length > 0) return false;
    if (object !== undefined && options.asksForSignatures(object)) return false;
    try {
      return await merged.isCurrent(memory.sources, memory.rendered, signal);
    } catch (error) {
      logger.debug({ app: key, error: messageOf(error) }, 'the reconciliation will tell what is wrong');
      return false;
    }
  }

  return async (repoURL) => {
    const signal = AbortSignal.timeout(60_000);
    let seen = 0;
    for (const key of concerned.byRepository(repoURL)) {
      if (!(await isUntouched(key, repoURL, signal))) options.wake(key);
      // Everything is answered from memory: without a pause thousands of applications would hold up all requests.
      if (++seen % KEYS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

function hasErrors(object: KubeObject | undefined): boolean {
  const conditions = (object?.['status'] as { conditions?: { type: string }[] } | undefined)?.conditions ?? [];
  return conditions.some((condition) => condition.type.endsWith('Error'));
}
