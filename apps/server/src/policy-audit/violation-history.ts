import { type Clock, type Logger, messageOf } from '@sekisho/base';
import type { AuditChange, AuditViolation, KnownViolation } from '@sekisho/policy';
import type { ViolationLog, ViolationRecord } from '@sekisho/store';
import { type OwnerApplication, shortened } from './violation.ts';

/** Keeps in the store what broke policies and when, behind the work: many changes become few statements. */
export interface ViolationHistory {
  apply(change: AuditChange): void;
  /** These are over, though nobody looked: their cluster is gone. */
  end(ids: Iterable<string>): void;
  /** Clusters of which something is still open. */
  openClusters(): ReadonlyMap<string, string[]>;
  /** Writes what is left, as long as the store takes it. */
  close(): Promise<void>;
}

const PAUSE_MS = 500;
const RETRY_MS = 10_000;
const BATCH = 500;
const MAX_PENDING = 100_000;
const MAX_RESTORED = 200_000;
/** What ended this long ago is dropped. */
const KEEP_MS = 90 * 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * What was open when the server stopped.
 * @throws SekishoError STORE_*
 */
export function readOpenViolations(log: ViolationLog): Promise<ViolationRecord[]> {
  return log.open(MAX_RESTORED);
}

export function knownViolation(record: ViolationRecord): KnownViolation {
  const { id, cluster, object, policyId, rule, slot, message, since } = record;
  const { group, kind, namespace, name } = object;
  const objectKey = `${group}/${kind}/${namespace}/${name}`;
  return { id, cluster, objectKey, policyId, rule, slot, message, since: Date.parse(since) };
}

export function openViolationHistory(options: {
  log: ViolationLog;
  /** What was open when the server stopped. */
  known: readonly ViolationRecord[];
  applicationOf: (violation: AuditViolation) => OwnerApplication | undefined;
  clock: Clock;
  logger: Logger;
}): ViolationHistory {
  const { log, applicationOf, clock, logger } = options;
  const open = new Map(options.known.map((record) => [record.id, record]));
  const pending = new Map<string, ViolationRecord>();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> | undefined;
  let prunedAt = clock.now();
  let lost = 0;
  let closed = false;

  function now(): string {
    return new Date(clock.now()).toISOString();
  }

  function write(record: ViolationRecord): void {
    const key = `${record.id} ${record.from}`;
    if (!pending.has(key) && pending.size >= MAX_PENDING) {
      if (lost++ === 0) logger.warn({}, 'the store takes no violations: history has a gap');
      return;
    }
    pending.set(key, record);
    schedule(PAUSE_MS);
  }

  function begin(violation: AuditViolation, from: string): void {
    const application = applicationOf(violation);
    const { id, cluster, object, verdict, decision, since, slot } = violation;
    const { group, kind, namespace = '', name } = object;
    const record: ViolationRecord = {
      id,
      from,
      since: new Date(since).toISOString(),
      cluster,
      object: { group, kind, namespace, name },
      policyId: verdict.policyId,
      rule: verdict.policy.rule ?? '',
      slot,
      decision,
      ...(verdict.severity === undefined ? {} : { severity: verdict.severity }),
      message: shortened(verdict.message),
      ...(application === undefined ? {} : { application }),
    };
    open.set(id, record);
    write(record);
  }

  function end(id: string): void {
    const record = open.get(id);
    if (record === undefined) return;
    open.delete(id);
    write({ ...record, until: now() });
  }

  /** It goes on, perhaps with another decision. */
  function goOn(violation: AuditViolation): void {
    const before = open.get(violation.id);
    const isOther = before !== undefined && before.decision !== violation.decision;
    if (isOther) end(violation.id);
    if (isOther || before?.message !== shortened(violation.verdict.message)) {
      begin(violation, isOther ? now() : (before?.from ?? now()));
    }
  }

  function schedule(ms: number): void {
    if (closed || cancel !== undefined || writing !== undefined) return;
    cancel = clock.after(ms, () => {
      cancel = undefined;
      writing = flush().finally(() => {
        writing = undefined;
        if (pending.size > 0) schedule(RETRY_MS);
      });
    });
  }

  async function flush(): Promise<void> {
    try {
      while (pending.size > 0) {
        const batch = [...pending].slice(0, BATCH);
        for (const [key] of batch) pending.delete(key);
        try {
          await log.save(batch.map(([, record]) => record));
        } catch (error) {
          for (const [key, record] of batch) if (!pending.has(key)) pending.set(key, record);
          throw error;
        }
      }
      lost = 0;
      if (clock.now() - prunedAt > PRUNE_EVERY_MS) {
        prunedAt = clock.now();
        await log.prune(new Date(clock.now() - KEEP_MS).toISOString());
      }
    } catch (error) {
      logger.warn({ error: messageOf(error), violations: pending.size }, 'violations could not be stored yet');
    }
  }

  return {
    apply({ began, changed, ended, over, found }) {
      for (const { id } of ended) end(id);
      for (const id of over) end(id);
      for (const violation of began) begin(violation, now());
      for (const violation of found) goOn(violation);
      for (const { after } of changed) goOn(after);
    },
    end(ids) {
      for (const id of ids) end(id);
    },
    openClusters() {
      const clusters = new Map<string, string[]>();
      for (const { id, cluster } of open.values()) {
        const ids = clusters.get(cluster);
        if (ids === undefined) clusters.set(cluster, [id]);
        else ids.push(id);
      }
      return clusters;
    },
    async close() {
      closed = true;
      cancel?.();
      await writing;
      if (pending.size > 0) await flush();
    },
  };
}
