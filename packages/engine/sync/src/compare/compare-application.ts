import type { GroupVersionKind, KubeObject, Manifest, Schema } from '@sekisho/kube';
import { gvkOf } from '@sekisho/kube';
import { applicationHealth, type HealthMember } from '../health/application.ts';
import { type Health, health } from '../health/health.ts';
import { healthOf } from '../health/health-of.ts';
import type { HealthRules } from '../health/rules.ts';
import { type IgnoreDifferences, ignoredFields } from '../ignore/ignored-fields.ts';
import { objectId, objectKeyOf } from '../object-key.ts';
import { isHook, isSkipped, waveOf } from '../operation/hook.ts';
import { compareOptionsOf, defaultSyncOptions, objectSyncOptions, type SyncOptions } from '../options.ts';
import { placeObject, scopesOfDefinitions } from '../place-object.ts';
import { isSelfReferenced, readTrackingId, withTracking } from '../tracking.ts';
import { compareObject } from './compare-object.ts';
import { comparePrediction, type Prediction } from './compare-prediction.ts';
import type { FieldChange, FieldPath } from './field-change.ts';

export type SyncStatus = 'Synced' | 'OutOfSync' | 'Unknown';

/** A line of `status.conditions` of an Application. */
export interface ApplicationCondition {
  readonly type:
    | 'SharedResourceWarning'
    | 'RepeatedResourceWarning'
    | 'ExcludedResourceWarning'
    | 'OrphanedResourceWarning'
    | 'UnsupportedFieldWarning'
    | 'DriftWarning'
    | 'SyncWindowWarning'
    | 'PruneLimitWarning'
    | 'HeldRevisionWarning'
    | 'AutoRollbackWarning'
    | 'PolicyWarning'
    | 'PolicyViolationError'
    | 'ComparisonError'
    | 'InvalidSpecError'
    | 'SyncError'
    | 'DeletionError'
    | 'UnknownError';
  readonly message: string;
}

/** One resource of an application. */
export interface ResourceState {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly status: SyncStatus;
  /** False: hooks, skipped objects, copies and ignored extras say nothing about the application's sync status. */
  readonly counts: boolean;
  /** Of live; Missing when it is not there; absent when the kind has no health. */
  readonly health?: Health;
  readonly hook: boolean;
  readonly requiresPruning: boolean;
  readonly requiresDeletionConfirmation: boolean;
  readonly syncWave?: number;
  /** From live to desired; absent when nothing differs or one side is missing. Secrets are masked. */
  readonly changes?: readonly FieldChange[];
  /** Where each of `changes` is, as `managedFields` tells it. */
  readonly places?: readonly FieldPath[];
  /** As it would be applied: with namespace and tracking. */
  readonly desired?: Manifest;
  readonly live?: KubeObject;
}

export interface CompareApplicationInput {
  readonly app: {
    /** See `appInstanceName`. */
    readonly instanceName: string;
    /** Of the Application object, to know itself among its resources. */
    readonly name: string;
    readonly namespace: string;
  };
  readonly manifests: readonly Manifest[];
  /** Everything with a tracking id of the application, and whatever has the identity of a manifest. */
  readonly live: Iterable<KubeObject>;
  readonly destinationNamespace: string;
  /** Undefined: the kind is not served (yet). */
  readonly isNamespaced: (gvk: GroupVersionKind) => boolean | undefined;
  readonly options?: SyncOptions;
  /** Field manager of server-side apply. Default `sekisho`. */
  readonly manager?: string;
  readonly schemaOf?: (gvk: GroupVersionKind) => Schema | undefined;
  readonly defaults?: (object: KubeObject) => KubeObject;
  readonly healthRules?: HealthRules;
  /** Kinds that are not managed at all. Default: none. */
  readonly isExcluded?: (gvk: GroupVersionKind) => boolean;
  /** The desired state could not be made (a render error): the sync status is Unknown. Default false. */
  readonly desiredUnknown?: boolean;
  /** What is not compared. Default: nothing. */
  readonly ignoreDifferences?: IgnoreDifferences;
  /** Kinds whose `status` is compared like other fields. Default: none. */
  readonly comparesStatus?: (gvk: GroupVersionKind) => boolean;
  /** What the API server says of an object, by the instance of its manifest. Default: nobody asked it. */
  readonly predictionOf?: (manifest: KubeObject, live: KubeObject) => Prediction | undefined;
}

