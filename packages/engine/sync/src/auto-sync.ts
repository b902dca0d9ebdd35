import type { ApplicationComparison, ResourceState } from './compare/compare-application.ts';
import type { ResourceSelector } from './operation/types.ts';

/** `spec.syncPolicy.automated`. */
export interface AutoSyncPolicy {
  /** Default true. */
  readonly enabled?: boolean;
  readonly prune?: boolean;
  readonly selfHeal?: boolean;
  readonly allowEmpty?: boolean;
}

/** `spec.syncPolicy.retry`, durations in ms. */
export interface RetryPolicy {
  /** Retries after the first attempt; negative: without end. */
  readonly limit: number;
  readonly minMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** What applies to operations that auto-sync starts when the Application says nothing. */
export const defaultAutoRetry: RetryPolicy = Object.freeze({ limit: 5, minMs: 5000, factor: 2, maxMs: 180_000 });

/** The last operation of the application, whoever started it. */
export interface LastAttempt {
  readonly revision: string;
  /** Hash of what else makes the desired state: source, path, parameters. */
  readonly parametersHash: string;
  readonly phase: 'Running' | 'Succeeded' | 'Failed' | 'Error' | 'Terminating';
  /** RFC 3339. */
  readonly finishedAt?: string;
  /** Self-heals in a row for this revision, 0 at first. */
  readonly selfHealAttempts: number;
  /** It put back single objects of an application without automated sync: its revision was not synced as a whole. */
  readonly driftOnly?: boolean;
}

export interface AutoSyncInput {
  /** Undefined: no automated policy. */
  readonly policy: AutoSyncPolicy | undefined;
  readonly comparison: Pick<ApplicationComparison, 'resources' | 'sync'>;
  readonly revision: string;
  readonly parametersHash: string;
  readonly operationRunning: boolean;
  readonly last: LastAttempt | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly selfHealBackoff?: Omit<RetryPolicy, 'limit'>;
  /**
   * Whether a resource that differs although git says nothing new is put back: it overrides `policy.selfHeal`, also when
   * there is no automated policy. Undefined for a resource: as the policy says.
   */
  readonly heals?: (resource: ResourceState) => boolean | undefined;
  /** Whether a resource differs although git says nothing new of it, and the Application says what is done about that. */
  readonly isDrift?: (resource: ResourceState) => boolean;
}

export type AutoSyncDecision =
  | {
      readonly sync: true;
      readonly prune: boolean;
      /** Set for a self-heal: only these resources, and so no hooks. */
      readonly resources?: readonly ResourceSelector[];
      readonly selfHeal: boolean;
      /** To be kept with the operation, for the next decision. */
      readonly selfHealAttempts: number;
      /** There is no automated policy: see {@link LastAttempt}. */
      readonly driftOnly?: true;
    }
  | {
      readonly sync: false;
      readonly reason: AutoSyncRefusal;
      readonly message: string;
      /** Ask again after this time. */
      readonly retryAfterMs?: number;
    };

export type AutoSyncRefusal =
  | 'disabled'
  | 'operation-running'
  | 'in-sync'
  | 'unknown'
  | 'prune-only'
  | 'already-attempted'
  | 'self-heal-backoff'
  | 'would-wipe-out';

const selfHealBackoff = { minMs: 2000, factor: 3, maxMs: 300_000 };

/**
 * Whether to start a sync now: only when OutOfSync and idle, once for each revision and parameters; after that only
 * self-heal, with growing pauses. Deleting everything needs `allowEmpty`.
 *
 * @see Argo CD, docs/user-guide/auto_sync.md and controller/appcontroller.go
 */
export function decideAutoSync(input: AutoSyncInput): AutoSyncDecision {
  const { policy, comparison, last } = input;
  if (policy === undefined || policy.enabled === false) {
    const healing = input.operationRunning || last === undefined ? undefined : healOnly(input, last);
    return healing ?? refuse('disabled', 'automated sync is off');
  }
  if (input.operationRunning) return refuse('operation-running', 'another operation is running');
  if (comparison.sync === 'Unknown') return refuse('unknown', 'the desired state is not known');
  if (comparison.sync === 'Synced') return refuse('in-sync', 'nothing differs');

  const outOfSync = comparison.resources.filter(({ status, counts }) => counts && status === 'OutOfSync');
  const prune = policy.prune === true;
  if (!prune && outOfSync.every(({ requiresPruning }) => requiresPruning)) {
    return refuse('prune-only', 'only deletions are needed and automated.prune is off');
  }
  const managed = comparison.resources.filter(({ hook, counts }) => !hook && counts);
  if (prune && policy.allowEmpty !== true && managed.length > 0 && managed.every((state) => state.requiresPruning)) {
    return refuse('would-wipe-out', 'auto-sync will wipe out all resources; set automated.allowEmpty if that is meant');
  }

  const attempted =
    last?.revision === input.revision && last.parametersHash === input.parametersHash && last.driftOnly !== true;
  // A commit that says nothing new of what differs is no reason to undo what is to be reported only.
  const isDrift =
    last?.phase === 'Succeeded' &&
    input.isDrift !== undefined &&
    outOfSync.every((resource) => input.isDrift?.(resource));
  if (!attempted && !isDrift) return { sync: true, prune, selfHeal: false, selfHealAttempts: 0 };
  if (last.phase !== 'Succeeded') {
    // Its retries are the operation's own; when they are used up, only a new commit or a person starts again.
    return refuse(
      'already-attempted',
      `a sync of ${short(input.revision)} was tried and failed; it is not tried again`,
    );
  }
  const resources = outOfSync.filter(
    (resource) => (prune || !resource.requiresPruning) && (input.heals?.(resource) ?? policy.selfHeal === true),
  );
  if (resources.length === 0) {
    return refuse(
      'already-attempted',
      `${short(input.revision)} was synced before, and what drifted is not to be healed`,
    );
  }
  return selfHeal(input, last, resources, prune);
}

/** Without an automated policy only what is asked for by name is healed; undefined when nothing is. */
function healOnly(input: AutoSyncInput, last: LastAttempt): AutoSyncDecision | undefined {
  const { resources } = input.comparison;
  const differing = resources.filter(
    (resource) =>
      resource.counts &&
      resource.status === 'OutOfSync' &&
      !resource.requiresPruning &&
      input.heals?.(resource) === true,
  );
  if (differing.length === 0 || input.comparison.sync === 'Unknown') return undefined;
  // A failed heal is not tried again by itself, as with an automated policy.
  if (last.phase !== 'Succeeded' && last.selfHealAttempts > 0) return undefined;
  const decision = selfHeal(input, last, differing, false);
  return decision.sync ? { ...decision, driftOnly: true } : decision;
}

function selfHeal(
  input: AutoSyncInput,
  last: LastAttempt,
  resources: readonly ResourceState[],
  prune: boolean,
): AutoSyncDecision {
  const pauseMs = selfHealPauseMs(last.selfHealAttempts, input.selfHealBackoff ?? selfHealBackoff);
  const finished = Date.parse(last.finishedAt ?? '');
  const leftMs = Number.isFinite(finished) ? finished + pauseMs - input.now : 0;
  if (leftMs > 0) return { ...refuse('self-heal-backoff', 'pausing before the next self-heal'), retryAfterMs: leftMs };
  return {
    sync: true,
    prune,
    selfHeal: true,
    resources: resources.map(({ group, kind, namespace, name }) => ({ group, kind, namespace, name })),
    selfHealAttempts: last.selfHealAttempts + 1,
  };
}

/** Pause before self-heal number `attempts + 1`; the first one comes after the shortest. */
function selfHealPauseMs(attempts: number, { minMs, factor, maxMs }: Omit<RetryPolicy, 'limit'>): number {
  return Math.min(maxMs, minMs * factor ** Math.min(attempts, 64));
}

/**
 * When a failed operation is tried again.
 *
 * @param retries how many retries there were already
 * @returns the pause in ms, or undefined when the limit is reached
 */
export function nextRetryMs(policy: RetryPolicy, retries: number): number | undefined {
  if (policy.limit >= 0 && retries >= policy.limit) return undefined;
  return Math.min(policy.maxMs, policy.minMs * policy.factor ** Math.min(retries, 64));
}

/** `5s`, `3m`, `1h`, a plain number of seconds; undefined when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (!/^(\d{1,9}(\.\d{1,6})?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit] ?? 0);
  }
  return total;
}

function refuse(reason: AutoSyncRefusal, message: string): Extract<AutoSyncDecision, { sync: false }> {
  return { sync: false, reason, message };
}

function short(revision: string): string {
  return revision.slice(0, 7);
}
