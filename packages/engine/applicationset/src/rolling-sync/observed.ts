import { isMap } from '@sekisho/gotemplate';
import { deepEqual, type KubeObject } from '@sekisho/kube';

/** What a rollout looks at of a live Application. */
export interface ObservedApplication {
  readonly name: string;
  /** Synced with what its spec says now. */
  readonly isSynced: boolean;
  readonly isHealthy: boolean;
  /** Revisions that it is compared with: those that it should run. */
  readonly revisions: readonly string[];
  /** Milliseconds since 1970; undefined: never compared. */
  readonly reconciledAt: number | undefined;
  readonly operation: SeenOperation | undefined;
  /** A condition that keeps it from being synced. */
  readonly hasError: boolean;
}

export interface SeenOperation {
  readonly phase: string;
  readonly startedAt: number;
  /** A rollout asked for it. */
  readonly isOfRollout: boolean;
}

/** Who asks for the operations of a rollout. */
export const ROLLOUT_USER = 'applicationset-controller';
const ERRORS = new Set(['InvalidSpecError', 'UnknownError']);

export function observe(application: KubeObject): ObservedApplication {
  const status = record(application['status']);
  const sync = record(status['sync']);
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].map(record) : [];
  return {
    name: application.metadata.name ?? '',
    isSynced: sync['status'] === 'Synced' && isComparedWith(sync['comparedTo'], record(application['spec'])),
    isHealthy: record(status['health'])['status'] === 'Healthy',
    revisions: revisionsOf(sync),
    reconciledAt: timeOf(status['reconciledAt']),
    operation: operationOf(record(status['operationState'])),
    hasError: conditions.some(({ type }) => typeof type === 'string' && ERRORS.has(type)),
  };
}

/** The answer of an older spec is none. */
function isComparedWith(comparedTo: unknown, spec: Readonly<Record<string, unknown>>): boolean {
  if (!isMap(comparedTo)) return true;
  return ['source', 'sources', 'destination'].every((field) => deepEqual(comparedTo[field], spec[field]));
}

function operationOf(state: Readonly<Record<string, unknown>>): SeenOperation | undefined {
  const { phase } = state;
  if (typeof phase !== 'string') return undefined;
  const by = record(record(state['operation'])['initiatedBy'])['username'];
  return { phase, startedAt: timeOf(state['startedAt']) ?? 0, isOfRollout: by === ROLLOUT_USER };
}

function revisionsOf(sync: Readonly<Record<string, unknown>>): readonly string[] {
  const { revisions, revision } = sync;
  if (Array.isArray(revisions) && revisions.length > 0)
    return revisions.filter((item): item is string => typeof item === 'string');
  return typeof revision === 'string' && revision !== '' ? [revision] : [];
}

export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}