export interface ApplicationComparison {
  /** Manifests in their order, then what is only live, by kind, namespace and name. */
  readonly resources: readonly ResourceState[];
  readonly sync: SyncStatus;
  readonly health: Health;
  readonly conditions: readonly ApplicationCondition[];
}

export const DEFAULT_FIELD_MANAGER = 'sekisho';

/** Compares all that an application desires with all that it has. */
export function compareApplication(input: CompareApplicationInput): ApplicationComparison {
  const turns = compareInTurns(input);
  for (;;) {
    const turn = turns.next();
    if (turn.done === true) return turn.value;
  }
}

/** Objects between two turns of {@link compareInTurns}: some milliseconds of work. */
const OBJECTS_PER_TURN = 64;

/** As {@link compareApplication}, with chances to do something else in between: each `next` does a few milliseconds. */
export function* compareInTurns(input: CompareApplicationInput): Generator<void, ApplicationComparison, void> {
  const conditions: ApplicationCondition[] = [];
  const live = new Map<string, KubeObject>();
  for (const object of input.live) live.set(objectId(object), object);

  const resources: ResourceState[] = [];
  const seen = new Set<string>();
  const scopes = scopesOfDefinitions(input.manifests.map(({ object }) => object));
  for (const manifest of input.manifests) {
    const gvk = gvkOf(manifest.object);
    const namespaced = input.isNamespaced(gvk) ?? scopes.get(`${gvk.group}/${gvk.kind}`);
    const placed = placeObject(manifest.object, namespaced, input.destinationNamespace);
    const id = objectId(placed);
    if (input.isExcluded?.(gvk) === true) {
      conditions.push({ type: 'ExcludedResourceWarning', message: `${describe(placed)} is of an excluded kind` });
      continue;
    }
    if (placed.metadata.name !== undefined && seen.has(id)) {
      conditions.push({
        type: 'RepeatedResourceWarning',
        message: `${describe(placed)} appears more than once; the first one counts`,
      });
      continue;
    }
    seen.add(id);
    const found = live.get(id);
    if (isHook(placed) && found === undefined) continue;
    resources.push(compareDesired(input, manifest, placed, found, conditions));
    if (resources.length % OBJECTS_PER_TURN === 0) yield;
  }
  const extras = [...live].filter(([id]) => !seen.has(id)).map(([, object]) => object);
  extras.sort((a, b) => (objectId(a) < objectId(b) ? -1 : 1));
  for (const object of extras) {
    const state = compareExtra(input, object);
    if (state !== undefined) resources.push(state);
  }

  const counted = resources.filter((resource) => resource.counts);
  const sync: SyncStatus =
    input.desiredUnknown === true
      ? 'Unknown'
      : counted.some(({ status }) => status === 'OutOfSync')
        ? 'OutOfSync'
        : 'Synced';
  return { resources, sync, health: applicationHealth(resources.map((state) => member(input, state))), conditions };
}

