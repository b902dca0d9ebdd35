import { backoffMs, type Clock, isSekishoError, type Logger, messageOf, sleep } from '@sekisho/base';
import type { NewRelease, Store } from '@sekisho/store';

/** Writes releases into the store behind the syncs that made them: a store that is away stops no sync. */
export interface ReleaseRecorder {
  record(release: NewRelease): void;
  /** Gives what waits a short while more; then it is given up, with a line in the log. */
  close(): Promise<void>;
}

const BACKOFF = { minMs: 1000, maxMs: 60_000 };
const LAST_CHANCE_MS = 5_000;
/** How many of the newest releases are looked through for one that was recorded although the answer did not arrive. */
const DUPLICATES_AMONG = 20;

/** @param options  maxWaiting: releases that are kept in memory while the store is away; default 10,000, the oldest go first */
export function createReleaseRecorder(options: {
  store: Store;
  clock: Clock;
  logger: Logger;
  maxWaiting?: number;
}): ReleaseRecorder {
  const { store, clock, logger, maxWaiting = 10_000 } = options;
  const waiting: NewRelease[] = [];
  const closing = new AbortController();
  let closed = false;
  let working: Promise<void> | undefined;

  function giveUp(release: NewRelease, error: string): void {
    const { namespace, app, revision } = release;
    logger.error({ app: `${namespace}/${app}`, revision, error }, 'a release could not be recorded');
  }

  async function work(): Promise<void> {
    for (let failures = 0; waiting.length > 0; ) {
      const [release] = waiting;
      if (release === undefined) return;
      try {
        if (failures === 0 || !(await isRecorded(release))) await store.releases.record(release);
        if (failures > 0) logger.info({ waiting: waiting.length - 1 }, 'the store is back');
        failures = 0;
      } catch (error) {
        if (mayPass(error) && !closing.signal.aborted) {
          if (failures === 0) logger.warn({ error: messageOf(error) }, 'the store is away; releases wait for it');
          await sleep(backoffMs(failures++, BACKOFF), { clock, signal: closing.signal }).catch(() => {});
          continue;
        }
        giveUp(release, messageOf(error));
      }
      // While it waited it may have been dropped for newer ones.
      if (waiting[0] === release) waiting.shift();
    }
  }

  async function isRecorded({ namespace, app, startedAt, finishedAt }: NewRelease): Promise<boolean> {
    const newest = await store.releases.list({ namespace, app, limit: DUPLICATES_AMONG });
    return newest.some((known) => known.startedAt === startedAt && known.finishedAt === finishedAt);
  }

  return {
    record(release) {
      if (closed) return giveUp(release, 'the server is being stopped');
      if (waiting.length >= maxWaiting) {
        const dropped = waiting.shift();
        if (dropped !== undefined) giveUp(dropped, 'the store has been away for too long');
      }
      waiting.push(release);
      working ??= work().finally(() => {
        working = undefined;
      });
    },
    async close() {
      closed = true;
      const cancel = clock.after(LAST_CHANCE_MS, () => closing.abort());
      // A store that is away now is not waited for.
      await Promise.race([working, store.ping().catch(() => closing.abort())]);
      await working;
      cancel();
    },
  };
}

/** Whether somebody may mend it; a release that the database itself refuses stays refused. */
function mayPass(error: unknown): boolean {
  if (!isSekishoError(error) || error.code === 'STORE_CLOSED') return false;
  if (error.code !== 'STORE_FAILED') return true;
  const { sqlstate } = (error.details ?? {}) as { sqlstate?: unknown };
  return typeof sqlstate === 'string' && /^(28|3D|42501)/.test(sqlstate);
}
