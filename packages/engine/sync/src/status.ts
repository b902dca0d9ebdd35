import type { KubeObject } from '@sekisho/kube';
import type {
  ApplicationComparison,
  ApplicationCondition,
  ResourceState,
  SyncStatus,
} from './compare/compare-application.ts';
import type { Health } from './health/health.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import type { SyncProgress, SyncRequest, TaskResult } from './operation/types.ts';

/** One entry of `status.resources`. */
export interface ResourceStatus {
  readonly group?: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly status?: SyncStatus;
  readonly health?: Health;
  readonly hook?: true;
  readonly requiresPruning?: true;
  readonly requiresDeletionConfirmation?: true;
  readonly syncWave?: number;
}

/** `status.operationState`. */
export interface OperationState {
  readonly operation: JsonObject;
  readonly phase: 'Running' | 'Terminating' | 'Succeeded' | 'Failed' | 'Error';
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly retryCount?: number;
  readonly syncResult?: JsonObject;
}

export type SourceType = 'Directory' | 'Kustomize' | 'Helm' | 'Plugin';

/** `status` of an `argoproj.io/v1alpha1` Application. */
export interface ApplicationStatus {
  readonly sync: JsonObject;
  readonly health: JsonObject;
  readonly resources: readonly ResourceStatus[];
  readonly conditions: readonly (ApplicationCondition & { readonly lastTransitionTime: string })[];
  readonly summary: { readonly images?: readonly string[]; readonly externalURLs?: readonly string[] };
  readonly sourceType?: SourceType;
  /** Of several sources, instead of `sourceType`. */
  readonly sourceTypes?: readonly SourceType[];
  readonly reconciledAt: string;
  readonly controllerNamespace?: string;
  readonly resourceHealthSource: 'appTree' | '';
  readonly operationState?: OperationState;
  readonly history?: readonly JsonObject[];
}

export interface StatusInput {
  /** `spec` of the Application: its source and destination are repeated in the status. */
  readonly spec: JsonObject;
  readonly comparison: ApplicationComparison;
  /** The commit that was compared; '' when it could not be resolved. */
  readonly revision: string;
  /** The commits of several sources, in their order, instead of `revision`. */
  readonly revisions?: readonly string[];
  /** RFC 3339. */
  readonly now: string;
  /** Of each source, in their order. Default: Directory. */
  readonly sourceTypes?: readonly SourceType[];
  readonly controlNamespace?: string;
  /** Conditions besides those of the comparison (render errors …). */
  readonly conditions?: readonly ApplicationCondition[];
  readonly operationState?: OperationState;
  readonly history?: readonly JsonObject[];
  /** The status so far: times of what did not change are kept. */
  readonly previous?: JsonObject;
}

/** The status of an Application in Argo CD's shape, from a comparison. */
export function toApplicationStatus(input: StatusInput): ApplicationStatus {
  const { comparison, spec, previous = {} } = input;
  const before = objectAt(previous, 'health');
  const sameHealth = stringAt(before, 'status') === comparison.health.status;
  const lastHealthChange = sameHealth ? stringAt(before, 'lastTransitionTime') || input.now : input.now;
  return {
    sync: {
      status: comparison.sync,
      comparedTo: {
        ...(spec['source'] === undefined ? {} : { source: spec['source'] }),
        ...(spec['sources'] === undefined ? {} : { sources: spec['sources'] }),
        destination: spec['destination'] ?? {},
      },
      ...compared(input),
    },
    health: { ...comparison.health, lastTransitionTime: lastHealthChange },
    resources: comparison.resources.map(toResourceStatus),
    conditions: withTimes([...comparison.conditions, ...(input.conditions ?? [])], previous, input.now),
    summary: summaryOf(comparison.resources),
    ...(input.revisions === undefined
      ? { sourceType: input.sourceTypes?.[0] ?? 'Directory' }
      : { sourceTypes: input.revisions.map((_, index) => input.sourceTypes?.[index] ?? 'Directory') }),
    reconciledAt: input.now,
    ...(input.controlNamespace === undefined ? {} : { controllerNamespace: input.controlNamespace }),
    resourceHealthSource: '',
    ...(input.operationState === undefined ? {} : { operationState: input.operationState }),
    ...(input.history === undefined ? {} : { history: input.history }),
  };
}

function compared({ revision, revisions }: StatusInput): JsonObject {
  if (revisions !== undefined) return revisions.length === 0 ? {} : { revisions };
  return revision === '' ? {} : { revision };
}

