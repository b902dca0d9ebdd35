import { createHash } from 'node:crypto';
import { canonicalJson, gvkOf, type KubeObject } from '@sekisho/kube';
import type { NewRelease } from '@sekisho/store';
import { type OperationState, type SyncPlan, type SyncProgress, toOperationState } from '@sekisho/sync';
import { keepHistory } from '../rollback/healthy-releases.ts';
import type { Application, Operation } from './application.ts';
import { asRecord } from './as-record.ts';
import type { ResourceDiff } from './diff.ts';
import type { Rendered } from './merged-sources.ts';
import { isAutomated, revisionFields, type sourceFields } from './operation-policy.ts';
import type { OperationRecord } from './status.ts';

/** An operation that has begun, as this process knows it. */
export interface Running {
  /** In logs, audit log, traces and notifications. */
  readonly id: string;
  readonly operation: Operation;
  /** As stored. */
  readonly wish: unknown;
  readonly startedAt: string;
  readonly rendered: Rendered;
  /** Desired against live at the start. */
  readonly differences: readonly ResourceDiff[];
  /** As in the spec at the start, or as the operation brought them along. */
  readonly sources: ReturnType<typeof sourceFields>;
  plan: SyncPlan;
  progress: SyncProgress;
  retries: number;
  /** When the next attempt begins, ms since 1970. */
  retryAt?: number;
  lastMessage: string;
  /** What is told until it is tried again. */
  retryMessage?: string;
  /** It was told that the operation waits for a confirmation. */
  asked?: boolean;
}

export function recordOf(run: Running, operationState: OperationRecord['operationState']): OperationRecord {
  return { operation: run.wish, operationState };
}

export function stateOf(
  run: Running,
  phase: OperationState['phase'],
  message: string,
  finishedAt?: string,
): OperationRecord['operationState'] {
  const state = toOperationState({
    operation: asRecord(run.wish),
    request: run.plan.request,
    progress: run.progress,
    phase,
    message,
    retryCount: run.retries,
    ...run.sources,
    ...('sources' in run.sources ? { revisions: run.rendered.parts.map(({ revision }) => revision.commit) } : {}),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  });
  return phase === 'Running' ? { ...state, progress: run.progress } : state;
}

export function nextHistory(
  application: Application,
  run: Running,
  deployedAt: string,
): Readonly<Record<string, unknown>>[] {
  const { history } = asRecord(application.object['status']);
  const before = Array.isArray(history) ? history.map(asRecord) : [];
  const lastId = Number(before.at(-1)?.['id'] ?? -1);
  const entry = {
    id: lastId + 1,
    ...revisionFields(application, run.rendered),
    deployStartedAt: run.startedAt,
    deployedAt,
    ...run.sources,
    initiatedBy: run.operation.initiatedBy ?? {},
  };
  return keepHistory([...before, entry], application.spec.revisionHistoryLimit);
}

export function digestOf(object: KubeObject): NewRelease['objects'][number] {
  const { group, kind } = gvkOf(object);
  const digest = createHash('sha256').update(canonicalJson(object)).digest('hex');
  return {
    group,
    kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
    digest: `sha256:${digest}`,
  };
}

/** What a whole sync leaves in the history; `objects` are those of git, with their digests. */
export function releaseOf(
  application: Application,
  run: Running,
  end: Pick<NewRelease, 'finishedAt' | 'objects' | 'outcome'> & { readonly message: string },
): NewRelease {
  const { revision } = run.rendered;
  const { message, finishedAt, objects, outcome } = end;
  return {
    namespace: application.namespace,
    app: application.name,
    revision: revision.commit,
    // The version of a chart has none.
    author: revision.authorName === '' ? '' : `${revision.authorName} <${revision.authorEmail}>`,
    message: revision.message,
    startedAt: run.startedAt,
    finishedAt,
    initiatedBy: isAutomated(run.operation)
      ? { automated: true }
      : { username: run.operation.initiatedBy?.username ?? 'unknown' },
    outcome,
    messageText: message,
    sources: releasedSources(run),
    objects,
  };
}

/** Each source as it was, with its commit. */
function releasedSources({ sources, rendered }: Running): Readonly<Record<string, unknown>>[] {
  const list = 'sources' in sources ? sources.sources : [sources.source];
  return list.map((source, index) => ({ ...asRecord(source), revision: rendered.parts[index]?.revision.commit ?? '' }));
}
