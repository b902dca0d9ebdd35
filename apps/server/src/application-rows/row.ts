import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import { labelsOf } from '../applications/summary.ts';
import type { ApplicationRow } from '../http/api-types.ts';

/** What lists say of a deployed commit. */
export interface CommitNote {
  /** `Name <address>`. */
  readonly author: string;
  /** The subject. */
  readonly message: string;
  /** RFC 3339. */
  readonly committedAt?: string;
}

export const HELD_ANNOTATION = 'sekisho.dev/held-revisions';

/** The commit that a row tells of: where it is and what it is called. Undefined while nothing was looked at. */
export function deployedCommit(object: KubeObject): { repo: string; revision: string } | undefined {
  const status = asRecord(object['status']);
  const newest = asRecord(listOf(status['history']).at(-1));
  const revision = revisionIn(newest) ?? revisionIn(asRecord(status['sync']));
  const source = asRecord(newest['source']);
  const repo = textOf(source['repoURL']) ?? textOf(sourcesOf(object)[0]?.['repoURL']);
  return revision === undefined || repo === undefined ? undefined : { repo, revision };
}

/** One line of the list. Fields that somebody wrote in the wrong form are left out, never an error. */
export function toRow(
  object: KubeObject,
  known: { commit?: CommitNote | undefined; drifted?: number; gate?: ApplicationRow['gate'] },
): ApplicationRow {
  const { metadata } = object;
  const spec = asRecord(object['spec']);
  const status = asRecord(object['status']);
  const health = asRecord(status['health']);
  const state = asRecord(status['operationState']);
  const sources = sourcesOf(object);
  const [source = {}] = sources;
  const destination = asRecord(spec['destination']);
  const automated = asRecord(spec['syncPolicy'])['automated'];
  const newest = asRecord(listOf(status['history']).at(-1));
  const labels = labelsOf(object);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    project: textOf(spec['project']) || 'default',
    sync: labels.sync,
    health: labels.health,
    ...given('healthMessage', textOf(health['message'])),
    ...given('operation', object['operation'] === undefined ? textOf(state['phase']) : running(state)),
    ...given('operationMessage', textOf(state['message'])),
    repo: textOf(source['repoURL']) ?? '',
    path: textOf(source['path']) ?? textOf(source['chart']) ?? '.',
    targetRevision: textOf(source['targetRevision']) || 'HEAD',
    sources: sources.length,
    ...given('revision', deployedCommit(object)?.revision),
    ...given('author', known.commit?.author),
    ...given('message', known.commit?.message),
    ...given('committedAt', known.commit?.committedAt),
    ...given('deployedAt', textOf(newest['deployedAt'])),
    createdAt: metadata.creationTimestamp ?? '',
    destination: {
      ...given('server', textOf(destination['server'])),
      ...given('name', textOf(destination['name'])),
      namespace: textOf(destination['namespace']) ?? '',
    },
    autoSync: automated !== undefined && automated !== null && asRecord(automated)['enabled'] !== false,
    drifted: known.drifted ?? 0,
    ...(known.gate === undefined ? {} : { gate: known.gate }),
    ...given('held', metadata.annotations?.[HELD_ANNOTATION]),
    ...(metadata.deletionTimestamp === undefined ? {} : { deleting: true }),
    conditions: listOf(status['conditions']).map((entry) => {
      const { type, message } = asRecord(entry);
      return { type: textOf(type) ?? '', message: textOf(message) ?? '' };
    }),
    labels: metadata.labels ?? {},
    resourceVersion: metadata.resourceVersion ?? '',
  };
}

/** The cluster as its Application names it. */
export function clusterOf(row: ApplicationRow): string {
  return row.destination.name ?? row.destination.server ?? '';
}

/** Somebody must look at it: it is not as git says, not well, or something failed. */
export function needsAttention(row: ApplicationRow): boolean {
  if (row.sync !== 'Synced' || row.health !== 'Healthy')
    return row.operation !== 'Running' || row.health === 'Degraded';
  return row.conditions.some(({ type }) => type.endsWith('Error'));
}

function sourcesOf(object: KubeObject): Readonly<Record<string, unknown>>[] {
  const spec = asRecord(object['spec']);
  const several = listOf(spec['sources']).map(asRecord);
  return several.length > 0 ? several : spec['source'] === undefined ? [] : [asRecord(spec['source'])];
}

function revisionIn(value: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(value['revision']) || textOf(listOf(value['revisions'])[0]) || undefined;
}

/** A wished operation that nobody has begun yet counts as running. */
function running(state: Readonly<Record<string, unknown>>): string {
  return state['phase'] === 'Terminating' ? 'Terminating' : 'Running';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function given<Name extends string>(name: Name, value: string | undefined): { [K in Name]?: string } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { [K in Name]?: string };
}
