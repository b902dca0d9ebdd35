import type { Diagnostic, Origin } from '@sekisho/base';
import { deepEqual, gvkOf, type KubeObject } from '@sekisho/kube';
import { blastRadius } from '../blast-radius/blast-radius.ts';
import { DEFAULT_FIELD_MANAGER, otherOwner } from '../compare/compare-application.ts';
import { compareObject } from '../compare/compare-object.ts';
import { type IgnoredFields, ignoredFields } from '../ignore/ignored-fields.ts';
import { keepLiveFields } from '../ignore/keep-live.ts';
import { objectId, objectKeyOf } from '../object-key.ts';
import { objectSyncOptions, type SyncOptions } from '../options.ts';
import { placeObject, scopesOfDefinitions } from '../place-object.ts';
import { ownedBy, withTracking } from '../tracking.ts';
import {
  type DeletionPhase,
  HOOK_FINALIZER,
  hookDeletePolicies,
  hookTypesOf,
  isHook,
  isSkipped,
  type SyncPhase,
  waveOf,
} from './hook.ts';
import { isWaiver, type Orderable, orderTasks } from './order.ts';
import { deletionHooks } from './plan-delete.ts';
import type { PlanInput, SyncPlan, SyncRequest, SyncTask } from './types.ts';

/** On hook objects: which operation and phase made them, so that a restart does not make them twice. */
export const OPERATION_ANNOTATION = 'sekisho.dev/sync-operation';

type Draft = { -readonly [K in keyof SyncTask]: SyncTask[K] } & Orderable;

/**
 * Turns desired and live into ordered tasks.
 *
 * Diagnostics (errors): SYNC_KIND_UNKNOWN the cluster does not serve the kind and nothing in the sync brings it;
 * SYNC_NAME_MISSING an object without a name that is no hook; SYNC_SHARED_RESOURCE with FailOnSharedResource.
 * Warnings: SYNC_OPTION_UNKNOWN, SYNC_OPTION_INVALID, SYNC_HOOK_UNKNOWN.
 *
 * @see Argo CD, docs/user-guide/sync-waves.md and gitops-engine/pkg/sync
 */
export function planSync(request: SyncRequest, input: PlanInput): SyncPlan {
  const planner = new Planner(request, input);
  planner.addDesired();
  planner.addNamespace();
  planner.addPrunes();
  return planner.finish();
}

/**
 * The hooks of a deletion as an operation: tried, run wave by wave, waited for and cleaned up by their delete policies as
 * in a sync. No tasks: there are no such hooks.
 *
 * Diagnostics: SYNC_KIND_UNKNOWN, and the warnings of {@link planSync}.
 */
export function planDeletionHooks(request: SyncRequest, input: PlanInput, phase: DeletionPhase): SyncPlan {
  const planner = new Planner(request, input);
  planner.addDeletionHooks(phase);
  return planner.finish();
}

/** The name that a hook with `generateName` gets in an operation: the same one when it is planned again. */
export function generatedHookName(generateName: string, request: SyncRequest, phase: SyncPhase): string {
  const unixSeconds = Math.floor(Date.parse(request.startedAt) / 1000);
  const revision = request.revision.length >= 8 ? request.revision.slice(0, 7) : request.revision;
  return generateName + `${revision}-${phase}-${unixSeconds}`.toLowerCase();
}

class Planner {
  readonly #request: SyncRequest;
  readonly #input: PlanInput;
  readonly #live = new Map<string, KubeObject>();
  readonly #desiredIds = new Set<string>();
  readonly #scopes: ReadonlyMap<string, boolean>;
  readonly #newNamespaces = new Set<string>();
  /** One comes, or changes, with this operation: until it is there the server may refuse what it is about. */
  #bringsWaiver = false;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #drafts: Draft[] = [];

