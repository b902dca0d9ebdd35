import {
  type ApplicationSet,
  type Generated,
  needsFinalizer,
  nextStatus,
  outcomeOf,
  parseApplicationSet,
  planApplicationSet,
  planDeletion,
  planRollingSync,
  type ReconcileOutcome,
  type RollingSyncPlan,
  readRollout,
  type StatusInput,
} from '@sekisho/applicationset';
import { type Clock, type Diagnostic, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import { createEventRecorder, createInformer, createWorkQueue, type KubeClient } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import type { Destinations } from '../applications/destinations.ts';
import { APPLICATION_SETS, APPLICATIONS } from '../applications/kinds.ts';
import { createNewestObjects, keyOf } from '../applications/newest-objects.ts';
import type { Sources } from '../applications/sources.ts';
import type { Audit } from '../audit/audit.ts';
import { createJq } from '../comparison/jq.ts';
import type { Metrics } from '../metrics.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { type ApplyFault, createPlanApplier } from './apply-plan.ts';
import { createEntryRules } from './entry-rules.ts';
import { createGenerations } from './generations.ts';
import { createGeneratorRuns } from './generator-sources/generator-sources.ts';
import { ignoredPaths, type JqPaths } from './ignored-paths.ts';
import { observeApplicationSets } from './metrics.ts';
import { changesRollout, ownerKeyOf } from './owned-applications.ts';
import { invalidSet, readableSet } from './set-faults.ts';
import { keptRollout, refusedOutcome, statesOf } from './set-status.ts';

/** Keeps the Applications of each ApplicationSet what its generators and its template say. */
export interface ApplicationSetController {
  start(): void;
  /** Of the control namespace, by name. */
  list(): readonly KubeObject[];
  get(key: string): KubeObject | undefined;
  /** @throws SekishoError APPLICATIONSET_INVALID with everything that is wrong, as far as it shows before generators run */
  check(object: KubeObject): void;
  /**
   * What a set would make now; nothing is written.
   * @throws SekishoError APPLICATIONSET_INVALID | APPLICATIONSET_GENERATE with everything that is wrong
   */
  preview(object: KubeObject, signal: AbortSignal): Promise<readonly KubeObject[]>;
  /** A forge told of something new: sets that ask it look again. @param isMeant of a provider's name as sets have it */
  noteForge(isMeant: (provider: string) => boolean): void;
  close(): Promise<void>;
}

export interface ApplicationSetControllerOptions {
  /** Of the cluster that holds the sets and their Applications. */
  readonly client: KubeClient;
  readonly sources: Pick<Sources, 'repository' | 'onChange'>;
  readonly destinations: Pick<Destinations, 'identify'>;
  readonly projects: Pick<ProjectRules, 'check' | 'onChange'>;
  readonly clusterSecrets: () => readonly KubeObject[];
  readonly onClusterChange: (listener: () => void) => void;
  readonly metrics: Metrics;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Secret of the installation that random functions of templates draw from. */
  readonly seed: string;
  readonly controlNamespace: string;
  readonly logger: Logger;
}

/** Sets worked on at a time: most of the time they wait for a forge. */
const CONCURRENCY = 8;
/** Applications change in bursts; one look follows. */
const GATHER_MS = 200;
/** Webhooks come in bursts, too, and each look costs requests. */
const FORGE_GATHER_MS = 1_000;
/** After a change that was refused. */
const RETRY_MS = 10_000;
/** After one that met another write, and while a rollout goes on. */
const SOON_MS = 100;
const REFRESH_ANNOTATION = 'argocd.argoproj.io/application-set-refresh';
const APPLICATION_REFRESH = 'argocd.argoproj.io/refresh';
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';

type Again = undefined | { readonly afterMs: number };

export function createApplicationSetController(options: ApplicationSetControllerOptions): ApplicationSetController {
  const { client, metrics, clock, controlNamespace, logger } = options;
  const informer = createInformer({ client, type: APPLICATION_SETS, namespace: controlNamespace, logger });
  const applications = createInformer({ client, type: APPLICATIONS, namespace: controlNamespace, logger });
  applications.index('owner', (application) => ownerKeyOf(application) ?? []);
  const newest = createNewestObjects(client, APPLICATION_SETS, informer);
  const series = observeApplicationSets(metrics.registry, () => statesOf(informer.list()));
  const events = createEventRecorder({ client, component: 'sekisho', clock, logger });
  const jq = createJq();
  const rules = createEntryRules(options);
  const generations = createGenerations({
    begin: createGeneratorRuns(options),
    seed: options.seed,
    clock,
    onRun: series.run,
  });
  const applier = createPlanApplier({
    client,
    events,
    audit: options.audit,
    onChange: (action) => series.changes.inc({ action }),
    logger,
  });
  const observer = metrics.queue('applicationsets', () => queue.counts);
  const queue = createWorkQueue({
    name: 'applicationsets',
    concurrency: CONCURRENCY,
    reconcile,
    observer,
    logger,
    clock,
  });

  async function reconcile(key: string, signal: AbortSignal): Promise<Again> {
    await applications.synced(signal);
    let result = 'failed';
    try {
      const again = await reconcileNow(key, signal);
      result = 'done';
      return again;
    } finally {
      series.reconciles.inc({ result });
    }
  }

  async function reconcileNow(key: string, signal: AbortSignal): Promise<Again> {
    const object = newest.get(key);
    if (object === undefined) {
      newest.forget(key);
      generations.forget(key);
      return undefined;
    }
    const { set, diagnostics } = parseApplicationSet(object);
    if (set === undefined) return reconcileInvalid(object, diagnostics);
    if (set.isBeingDeleted) return reconcileDeletion(object, set, signal);
    const prepared = await withFinalizer(object, set);
    const { generated, afterMs } = await generations.current(key, set, object['spec'], signal);
    if (generated.failure !== undefined) {
      await writeStatus(prepared, outcomeOf(generated), keptRollout(object));
      return again(afterMs);
    }
    return reconcileGenerated(prepared, set, generated, { afterMs, signal });
  }

  async function reconcileGenerated(
    object: KubeObject,
    set: ApplicationSet,
    generated: Generated,
    { afterMs, signal }: { afterMs: number | undefined; signal: AbortSignal },
  ): Promise<Again> {
    const desired = generated.applications.map(({ application }) => application);
    const live = liveOf(set, desired);
    const paths = await ignoredPaths(jq, set, desired, live);
    const rollout = rolloutOf(object, set, { desired, live, paths });
    const plan = planApplicationSet({
      set,
      generated: generated.applications,
      live,
      validate: rules.fault,
      hasDestination: rules.hasDestination,
      ...(rollout === undefined ? {} : { rollout }),
      ...(paths === undefined ? {} : { jqPaths: paths }),
    });
    // What is about to begin is noted first: a process that ends here must not take it for a sync of somebody else.
    const noted = rollout === undefined ? object : await writeRollout(object, rollout);
    const faults = [
      ...(await applier.apply(object, plan, signal)),
      ...(await refresh(object, rollout?.refresh ?? [], set, signal)),
    ];
    for (const warning of rollout?.warnings ?? []) events.event(object, 'Warning', 'RolloutSteps', warning);
    await writeStatus(noted, refusedOutcome(faults) ?? outcomeOf(generated, plan), rollout);
    // An Application goes one step at a look, and the next one may be due already.
    const stepMs = noted === object ? undefined : SOON_MS;
    return again(soonest(afterMs, stepMs, retryMs(faults)));
  }

  /** Nothing is made or deleted for a set that can't be read; one that is being deleted must not stay for that. */
  async function reconcileInvalid(object: KubeObject, diagnostics: readonly Diagnostic[]): Promise<Again> {
    if (object.metadata.deletionTimestamp !== undefined) await releaseSet(object);
    else {
      const message = invalidSet('APPLICATIONSET_INVALID', diagnostics).message;
      await writeStatus(
        object,
        { type: 'Failed', reason: 'ApplicationParamsGenerationError', message },
        keptRollout(object),
      );
    }
    return undefined;
  }

  async function reconcileDeletion(object: KubeObject, set: ApplicationSet, signal: AbortSignal): Promise<Again> {
    const plan = planDeletion({ set, live: liveOf(set, []) });
    const faults: ApplyFault[] = [];
    for (const change of plan.release) faults.push(...(await applier.update(object, change, signal)));
    for (const application of plan.delete) faults.push(...(await applier.remove(object, application, signal)));
    if (faults.length > 0) return { afterMs: RETRY_MS };
    if (plan.isDone) await releaseSet(object);
    return undefined;
  }

  async function releaseSet(object: KubeObject): Promise<void> {
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(FINALIZER)) return;
    const left = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    await newest.write(object, { ...object, metadata: { ...object.metadata, finalizers: left } });
  }

  /** Without one its Applications go all at once, and whatever its policy says. */
  async function withFinalizer(object: KubeObject, set: ApplicationSet): Promise<KubeObject> {
    const { finalizers = [] } = object.metadata;
    const isThere = finalizers.includes(FINALIZER);
    if (!needsFinalizer({ set }) || isThere) return object;
    const metadata = { ...object.metadata, finalizers: [...finalizers, FINALIZER] };
    return newest.write(object, { ...object, metadata });
  }

  /** What the set owns, and what has a name that it wants. */
  function liveOf(set: ApplicationSet, desired: readonly KubeObject[]): readonly KubeObject[] {
    const found = new Map<string, KubeObject>();
    for (const application of applications.byIndex('owner', `${set.namespace}/${set.name}`)) {
      found.set(application.metadata.name ?? '', application);
    }
    for (const { metadata } of desired) {
      const application = applications.get(metadata.name ?? '', set.namespace);
      if (application !== undefined) found.set(application.metadata.name ?? '', application);
    }
    return [...found.values()];
  }

  function rolloutOf(
    object: KubeObject,
    set: ApplicationSet,
    {
      desired,
      live,
      paths,
    }: { desired: readonly KubeObject[]; live: readonly KubeObject[]; paths: JqPaths | undefined },
  ): RollingSyncPlan | undefined {
    if (set.spec.strategy.type !== 'RollingSync') return undefined;
    return planRollingSync({
      set,
      previous: readRollout(object['status']),
      desired,
      live,
      now: clock.now(),
      ...(paths === undefined ? {} : { jqPaths: paths }),
    });
  }

  async function refresh(
    object: KubeObject,
    names: readonly string[],
    set: ApplicationSet,
    signal: AbortSignal,
  ): Promise<readonly ApplyFault[]> {
    const faults: ApplyFault[] = [];
    for (const name of names) {
      const application = applications.get(name, set.namespace);
      if (application === undefined || application.metadata.annotations?.[APPLICATION_REFRESH] !== undefined) continue;
      const body = { metadata: { annotations: { [APPLICATION_REFRESH]: 'normal' } } };
      try {
        await client.patch(APPLICATIONS, name, set.namespace, { kind: 'merge', body }, { signal });
      } catch (error) {
        if (!isSekishoError(error)) throw error;
        logger.debug({ applicationSet: object.metadata.name, app: name, error: messageOf(error) }, 'not refreshed');
        faults.push({ reason: 'RefreshApplicationError', message: `${name}: ${messageOf(error)}`, isConflict: false });
      }
    }
    return faults;
  }

  async function writeRollout(object: KubeObject, { status: applicationStatus }: RollingSyncPlan): Promise<KubeObject> {
    if (deepEqual(applicationStatus, readRollout(object['status']))) return object;
    return newest.write(object, { ...object, status: { ...asRecord(object['status']), applicationStatus } });
  }

  async function writeStatus(
    object: KubeObject,
    outcome: ReconcileOutcome,
    rollout: StatusInput['rollout'],
  ): Promise<void> {
    const status = nextStatus({
      previous: object['status'],
      outcome,
      live: applications.byIndex('owner', keyOf(object)),
      now: clock.now(),
      ...(rollout === undefined ? {} : { rollout }),
    });
    await store(object, status);
  }

  /** Its status, and the wish for a look off: it was done. */
  async function store(object: KubeObject, status: unknown): Promise<void> {
    const { [REFRESH_ANNOTATION]: wish, ...annotations } = object.metadata.annotations ?? {};
    if (wish === undefined && deepEqual(status, object['status'])) return;
    const metadata = wish === undefined ? object.metadata : { ...object.metadata, annotations };
    await newest.write(object, { ...object, metadata, status });
  }

  function lookAt(keys: Iterable<string>, afterMs = 0): void {
    for (const key of keys) {
      if (afterMs === 0) queue.add(key);
      else queue.addAfter(key, afterMs);
    }
  }

  options.sources.onChange((repoURL) => lookAt(generations.forgetRepository(repoURL)));
  options.onClusterChange(() => {
    generations.forgetClusters();
    // Whether a destination is known may have changed for all.
    lookAt(informer.list().map(keyOf));
  });
  options.projects.onChange(() => lookAt(informer.list().map(keyOf)));

  return {
    start() {
      informer.on((event) => newest.ifForeign(event, () => queue.add(keyOf(event.object))));
      applications.on(({ object, previous, type }) => {
        const owners = new Set([ownerKeyOf(object), previous === undefined ? undefined : ownerKeyOf(previous)]);
        if (type === 'MODIFIED' && previous !== undefined && !changesRollout(previous, object)) return;
        for (const owner of owners) if (owner !== undefined) queue.addAfter(owner, GATHER_MS);
      });
      applications.start();
      informer.start();
    },
    list: () => [...informer.list()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    get: (key) => newest.get(key),
    check: (object) => void readableSet(object),
    async preview(object, signal) {
      const generated = await generations.preview(readableSet(object), signal);
      if (generated.failure !== undefined) {
        throw invalidSet('APPLICATIONSET_GENERATE', generated.diagnostics);
      }
      return generated.applications.map(({ application }) => application);
    },
    noteForge(isMeant) {
      lookAt(generations.forgetProviders(isMeant), FORGE_GATHER_MS);
    },
    async close() {
      await queue.close();
      await informer.close();
      await applications.close();
      await events.close();
      await jq.close();
    },
  };
}

function soonest(...waits: readonly (number | undefined)[]): number | undefined {
  const given = waits.filter((ms) => ms !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function retryMs(faults: readonly ApplyFault[]): number | undefined {
  if (faults.length === 0) return undefined;
  return faults.every(({ isConflict }) => isConflict) ? SOON_MS : RETRY_MS;
}

function again(afterMs: number | undefined): Again {
  return afterMs === undefined ? undefined : { afterMs };
}