export interface OperationStateInput {
  /** What was asked, as in the `operation` field of the Application. */
  readonly operation: JsonObject;
  readonly request: SyncRequest;
  readonly progress: SyncProgress;
  readonly phase: OperationState['phase'];
  readonly message: string;
  /** RFC 3339; only once it is over. */
  readonly finishedAt?: string;
  readonly retryCount?: number;
  readonly source?: unknown;
  /** Several sources and their commits, instead of `source` and the request's revision. */
  readonly sources?: readonly unknown[];
  readonly revisions?: readonly string[];
}

/** `status.operationState`, from the request and the progress of an operation. */
export function toOperationState(input: OperationStateInput): OperationState {
  const { request, progress } = input;
  const results = Object.values(progress.results).sort((a, b) => a.order - b.order);
  return {
    operation: input.operation,
    phase: input.phase,
    message: input.message,
    startedAt: request.startedAt,
    ...(input.finishedAt === undefined ? {} : { finishedAt: input.finishedAt }),
    ...(input.retryCount === undefined || input.retryCount === 0 ? {} : { retryCount: input.retryCount }),
    syncResult: {
      ...(input.revisions === undefined ? { revision: request.revision } : { revisions: input.revisions }),
      ...(input.source === undefined ? {} : { source: input.source }),
      ...(input.sources === undefined ? {} : { sources: input.sources }),
      ...(results.length === 0 ? {} : { resources: results.map(toResourceResult) }),
    },
  };
}

function toResourceResult(result: TaskResult): JsonObject {
  const { group, version, kind, namespace, name, status, message, hookPhase, hookType, syncPhase } = result;
  return {
    group,
    version,
    kind,
    namespace,
    name,
    status,
    message,
    hookPhase,
    ...(hookType === undefined ? {} : { hookType }),
    syncPhase,
  };
}

function toResourceStatus(state: ResourceState): ResourceStatus {
  return {
    ...(state.group === '' ? {} : { group: state.group }),
    version: state.version,
    kind: state.kind,
    ...(state.namespace === '' ? {} : { namespace: state.namespace }),
    name: state.name,
    ...(state.counts ? { status: state.status } : {}),
    ...(state.health === undefined ? {} : { health: state.health }),
    ...(state.hook ? { hook: true as const } : {}),
    ...(state.requiresPruning ? { requiresPruning: true as const } : {}),
    ...(state.requiresDeletionConfirmation ? { requiresDeletionConfirmation: true as const } : {}),
    ...(state.syncWave === undefined ? {} : { syncWave: state.syncWave }),
  };
}

function withTimes(
  conditions: readonly ApplicationCondition[],
  previous: JsonObject,
  now: string,
): ApplicationStatus['conditions'] {
  const old = objectsAt(previous, 'conditions');
  return conditions.map((condition) => {
    const same = old.find((item) => item['type'] === condition.type && item['message'] === condition.message);
    return { ...condition, lastTransitionTime: (same && stringAt(same, 'lastTransitionTime')) || now };
  });
}

function summaryOf(resources: readonly ResourceState[]): ApplicationStatus['summary'] {
  const images = new Set<string>();
  const urls = new Set<string>();
  for (const { live, desired } of resources) {
    const object = live ?? desired?.object;
    if (object === undefined) continue;
    collectImages(object, images);
    if (object.kind === 'Ingress') collectUrls(object, urls);
  }
  return {
    ...(images.size === 0 ? {} : { images: [...images].sort() }),
    ...(urls.size === 0 ? {} : { externalURLs: [...urls].sort() }),
  };
}

function collectImages(object: KubeObject, images: Set<string>): void {
  const spec = objectAt(object, 'spec');
  const owner = object.kind === 'CronJob' ? objectAt(objectAt(spec, 'jobTemplate'), 'spec') : spec;
  const pod = object.kind === 'Pod' ? spec : objectAt(objectAt(owner, 'template'), 'spec');
  for (const list of ['initContainers', 'containers']) {
    for (const container of objectsAt(pod, list)) {
      const image = stringAt(container, 'image');
      if (image !== '') images.add(image);
    }
  }
}

function collectUrls(object: KubeObject, urls: Set<string>): void {
  const spec = objectAt(object, 'spec');
  const secure = objectsAt(spec, 'tls').length > 0;
  for (const rule of objectsAt(spec, 'rules')) {
    const host = stringAt(rule, 'host');
    if (host !== '' && !host.startsWith('*')) urls.add(`${secure ? 'https' : 'http'}://${host}/`);
  }
}
