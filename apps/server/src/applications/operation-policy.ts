import { canonicalJson } from '@sekisho/kube';
import {
  type ApplicationComparison,
  type AutoSyncDecision,
  decideAutoSync,
  defaultAutoRetry,
  type LastAttempt,
  parseDurationMs,
  type RetryPolicy,
} from '@sekisho/sync';
import type { DriftLook } from '../drift/tracker.ts';
import { endedForbidden } from '../projects/project-rules.ts';
import type { Application, Operation } from './application.ts';
import { asRecord } from './as-record.ts';
import type { Rendered } from './merged-sources.ts';

/** Argo CD's cool-down: after a quiet time the pauses of self-heal start from the shortest again. */
const SELF_HEAL_COOLDOWN_MS = 330_000;

/** Whether auto-sync starts an operation now. */
export function decide(
  application: Application,
  rendered: Rendered,
  comparison: ApplicationComparison,
  /** rulesSince: when the application's project became what it is; what it forbade before is tried again. */
  options: { now: number; rulesSince?: number | undefined; drift: Pick<DriftLook, 'heals' | 'isDrift'> },
): AutoSyncDecision {
  const { now, rulesSince = 0, drift } = options;
  return decideAutoSync({
    policy: application.spec.syncPolicy.automated,
    comparison,
    revision: rendered.commits,
    parametersHash: parametersOf(
      application.hasSeveralSources ? sourcesInSpec(application) : sourceInSpec(application),
    ),
    operationRunning: false,
    last: lastAttempt(application, now, rulesSince),
    now,
    heals: drift.heals,
    isDrift: drift.isDrift,
  });
}

export function automatedOperation(
  application: Application,
  rendered: Rendered,
  decision: AutoSyncDecision | undefined,
): unknown {
  if (decision === undefined || !decision.sync) return {};
  return {
    initiatedBy: { automated: true },
    ...(decision.driftOnly === true ? { info: [DRIFT_ONLY] } : {}),
    sync: {
      ...revisionFields(application, rendered),
      ...(decision.prune ? { prune: true } : {}),
      ...(decision.selfHeal ? { autoHealAttemptsCount: decision.selfHealAttempts } : {}),
      ...(decision.resources === undefined ? {} : { resources: decision.resources }),
      ...(application.spec.syncPolicy.syncOptions.length === 0
        ? {}
        : { syncOptions: application.spec.syncPolicy.syncOptions }),
    },
  };
}

/** Marks an operation that put back single objects of an application without automated sync. */
const DRIFT_ONLY = { name: 'sekisho.dev/reason', value: 'drift' };

function isDriftOnly(operation: unknown): boolean {
  const { info } = asRecord(operation);
  return (
    Array.isArray(info) &&
    info.map(asRecord).some(({ name, value }) => name === DRIFT_ONLY.name && value === DRIFT_ONLY.value)
  );
}

/** The last operation as the status tells it. */
function lastAttempt(application: Application, now: number, rulesSince: number): LastAttempt | undefined {
  const state = asRecord(asRecord(application.object['status'])['operationState']);
  const result = asRecord(state['syncResult']);
  const revision = commitsOf(result);
  if (revision === undefined) return undefined;
  const finishedAt = typeof state['finishedAt'] === 'string' ? state['finishedAt'] : undefined;
  const wasForbidden = state['phase'] === 'Failed' && endedForbidden(String(state['message'] ?? ''));
  if (wasForbidden && Date.parse(finishedAt ?? '') < rulesSince) return undefined;
  const isQuiet = finishedAt !== undefined && now - Date.parse(finishedAt) > SELF_HEAL_COOLDOWN_MS;
  const sync = asRecord(asRecord(state['operation'])['sync']);
  return {
    revision,
    parametersHash: parametersOf(result['sources'] ?? result['source']),
    phase: state['phase'] as LastAttempt['phase'],
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(isDriftOnly(state['operation']) ? { driftOnly: true } : {}),
    selfHealAttempts: isQuiet ? 0 : Number(sync['autoHealAttemptsCount'] ?? 0),
  };
}

function sourceInSpec(application: Application): unknown {
  return asRecord(application.object['spec'])['source'];
}

function sourcesInSpec(application: Application): readonly unknown[] {
  const { sources } = asRecord(application.object['spec']);
  return Array.isArray(sources) ? sources : [];
}

/** What was deployed, as a result or a history entry tells it: `source`, or `sources` when there are several. */
export function sourceFields(
  application: Application,
  operation: Operation,
): { readonly source: unknown } | { readonly sources: readonly unknown[] } {
  const { sources, source } = asRecord(asRecord(operation)['sync']);
  if (application.hasSeveralSources) return { sources: Array.isArray(sources) ? sources : sourcesInSpec(application) };
  return { source: source ?? sourceInSpec(application) };
}

/** At which commit: `revision`, or `revisions` when there are several sources. */
export function revisionFields(
  application: Application,
  rendered: Rendered,
): { readonly revision: string } | { readonly revisions: readonly string[] } {
  if (!application.hasSeveralSources) return { revision: rendered.revision.commit };
  return { revisions: rendered.parts.map(({ revision }) => revision.commit) };
}

/** The commits of `revision` or `revisions` in one text, comparable with {@link Rendered.commits}. */
export function commitsOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { revision, revisions } = fields;
  if (Array.isArray(revisions) && revisions.length > 0) return revisions.join(',');
  return typeof revision === 'string' ? revision : undefined;
}

function parametersOf(source: unknown): string {
  return canonicalJson(source ?? {});
}

export function retryPolicy(application: Application, operation: Operation): RetryPolicy {
  const wish = operation.retry ?? application.spec.syncPolicy.retry;
  if (wish === undefined) return isAutomated(operation) ? defaultAutoRetry : { ...defaultAutoRetry, limit: 0 };
  return {
    limit: wish.limit ?? defaultAutoRetry.limit,
    minMs: parseDurationMs(wish.backoff?.duration ?? '') ?? defaultAutoRetry.minMs,
    factor: wish.backoff?.factor ?? defaultAutoRetry.factor,
    maxMs: parseDurationMs(wish.backoff?.maxDuration ?? '') ?? defaultAutoRetry.maxMs,
  };
}

export function isAutomated(operation: Operation): boolean {
  return operation.initiatedBy?.automated === true;
}

export function initiator(operation: Operation): string {
  return isAutomated(operation) ? 'auto-sync' : (operation.initiatedBy?.username ?? 'somebody');
}