function compareDesired(
  input: CompareApplicationInput,
  manifest: Manifest,
  placed: KubeObject,
  live: KubeObject | undefined,
  conditions: ApplicationCondition[],
): ResourceState {
  const desired = { ...manifest, object: withTracking(input.app.instanceName, placed) };
  const { object } = desired;
  const hook = isHook(object);
  const common = {
    ...identity(object),
    hook,
    requiresPruning: false,
    requiresDeletionConfirmation: needsConfirmation(input, object),
    ...wave(object),
    desired,
  };
  if (live === undefined) {
    const skipped = isSkipped(object);
    return { ...common, status: skipped ? 'Synced' : 'OutOfSync', counts: !skipped, health: health('Missing') };
  }
  const owner = otherOwner(input, live);
  if (owner !== undefined) {
    conditions.push({
      type: 'SharedResourceWarning',
      message: `${describe(object)} is part of the applications ${input.app.instanceName} and ${owner}`,
    });
  }
  const counts = !hook && !isSkipped(object);
  const found = { ...common, live, ...liveHealth(input, live) };
  if (!counts) return { ...found, status: 'Synced', counts };
  const gvk = gvkOf(object);
  const schema = input.schemaOf?.(gvk);
  const prediction = input.predictionOf?.(manifest.object, live);
  const ignored =
    input.ignoreDifferences === undefined
      ? undefined
      : ignoredFields(input.ignoreDifferences, objectKeyOf(object), prediction?.object ?? manifest.object, live);
  const both = {
    desired: object,
    live,
    ...(ignored === undefined ? {} : { ignored }),
    ...(input.comparesStatus?.(gvk) === true ? { compareStatus: true } : {}),
    ...(schema === undefined ? {} : { schema }),
  };
  const comparison =
    prediction === undefined
      ? compareObject({
          ...both,
          ...(input.defaults === undefined ? {} : { defaults: input.defaults }),
          ...serverSide(input, object),
        })
      : comparePrediction({ ...both, prediction });
  return {
    ...found,
    status: comparison.status,
    counts,
    ...(comparison.changes.length === 0 ? {} : { changes: comparison.changes, places: comparison.places }),
  };
}

/** A live object without a manifest; undefined when it is none of this application's business. */
function compareExtra(input: CompareApplicationInput, live: KubeObject): ResourceState | undefined {
  const id = readTrackingId(live);
  if (id?.app !== input.app.instanceName) return undefined;
  if (input.isExcluded?.(gvkOf(live)) === true) return undefined;
  const own = isSelfReferenced(live, id);
  // Controllers copy annotations to what they make: that is a child, not a copy somebody made.
  if (!own && (live.metadata.ownerReferences ?? []).length > 0) return undefined;
  const hook = isHook(live);
  const prune = own && !hook;
  return {
    ...identity(live),
    status: prune ? 'OutOfSync' : 'Synced',
    counts: prune && !compareOptionsOf(live).ignoreExtraneous && !isSkipped(live),
    hook,
    requiresPruning: prune,
    requiresDeletionConfirmation: prune && needsConfirmation(input, live),
    ...wave(live),
    live,
    ...liveHealth(input, live),
  };
}

/** The other application that the live object belongs to. */
export function otherOwner(input: { app: { instanceName: string } }, live: KubeObject): string | undefined {
  const id = readTrackingId(live);
  if (id === undefined || id.app === input.app.instanceName || !isSelfReferenced(live, id)) return undefined;
  return id.app;
}

function member(input: CompareApplicationInput, state: ResourceState): HealthMember {
  const live = state.live;
  return {
    ...(state.desired === undefined ? {} : { desired: state.desired.object }),
    ...(live === undefined
      ? {}
      : { live, ignored: compareOptionsOf(live).ignoreExtraneous && state.desired === undefined }),
    ...(state.health === undefined ? {} : { health: state.health }),
    self:
      state.kind === 'Application' &&
      state.group === 'argoproj.io' &&
      state.name === input.app.name &&
      state.namespace === input.app.namespace,
  };
}

function liveHealth(input: CompareApplicationInput, live: KubeObject): { health?: Health } {
  const found = healthOf(live, input.healthRules === undefined ? {} : { custom: input.healthRules });
  return found === undefined ? {} : { health: found };
}

function serverSide(input: CompareApplicationInput, object: KubeObject): { serverSideApplyManager?: string } {
  const { options } = objectSyncOptions(object, input.options ?? defaultSyncOptions);
  return options.serverSideApply && !options.replace
    ? { serverSideApplyManager: input.manager ?? DEFAULT_FIELD_MANAGER }
    : {};
}

function needsConfirmation(input: CompareApplicationInput, object: KubeObject): boolean {
  const { options } = objectSyncOptions(object, input.options ?? defaultSyncOptions);
  return options.prune === 'confirm' || options.delete === 'confirm';
}

function identity(object: KubeObject) {
  const { group, version, kind } = gvkOf(object);
  return { group, version, kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}

function wave(object: KubeObject): { syncWave?: number } {
  const found = waveOf(object);
  return found === 0 ? {} : { syncWave: found };
}

function describe(object: KubeObject): string {
  const namespace = object.metadata.namespace;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${object.metadata.name ?? ''}`;
}
