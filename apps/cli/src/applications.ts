import type { KubeObject } from '@sekisho/kube';

export interface ResourceStatus {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly status?: string;
  readonly health?: { readonly status?: string; readonly message?: string };
  readonly hook?: boolean;
  readonly requiresPruning?: boolean;
}

/** The parts of an Application's status that commands show. Nothing in it is sure to be there. */
export interface ApplicationView {
  readonly sync: string;
  readonly health: string;
  readonly healthMessage: string;
  readonly revision: string;
  readonly project: string;
  /** `spec.info`: links and notes. */
  readonly info: readonly { readonly name: string; readonly value: string }[];
  readonly sources: readonly { readonly repo: string; readonly path: string; readonly target: string }[];
  /** Of the first source, as are path and target. */
  readonly repo: string;
  readonly path: string;
  readonly target: string;
  readonly destination: string;
  readonly destinationNamespace: string;
  readonly operationPhase: string;
  readonly operationMessage: string;
  readonly operationFinishedAt: string;
  readonly conditions: readonly { type: string; message: string }[];
  readonly resources: readonly ResourceStatus[];
}

export function viewOf(application: KubeObject): ApplicationView {
  const status = record(application['status']);
  const spec = record(application['spec']);
  const several = list(spec['sources']).map(sourceOf);
  const sources = several.length > 0 ? several : [sourceOf(spec['source'])];
  const [source = sourceOf(undefined)] = sources;
  const destination = record(spec['destination']);
  const operation = record(status['operationState']);
  return {
    sync: text(record(status['sync'])['status'], 'Unknown'),
    health: text(record(status['health'])['status'], 'Unknown'),
    healthMessage: text(record(status['health'])['message']),
    revision: text(record(status['sync'])['revision']),
    project: text(spec['project']) || 'default',
    info: list(spec['info']).map((entry) => ({
      name: text(record(entry)['name']),
      value: text(record(entry)['value']),
    })),
    sources,
    ...source,
    destination: text(destination['name'] ?? destination['server']),
    destinationNamespace: text(destination['namespace']),
    operationPhase: text(operation['phase']),
    operationMessage: text(operation['message']),
    operationFinishedAt: text(operation['finishedAt']),
    conditions: list(status['conditions']) as ApplicationView['conditions'],
    resources: list(status['resources']) as readonly ResourceStatus[],
  };
}

function sourceOf(value: unknown): ApplicationView['sources'][number] {
  const { repoURL, path, targetRevision, ref, chart } = record(value);
  return {
    repo: text(repoURL),
    path: text(path ?? chart, ref === undefined ? '.' : `$${text(ref)}`),
    target: text(targetRevision, 'HEAD'),
  };
}

/** The first seven characters of a commit id. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 7) : revision;
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}
