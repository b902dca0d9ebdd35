import { type Clock, type Logger, messageOf, sleep } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';

/** Whether a remote cluster answers: asked now and then, because a watch that says nothing says nothing about it. */
export interface Reachability {
  /** Why it does not answer; undefined while it does. */
  trouble(): string | undefined;
  close(): void;
}

const LOOK_MS = 10_000;
/** While it is away: to go on soon after it is back. */
const LOOK_AGAIN_MS = 2_000;
const ANSWER_MS = 8_000;

/** @param onChange called when trouble begins, changes and ends */
export function watchReachability(options: {
  client: KubeClient;
  clock: Clock;
  logger: Logger;
  onChange: () => void;
}): Reachability {
  const { client, clock, logger, onChange } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let trouble: string | undefined;

  function note(next: string | undefined): void {
    if (signal.aborted || next === trouble) return;
    trouble = next;
    if (next === undefined) logger.info({}, 'a cluster answers again');
    else logger.warn({ error: next }, 'a cluster does not answer');
    onChange();
  }

  async function look(): Promise<void> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    try {
      const { status } = await client.request({
        method: 'GET',
        path: '/version',
        signal: AbortSignal.any([signal, timeout]),
      });
      note(status === 200 ? undefined : `it answers ${status}`);
    } catch (error) {
      note(timeout.aborted ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(error));
    }
  }

  void (async () => {
    while (!signal.aborted) {
      await sleep(trouble === undefined ? LOOK_MS : LOOK_AGAIN_MS, { signal, clock });
      await look();
    }
  })().catch(() => {}); // only the sleep rejects, when it is closed

  return { trouble: () => trouble, close: () => closing.abort() };
}
