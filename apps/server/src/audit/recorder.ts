import { randomUUID } from 'node:crypto';
import type { AuditEntry, AuditFact, AuditHead } from '@sekisho/audit';
import { backoffMs, type Clock, type Logger, messageOf, sleep } from '@sekisho/base';
import type { AuditLog } from '@sekisho/store';
import type { Audit, NewAuditEntry } from './audit.ts';
import type { AuditJournal } from './journal.ts';

export interface AuditRecorder extends Audit {
  /** Facts that are not in the log yet. */
  readonly waiting: number;
  /** Fulfilled when everything recorded so far is in the log; rejected when the signal aborts. */
  settled(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Facts in one transaction. */
const BATCH = 200;
const CLOSE_WITHIN_MS = 5_000;

/** Facts go to the journal, then to the log, in order; while the store is away they wait in the journal. */
export function createAuditRecorder(options: {
  log: Pick<AuditLog, 'append'>;
  journal: AuditJournal;
  /** Told of entries that are in the log, in order. Must not throw. */
  onEntries?: (entries: readonly AuditEntry[]) => void;
  /** Keeps the newest head somewhere else. A failure is told, and the next head tries again. */
  keepHead?: (head: AuditHead) => Promise<void>;
  clock: Clock;
  logger: Logger;
}): AuditRecorder {
  const { log, journal, clock, logger } = options;
  const closing = new AbortController();
  /** Not yet in the journal. */
  let fresh: AuditFact[] = [];
  /** In the journal, not yet in the log. */
  const waiting: AuditFact[] = [...journal.pending];
  let working: Promise<void> | undefined;

  function wake(): void {
    working ??= work().finally(() => {
      working = undefined;
      if (fresh.length > 0 && !closing.signal.aborted) wake();
    });
  }

  async function work(): Promise<void> {
    // What is recorded in one go goes to disk together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (fresh.length + waiting.length > 0) {
      await write();
      const batch = waiting.slice(0, BATCH);
      const entries = await appendPatiently(batch);
      if (entries === undefined) return;
      waiting.splice(0, batch.length);
      if (waiting.length === 0 && fresh.length === 0) await journal.clear();
      options.onEntries?.(entries);
      const head = entries.at(-1);
      if (head !== undefined) await keepHead({ seq: head.seq, hash: head.hash });
    }
  }

  async function write(): Promise<void> {
    const facts = fresh;
    if (facts.length === 0) return;
    fresh = [];
    try {
      await journal.append(facts);
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the journal of the audit log can not be written');
    }
    waiting.push(...facts);
  }

  async function appendPatiently(facts: readonly AuditFact[]): Promise<AuditEntry[] | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await log.append(facts);
      } catch (error) {
        if (closing.signal.aborted) return undefined;
        logger.error({ error: messageOf(error), waiting: waiting.length }, 'the audit log waits for the store');
      }
      await write();
      const pauseMs = backoffMs(attempt, { minMs: 200 });
      await sleep(pauseMs, { signal: closing.signal, clock }).catch(() => {});
    }
  }

  async function keepHead(head: AuditHead): Promise<void> {
    try {
      await options.keepHead?.(head);
    } catch (error) {
      logger.warn({ error: messageOf(error), seq: head.seq }, 'the head of the audit log could not be kept aside');
    }
  }

  if (waiting.length > 0) wake();
  return {
    record(entry) {
      fresh.push(toFact(entry, clock.now()));
      wake();
    },
    get waiting() {
      return fresh.length + waiting.length;
    },
    async settled(signal) {
      while (fresh.length + waiting.length > 0 || working !== undefined) {
        await (working ?? Promise.resolve());
        signal.throwIfAborted();
      }
    },
    async close() {
      const timer = setTimeout(() => closing.abort(), CLOSE_WITHIN_MS);
      await working;
      clearTimeout(timer);
      closing.abort();
      await write();
      await journal.close();
    },
  };
}

function toFact(entry: NewAuditEntry, now: number): AuditFact {
  const { actor, at, action, object, outcome, reason, operationId, revision, details } = entry;
  const { user, groups, method, address, tokenId } = actor;
  return {
    id: randomUUID(),
    at: at ?? new Date(now).toISOString(),
    actor: {
      user,
      ...(groups.length === 0 ? {} : { groups }),
      method,
      ...(address === undefined ? {} : { address }),
      ...(tokenId === undefined ? {} : { tokenId }),
    },
    action,
    object,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(operationId === undefined ? {} : { operationId }),
    ...(revision === undefined ? {} : { revision }),
    ...(details === undefined ? {} : { details }),
  };
}
