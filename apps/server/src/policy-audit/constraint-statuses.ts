import { type Clock, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import { deepEqual, gvkOf, type KubeObject } from '@sekisho/kube';
import type { AuditViolation } from '@sekisho/policy';
import { createTurns } from '../turns.ts';

/** Writes into constraints what Gatekeeper's audit writes: when, how many violations, and the first of them. */
export interface ConstraintStatuses {
  /** Violations of these policies are others. */
  note(policyIds: Iterable<string>): void;
  /** Everything was asked about, or constraints are others: what was never told is told. */
  noteAll(): void;
  close(): Promise<void>;
}

/** As Gatekeeper's `--constraint-violations-limit`. */
const LISTED = 20;
const MAX_MESSAGE_CHARS = 256;
const PAUSE_MS = 2_000;
const RETRY_MS = 10_000;
/** So often the time of the audit is written, though nothing else changed. */
const FRESH_MS = 600_000;

interface Written {
  readonly uid: string | undefined;
  readonly status: unknown;
  readonly at: number;
}

/** @see Gatekeeper's documentation, "Audit" */
export function createConstraintStatuses(options: {
  /** Of the cluster that holds the constraints. */
  client: KubeClient;
  constraints: () => Iterable<KubeObject>;
  violations: () => Iterable<AuditViolation>;
  /** Name of a cluster that is not the one with the constraints. */
  nameOfOther: (cluster: string) => string | undefined;
  clock: Clock;
  logger: Logger;
}): ConstraintStatuses {
  const { client, clock, logger } = options;
  const giveWay = createTurns();
  const written = new Map<string, Written>();
  const closing = new AbortController();
  let dirty = new Set<string>();
  let all = false;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> | undefined;
  let cancelRefresh = refreshLater();

  function refreshLater(): () => void {
    return clock.after(FRESH_MS, () => {
      all = true;
      schedule(0);
      cancelRefresh = refreshLater();
    });
  }

  function schedule(ms: number): void {
    if (closing.signal.aborted || cancel !== undefined || writing !== undefined) return;
    cancel = clock.after(ms, () => {
      cancel = undefined;
      writing = write()
        .catch((error: unknown) => logger.error({ err: error }, 'the audit of constraints could not be told'))
        .finally(() => {
          writing = undefined;
          if (all || dirty.size > 0) schedule(RETRY_MS);
        });
    });
  }

  async function write(): Promise<void> {
    const constraints = new Map([...options.constraints()].map((object) => [idOf(object), object]));
    for (const id of written.keys()) if (!constraints.has(id)) written.delete(id);
    const meant = [...constraints].filter(([id, { metadata }]) => {
      const known = written.get(id);
      const isOld = known === undefined || known.uid !== metadata.uid || clock.now() - known.at >= FRESH_MS;
      return dirty.has(id) || (all && isOld);
    });
    dirty = new Set();
    all = false;
    if (meant.length === 0) return;
    const found = await violationsOf(new Set(meant.map(([id]) => id)));
    for (const [id, constraint] of meant) {
      if (closing.signal.aborted) return;
      try {
        await writeOne(id, constraint, found.get(id) ?? []);
      } catch (error) {
        if (isSekishoError(error, 'KUBE_NOT_FOUND') || closing.signal.aborted) continue;
        if (isSekishoError(error) && error.retryable) dirty.add(id);
        logger.debug({ constraint: id, error: messageOf(error) }, 'the audit of a constraint could not be told');
      }
      await giveWay();
    }
  }

  async function violationsOf(ids: ReadonlySet<string>): Promise<Map<string, AuditViolation[]>> {
    const found = new Map<string, AuditViolation[]>();
    for (const violation of [...options.violations()]) {
      const { policyId } = violation.verdict;
      if (!ids.has(policyId) || violation.decision === 'waived') continue;
      const others = found.get(policyId);
      if (others === undefined) found.set(policyId, [violation]);
      else others.push(violation);
      await giveWay();
    }
    return found;
  }

  async function writeOne(id: string, constraint: KubeObject, violations: readonly AuditViolation[]): Promise<void> {
    const status = { totalViolations: violations.length, violations: firstOf(violations).map(entryOf) };
    const { uid, name = '' } = constraint.metadata;
    const known = written.get(id);
    const now = clock.now();
    if (known !== undefined && known.uid === uid && now - known.at < FRESH_MS && deepEqual(known.status, status))
      return;
    const auditTimestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
    await client.patch(
      typeOf(constraint),
      name,
      undefined,
      { kind: 'merge', body: { status: { auditTimestamp, ...status } } },
      { subresource: 'status', signal: closing.signal },
    );
    written.set(id, { uid, status, at: now });
  }

  function entryOf({ cluster, object, verdict, decision }: AuditViolation) {
    const { group, version, kind, namespace, name } = object;
    const other = options.nameOfOther(cluster);
    return {
      group,
      version,
      kind,
      name,
      ...(namespace === undefined || namespace === '' ? {} : { namespace }),
      message: verdict.message.slice(0, MAX_MESSAGE_CHARS),
      enforcementAction: decision,
      ...(other === undefined ? {} : { cluster: other }),
    };
  }

  return {
    note(ids) {
      for (const id of ids) if (id.startsWith('gatekeeper/')) dirty.add(id);
      if (dirty.size > 0) schedule(PAUSE_MS);
    },
    noteAll() {
      all = true;
      schedule(PAUSE_MS);
    },
    async close() {
      closing.abort(new Error('the server stops'));
      cancel?.();
      cancelRefresh();
      await writing;
    },
  };
}

/** As policies are named. */
function idOf({ kind, metadata }: KubeObject): string {
  return `gatekeeper/${kind}/${metadata.name ?? ''}`;
}

/** Gatekeeper names the resource of a constraint by its kind in lower case. */
function typeOf(constraint: KubeObject): ResourceType {
  const { group, version, kind } = gvkOf(constraint);
  return { group, version, kind, resource: kind.toLowerCase(), namespaced: false };
}

/** The first in the order of names, so that the same violations are told the same way. */
function firstOf(violations: readonly AuditViolation[]): readonly AuditViolation[] {
  const sorted = violations.map((violation) => ({ violation, key: `${violation.objectKey} ${violation.id}` }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.slice(0, LISTED).map(({ violation }) => violation);
}
