import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { Tool } from '@sekisho/render';
import {
  type ApplicationComparison,
  type ApplicationCondition,
  type DeletionPhase,
  deletionHooks as hooksOfDeletion,
  type OperationState,
  type SourceType,
  toApplicationStatus,
} from '@sekisho/sync';
import { noteHealthy } from '../rollback/healthy-releases.ts';
import { hasSeveralSources } from './application-sources.ts';
import { asRecord } from './as-record.ts';
import type { Rendered } from './merged-sources.ts';

/** What an operation leaves in the Application: the wish, its state, and the history when a release was made. */
export interface OperationRecord {
  /** `.operation`; undefined when none is wished any more. */
  readonly operation: unknown;
  readonly operationState: OperationState & { readonly progress?: unknown };
  /** `.status.history`, whole. */
  readonly history?: readonly Readonly<Record<string, unknown>>[];
}

export interface StatusInput {
  /** As it is now. */
  readonly object: KubeObject;
  /** Absent when nothing could be compared. */
  readonly comparison: ApplicationComparison | undefined;
  readonly conditions: readonly ApplicationCondition[];
  readonly rendered: Rendered | undefined;
  readonly record: OperationRecord | undefined;
  /** Somebody asked for this look: its time is noted even when it found nothing new. */
  readonly wasRefreshed: boolean;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

const NOTHING_COMPARED: ApplicationComparison = {
  resources: [],
  sync: 'Unknown',
  health: { status: 'Unknown' },
  conditions: [],
};

/** Fields of the status that others write, and that stay as they are. */
const KEPT = ['rollback', 'autoRollback'];

/**
 * The Application as it should be stored, in Argo CD's shape; the same instance when nothing but the time would change
 * and nobody asked for a look.
 * What could not be compared keeps its last known resources and health, and has the sync status Unknown.
 */
export function nextApplication(input: StatusInput): KubeObject {
  const { object, comparison, record, now } = input;
  const before = asRecord(object['status']);
  const operationState = record?.operationState ?? (before['operationState'] as OperationState | undefined);
  const history = noteHealthy(
    record?.history ?? (before['history'] as OperationRecord['history']),
    operationState,
    comparison?.health.status ?? 'Unknown',
    now,
  );
  const status: Record<string, unknown> = {
    ...toApplicationStatus({
      spec: asRecord(object['spec']),
      comparison: comparison ?? NOTHING_COMPARED,
      ...comparedRevisions(object, input.rendered, before),
      sourceTypes: input.rendered?.parts.map(({ result }) => SOURCE_TYPES[result.tool]) ?? sourceTypesOf(before),
      now,
      conditions: input.conditions,
      previous: before,
      ...(operationState === undefined ? {} : { operationState }),
      ...(history === undefined ? {} : { history }),
    }),
  };
  if (comparison === undefined) {
    for (const field of ['resources', 'health', 'summary']) if (field in before) status[field] = before[field];
  }
  for (const field of KEPT) if (field in before) status[field] = before[field];
  const deletionHooks = input.rendered === undefined ? before['deletionHooks'] : deletionPhasesOf(input.rendered);
  if (Array.isArray(deletionHooks) && deletionHooks.length > 0) status['deletionHooks'] = deletionHooks;
  if ('reconciledAt' in before) status['reconciledAt'] = before['reconciledAt'];
  const { operation: _, ...rest } = object;
  const wish = record === undefined ? object['operation'] : record.operation;
  const next: KubeObject = { ...rest, status, ...(wish === undefined ? {} : { operation: wish }) };
  if (!input.wasRefreshed && deepEqual(next, object)) return object;
  return { ...next, status: { ...status, reconciledAt: now } };
}

const SOURCE_TYPES = { directory: 'Directory', kustomize: 'Kustomize', helm: 'Helm' } as const satisfies Record<
  Tool,
  SourceType
>;

/** What was said before. */
function sourceTypesOf({ sourceType, sourceTypes }: Readonly<Record<string, unknown>>): readonly SourceType[] {
  const known = Array.isArray(sourceTypes) ? sourceTypes : [sourceType];
  const all: readonly unknown[] = Object.values(SOURCE_TYPES);
  return known.filter((type): type is SourceType => all.includes(type));
}

/** The newest commits whose inputs were looked at; kept while later ones can't be read. */
function comparedRevisions(
  object: KubeObject,
  rendered: Rendered | undefined,
  before: Readonly<Record<string, unknown>>,
): { revision: string; revisions?: readonly string[] } {
  const { revision, revisions } = asRecord(before['sync']);
  if (hasSeveralSources(asRecord(object['spec']))) {
    const kept = Array.isArray(revisions) ? revisions : [];
    return { revision: '', revisions: rendered?.parts.map((part) => part.revision.commit) ?? kept };
  }
  return { revision: rendered?.revision.commit ?? (typeof revision === 'string' ? revision : '') };
}

/** The phases of a deletion that have hooks: noted for the day when the manifests can't be had. */
function deletionPhasesOf({ result }: Rendered): DeletionPhase[] {
  const phases: DeletionPhase[] = ['PreDelete', 'PostDelete'];
  return phases.filter((phase) => hooksOfDeletion(result.manifests, phase).length > 0);
}