  constructor(request: SyncRequest, input: PlanInput) {
    this.#request = request;
    this.#input = input;
    for (const object of input.live) this.#live.set(objectId(object), object);
    this.#scopes = scopesOfDefinitions(input.desired.map(({ object }) => object));
    for (const { object } of input.desired) {
      const name = object.metadata.name ?? '';
      if (isNamespace(object) && !this.#live.has(`/Namespace//${name}`)) this.#newNamespaces.add(name);
      if (isWaiver(object)) {
        const live = this.#live.get(objectId(placeObject(object, true, request.destinationNamespace)));
        if (live === undefined || !deepEqual(live['spec'], object['spec'])) this.#bringsWaiver = true;
      }
    }
  }

  addDesired(): void {
    for (const { object: raw, origin } of this.#input.desired) {
      const gvk = gvkOf(raw);
      const namespaced = this.#input.isNamespaced(gvk) ?? this.#scopes.get(`${gvk.group}/${gvk.kind}`);
      const object = placeObject(raw, namespaced, this.#request.destinationNamespace);
      const hook = isHook(object);
      if (!hook) {
        this.#desiredIds.add(objectId(object));
        if (isSkipped(object)) continue;
      }
      if (!this.#isSelected(object, hook)) continue;
      const { options, diagnostics } = objectSyncOptions(object, this.#request.options, origin);
      this.#diagnostics.push(...diagnostics);
      if (hook) this.#addHook(object, origin, options);
      else this.#addResource(raw, object, origin, options);
    }
  }

  addDeletionHooks(phase: DeletionPhase): void {
    for (const { object: raw, origin } of deletionHooks(this.#input.desired, phase)) {
      const object = placeObject(raw, this.#input.isNamespaced(gvkOf(raw)), this.#request.destinationNamespace);
      const { options, diagnostics } = objectSyncOptions(object, this.#request.options, origin);
      this.#diagnostics.push(...diagnostics);
      this.#addHookOf(phase, object, origin, options);
    }
  }

  /** CreateNamespace: unless a manifest does it. An existing namespace is only touched for its managed metadata. */
  addNamespace(): void {
    const { options, destinationNamespace: name, managedNamespaceMetadata: managed } = this.#request;
    if (!options.createNamespace || name === '' || this.#desiredIds.has(`/Namespace//${name}`)) return;
    const live = this.#live.get(`/Namespace//${name}`);
    if (live !== undefined && managed === undefined) return;
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        ...(managed?.labels === undefined ? {} : { labels: { ...managed.labels } }),
        ...(managed?.annotations === undefined ? {} : { annotations: { ...managed.annotations } }),
      },
    };
    // Not tracked: the namespace outlives the application, and what others wrote on it stays.
    this.#add({
      phase: 'PreSync',
      kind: 'apply',
      object,
      live,
      options: { ...options, replace: false, force: false, serverSideApply: managed !== undefined },
      createsNamespace: live === undefined,
    });
  }

  addPrunes(): void {
    for (const [id, live] of this.#live) {
      if (this.#desiredIds.has(id) || isHook(live) || isSkipped(live)) continue;
      if (!ownedBy(this.#request.app.instanceName, live) || !this.#isSelected(live, false)) continue;
      const { options } = objectSyncOptions(live, this.#request.options);
      this.#add({ phase: 'Sync', kind: 'prune', object: live, live, options });
    }
  }

  finish(): SyncPlan {
    reversePruneWaves(this.#drafts);
    orderTasks(this.#drafts);
    const tasks = this.#drafts.map((draft, order): SyncTask => ({ ...draft, order, id: taskId(draft) }));
    const radius = this.#blastRadius();
    return {
      request: this.#request,
      tasks,
      diagnostics: this.#diagnostics,
      ...(radius === undefined ? {} : { blastRadius: radius }),
    };
  }

  #blastRadius(): SyncPlan['blastRadius'] {
    if (!this.#request.prune) return undefined;
    const pruned = this.#drafts.filter(
      ({ kind, options, object }) =>
        kind === 'prune' && options.prune !== 'false' && object.metadata.deletionTimestamp === undefined,
    );
    if (pruned.length === 0) return undefined;
    let total = 0;
    for (const live of this.#live.values()) {
      if (!isHook(live) && ownedBy(this.#request.app.instanceName, live)) total++;
    }
    const keys = pruned.map(({ object }) => objectKeyOf(object));
    return blastRadius({ pruned: keys, total }, this.#input.pruneLimits ?? []);
  }

  #addHook(object: KubeObject, origin: Origin | undefined, options: SyncOptions): void {
    const types = hookTypesOf(object);
    if (types.length === 0) {
      this.#warn('SYNC_HOOK_UNKNOWN', `${describe(object)} is a hook of no known type and is never run`, origin);
    }
    for (const phase of types) {
      if (phase === 'Skip' || phase === 'PreDelete' || phase === 'PostDelete') continue;
      this.#addHookOf(phase, object, origin, options);
    }
  }

  #addHookOf(phase: SyncPhase, object: KubeObject, origin: Origin | undefined, options: SyncOptions): void {
    const { generateName, ...metadata } = object.metadata;
    const name = metadata.name ?? generatedHookName(generateName ?? '', this.#request, phase);
    const tracked = withTracking(this.#request.app.instanceName, { ...object, metadata: { ...metadata, name } });
    const finalizers = tracked.metadata.finalizers ?? [];
    const target: KubeObject = {
      ...tracked,
      metadata: {
        ...tracked.metadata,
        annotations: { ...tracked.metadata.annotations, [OPERATION_ANNOTATION]: operationMark(this.#request, phase) },
        finalizers: finalizers.includes(HOOK_FINALIZER) ? finalizers : [...finalizers, HOOK_FINALIZER],
      },
    };
    this.#add({
      phase,
      kind: 'apply',
      object: target,
      live: this.#live.get(objectId(target)),
      origin,
      options,
      hook: { deletePolicies: hookDeletePolicies(object) },
    });
  }

  #addResource(manifest: KubeObject, object: KubeObject, origin: Origin | undefined, options: SyncOptions): void {
    if (object.metadata.name === undefined || object.metadata.name === '') {
      this.#error(
        'SYNC_NAME_MISSING',
        `${object.kind} has no metadata.name`,
        origin,
        object.metadata.generateName === undefined
          ? 'Give it a name.'
          : 'generateName makes a new object at every sync: only hooks may use it.',
      );
      return;
    }
    const target = withTracking(this.#request.app.instanceName, object);
    const live = this.#live.get(objectId(target));
    if (live !== undefined && options.failOnSharedResource) {
      const owner = otherOwner(this.#request, live);
      if (owner !== undefined) {
        this.#error(
          'SYNC_SHARED_RESOURCE',
          `${describe(object)} belongs to the application ${owner}`,
          origin,
          'Remove it from one of the two, or drop the option FailOnSharedResource.',
        );
      }
    }
    const ignored = live === undefined ? undefined : this.#ignored(manifest, target, live);
    const kept = live === undefined ? target : this.#keepLive(manifest, target, live, options, ignored);
    this.#add({
      phase: 'Sync',
      kind: 'apply',
      object: kept,
      live,
      origin,
      options,
      ...(kept === target ? {} : { declared: target }),
      ...(ignored === undefined ? {} : { ignored }),
    });
  }

  #ignored(manifest: KubeObject, target: KubeObject, live: KubeObject): IgnoredFields | undefined {
    const { ignoreDifferences } = this.#input;
    return ignoreDifferences && ignoredFields(ignoreDifferences, objectKeyOf(target), manifest, live);
  }

  /** With the fields that are not ours to set as they live. */
  #keepLive(
    manifest: KubeObject,
    target: KubeObject,
    live: KubeObject,
    options: SyncOptions,
    ignored: IgnoredFields | undefined,
  ): KubeObject {
    const wished = this.#input.keepLive?.(manifest, target, live);
    const kept = wished === undefined ? target : keepLiveFields(target, live, wished);
    return options.respectIgnoreDifferences && ignored !== undefined ? keepLiveFields(kept, live, ignored) : kept;
  }

  #add(part: {
    phase: SyncPhase;
    kind: 'apply' | 'prune';
    object: KubeObject;
    live: KubeObject | undefined;
    origin?: Origin | undefined;
    options: SyncOptions;
    hook?: SyncTask['hook'];
    createsNamespace?: boolean;
    declared?: KubeObject;
    ignored?: IgnoredFields;
  }): void {
    const { phase, kind, object, live, origin, options, hook, declared } = part;
    const namespace = this.#request.destinationNamespace;
    const isOwnNamespace = isNamespace(object) && object.metadata.name === namespace && live === undefined;
    this.#drafts.push({
      id: '',
      order: 0,
      phase,
      wave: waveOf(object),
      kind,
      object,
      options,
      skipDryRun: kind === 'apply' && this.#skipsDryRun(object, options, origin),
      upToDate: kind === 'apply' && hook === undefined && live !== undefined && this.#isUpToDate(part, live),
      createsNamespace: kind === 'apply' && (part.createsNamespace === true || isOwnNamespace),
      ...(live === undefined ? {} : { live }),
      ...(declared === undefined ? {} : { declared }),
      ...(origin === undefined ? {} : { origin }),
      ...(hook === undefined ? {} : { hook }),
    });
  }

  #isUpToDate(
    part: { object: KubeObject; options: SyncOptions; declared?: KubeObject; ignored?: IgnoredFields },
    live: KubeObject,
  ): boolean {
    const { object, options, declared = object, ignored } = part;
    if (!this.#request.options.applyOutOfSyncOnly) return false;
    if (this.#input.isModified !== undefined) return !this.#input.isModified(declared, live, options);
    const manager = options.serverSideApply ? { serverSideApplyManager: DEFAULT_FIELD_MANAGER } : {};
    const left = ignored === undefined ? {} : { ignored };
    return compareObject({ desired: declared, live, ...manager, ...left }).status === 'Synced';
  }

  #skipsDryRun(object: KubeObject, options: SyncOptions, origin: Origin | undefined): boolean {
    const gvk = gvkOf(object);
    if (this.#scopes.has(`${gvk.group}/${gvk.kind}`)) return true;
    if (!this.#input.crdPresent(gvk)) {
      if (options.skipDryRunOnMissingResource) return true;
      this.#error(
        'SYNC_KIND_UNKNOWN',
        `the cluster does not serve ${object.kind} of ${object.apiVersion} (${describe(object)})`,
        origin,
        'Add its CustomResourceDefinition, check apiVersion and kind, or set SkipDryRunOnMissingResource=true.',
      );
      return true;
    }
    if (this.#bringsWaiver && !isWaiver(object)) return true;
    const namespace = object.metadata.namespace ?? '';
    return namespace !== this.#request.destinationNamespace && this.#newNamespaces.has(namespace);
  }

  #isSelected(object: KubeObject, hook: boolean): boolean {
    const { selection, strategy } = this.#request;
    if (hook && (strategy === 'apply' || selection !== undefined)) return false;
    if (selection === undefined) return true;
    const { group, kind } = gvkOf(object);
    const { name, namespace } = object.metadata;
    return selection.some(
      (selector) =>
        selector.kind === kind &&
        selector.name === name &&
        (selector.group ?? group) === group &&
        (selector.namespace === undefined || selector.namespace === '' || selector.namespace === (namespace ?? '')),
    );
  }

  #error(code: string, message: string, origin: Origin | undefined, hint: string): void {
    this.#diagnostics.push({ code, severity: 'error', message, hint, ...(origin === undefined ? {} : { origin }) });
  }

  #warn(code: string, message: string, origin: Origin | undefined): void {
    this.#diagnostics.push({ code, severity: 'warning', message, ...(origin === undefined ? {} : { origin }) });
  }
}

/** What was created first is deleted last: lowest and highest prune wave change places, and so on inwards. */
function reversePruneWaves(drafts: readonly Draft[]): void {
  const prunes = drafts.filter(({ kind }) => kind === 'prune');
  const waves = [...new Set(prunes.map(({ wave }) => wave))].sort((a, b) => a - b);
  const swapped = new Map(waves.map((wave, index) => [wave, waves[waves.length - 1 - index] ?? wave]));
  for (const draft of prunes) draft.wave = swapped.get(draft.wave) ?? draft.wave;
  let last = 0;
  for (const draft of drafts) if (draft.phase === 'Sync') last = Math.max(last, draft.wave);
  for (const draft of prunes) if (draft.options.pruneLast) draft.wave = last + 1;
}

export function operationMark(request: SyncRequest, phase: SyncPhase): string {
  return `${request.startedAt}/${request.attempt ?? 0}/${phase}`;
}

function taskId(draft: Draft): string {
  return `${draft.phase}/${objectId(draft.object)}/${draft.kind}`;
}

function isNamespace(object: KubeObject): boolean {
  return object.kind === 'Namespace' && object.apiVersion === 'v1';
}

function describe(object: KubeObject): string {
  const { namespace, name, generateName } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? generateName ?? ''}`;
}
