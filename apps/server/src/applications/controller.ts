import {
  type Clock,
  type Diagnostic,
  formatDiagnostic,
  isSekishoError,
  type Logger,
  messageOf,
  SekishoError,
  sleep,
} from '@sekisho/base';
import { createEventRecorder, createInformer, createWorkQueue, type KubeClient } from '@sekisho/client';
import type { KubeObject, Manifest } from '@sekisho/kube';
import { DEFAULT_PROJECT } from '@sekisho/project';
import type { Store } from '@sekisho/store';
import type { ApplicationComparison, ApplicationCondition } from '@sekisho/sync';
import type { Audit } from '../audit/audit.ts';
import type { Comparer } from '../comparison/comparer.ts';
import type { DriftLook, DriftTracker } from '../drift/tracker.ts';
import { createGateKeeper } from '../gate/gate-keeper.ts';
import type { GateLook } from '../gate/gate-look.ts';
import type { PolicyGate } from '../gate/policy-gate.ts';
import type { Metrics } from '../metrics.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { requirePermitted } from '../projects/entry-checks.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { judgeRelease } from '../rollback/automatic.ts';
import type { Forges } from '../rollback/rollback-context.ts';
import { createRollbacks, type RollbackStart, type Rollbacks } from '../rollback/rollbacks.ts';
import type { CommitSignatures } from '../signatures/commit-signatures.ts';
import type { SourceSecrets } from '../source-secrets/source-secrets.ts';
import { type SyncTimeline, timed } from '../telemetry/timeline.ts';
import { type Application, parseApplication } from './application.ts';
import { asRecord } from './as-record.ts';
import { createConcerned } from './concerned.ts';
import { deleteApplication } from './deletion.ts';
import { createDeletionHooks } from './deletion-hooks.ts';
import type { Destination, DestinationRef, Destinations } from './destinations.ts';
import { diffResources, type ResourceDiff } from './diff.ts';
import { createGathering, describeFault, LOOK_AGAIN_MS } from './gathering.ts';
import type { HealthRuleBook } from './health-rules.ts';
import { APPLICATIONS } from './kinds.ts';
import { isRelevant, type LiveChange } from './live-cache.ts';
import { createMergedSources, type Rendered } from './merged-sources.ts';
import { createNewestObjects, keyOf } from './newest-objects.ts';
import { createOperations, type OperationOutcome } from './operations.ts';
import { followSources } from './source-following.ts';
import type { Sources } from './sources.ts';
import { nextApplication, type OperationRecord, type StatusInput } from './status.ts';
import { type ApplicationSummary, summarize } from './summary.ts';
import { resourceTree, type TreeNode } from './tree.ts';

/** Keeps every Application's cluster equal to its source. */
export interface ApplicationController {
  start(): void;
  /** Fulfilled when nothing is left to do and all applications are Synced and Healthy. */
  settled(signal: AbortSignal): Promise<void>;
  /** @param isVisible which of them count, default all */
  summary(isVisible?: (application: KubeObject) => boolean): ApplicationSummary;
  /** The newest state known; undefined when there is no such Application. */
  object(key: string): KubeObject | undefined;
  /** Called with every Application that is there, and then with each that is new, changed or gone. */
  onChange(listener: (change: ApplicationChange) => void): void;
  /** Where an Application goes. @throws SekishoError KUBE_NOT_FOUND | APPLICATION_INVALID | CLUSTER_UNREACHABLE | … */
  open(key: string): Promise<{ application: Application; destination: Destination }>;
  /** Desired against live at this moment. @throws SekishoError as {@link diff} */
  examine(key: string, options: { revision?: string | undefined; signal: AbortSignal }): Promise<Examination>;
  /** The project that an Application names; undefined when there is no such Application. */
  projectOf(key: string): string | undefined;
  /** @throws SekishoError KUBE_NOT_FOUND */
  tree(key: string): Promise<TreeNode[]>;
  /** What a sync would change now. @throws SekishoError KUBE_NOT_FOUND | APPLICATION_INVALID | GIT_* | … */
  diff(
    key: string,
    options: { revision?: string | undefined; signal: AbortSignal },
  ): Promise<{ revision: string; resources: ResourceDiff[] }>;
  /** What it is rendered to, whatever is in the cluster. @throws SekishoError as {@link diff} */
  manifests(
    key: string,
    options: { revision?: string | undefined; signal: AbortSignal },
  ): Promise<{ revision: string; manifests: readonly Manifest[] }>;
  /** What policies say of what it is rendered to. @throws SekishoError as {@link diff} */
  judge(key: string, options: { revision?: string | undefined; signal: AbortSignal }): Promise<JudgedApplication>;
  readonly rollbacks: Pick<Rollbacks, 'request' | 'resume'>;
  close(): Promise<void>;
}

/** `object` is undefined when the Application is gone; `previous` when it is new. */
export interface ApplicationChange {
  readonly key: string;
  readonly object: KubeObject | undefined;
  readonly previous?: KubeObject;
}

/** One application compared, with what it was compared from. */
export interface Examination {
  readonly application: Application;
  readonly destination: Destination;
  readonly comparison: ApplicationComparison;
  readonly rendered: Rendered;
}

/** One application as policies see it. */
export interface JudgedApplication {
  readonly application: Application;
  readonly rendered: Rendered;
  readonly look: GateLook;
}

export interface ApplicationControllerOptions {
  /** Of the cluster that holds the Applications. */
  readonly client: KubeClient;
  readonly destinations: Destinations;
  readonly sources: Sources;
  readonly health: HealthRuleBook;
  readonly comparer: Comparer;
  readonly drift: DriftTracker;
  readonly projects: ProjectRules;
  /** Asked before anything is synced. */
  readonly gate: PolicyGate;
  readonly policies: Pick<PolicyBook, 'worker'>;
  readonly store: Store;
  readonly metrics: Metrics;
  /** For traces; absent when nobody wants them. */
  readonly timeline?: SyncTimeline | undefined;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly controlNamespace: string;
  readonly waveDelayMs: number;
  readonly forges: Forges;
  readonly signatures: CommitSignatures;
  readonly sourceSecrets: Pick<SourceSecrets, 'onChange'>;
  /** Sekisho's own address, for links. */
  readonly ownUrl: () => string;
  readonly logger: Logger;
}

/** How many applications are worked on at a time: enough to hide waiting, few enough to keep each one quick. */
const CONCURRENCY = 16;
const REFRESH_ANNOTATION = 'argocd.argoproj.io/refresh';

export async function createApplicationController(
  options: ApplicationControllerOptions,
): Promise<ApplicationController> {
  const { client, destinations, sources, health, comparer, drift, projects, metrics, clock, controlNamespace, logger } =
    options;
  const informer = createInformer({ client, type: APPLICATIONS, logger });
  const newest = createNewestObjects(client, APPLICATIONS, informer);
  const { get: latest, write } = newest;
  const concerned = createConcerned(keyOfInstance);
  /** Somebody asked for a look, and its status does not tell yet that there was one. */
  const refreshed = new Set<string>();
  const events = createEventRecorder({ client, component: 'sekisho', clock, logger });
  const observer = metrics.queue('applications', () => queue.counts);
  const queue = createWorkQueue({ name: 'applications', concurrency: CONCURRENCY, reconcile, observer, logger, clock });
  const operations = createOperations({ ...options, events });
  const hooks = createDeletionHooks({ ...options, events });
  const keeper = createGateKeeper({ ...options, events });
  const merged = createMergedSources(sources, options.signatures, destinations);
  const { gather, open, renderWhole } = createGathering({ merged, projects, destinations, timeline: options.timeline });
  const rollbacks = createRollbacks({
    ...options,
    events,
    list: () => informer.list(),
    wake: (key) => queue.add(key),
  });

  function writeStatus(input: Omit<StatusInput, 'now' | 'wasRefreshed'>): Promise<KubeObject> {
    const wasRefreshed = refreshed.delete(keyOf(input.object));
    return write(input.object, nextApplication({ ...input, wasRefreshed, now: wholeSeconds(clock.now()) }));
  }

  async function reconcile(key: string, signal: AbortSignal): Promise<undefined | { afterMs: number }> {
    const stop = metrics.reconcileSeconds.startTimer();
    let result = 'failed';
    try {
      const again = await reconcileNow(key, signal);
      result = 'done';
      return again;
    } finally {
      stop();
      metrics.reconciles.inc({ result });
    }
  }

  async function reconcileNow(key: string, signal: AbortSignal): Promise<undefined | { afterMs: number }> {
    const object = latest(key);
    if (object === undefined) {
      forget(key);
      return undefined;
    }
    const parsed = parseApplication(object, controlNamespace);
    if ('application' in parsed) return reconcileApplication(parsed.application, signal);
    const message = parsed.diagnostics.map(formatDiagnostic).join('\n');
    const conditions: ApplicationCondition[] = [{ type: 'InvalidSpecError', message }];
    const record = operations.refuse({ key, object }, message);
    await writeStatus({ object, comparison: undefined, conditions, rendered: undefined, record });
    return withoutWish(record);
  }

  async function reconcileApplication(
    asked: Application,
    signal: AbortSignal,
  ): Promise<undefined | { afterMs: number }> {
    const { key } = asked;
    concerned.follow(asked);
    if (asked.object.metadata.deletionTimestamp !== undefined) return reconcileDeletion(asked, signal);
    const broken = projects.check(asked);
    if (broken.length > 0) return reconcileForbidden(asked, broken);
    let application = await rollbacks.step(await refreshIfAsked(asked, signal), write);
    const { rendered, destination, conditions, retryMs, mayPass } = await gather(application, signal);
    const isKnown = rendered?.result.diagnostics.every((diagnostic) => diagnostic.severity !== 'error') === true;
    if (isKnown) concerned.remember(application, rendered, destination);

    let gateMs: number | undefined;
    let comparison: ApplicationComparison | undefined;
    let outcome: OperationOutcome | undefined;
    let record: OperationRecord | undefined;
    let rulesMs: number | undefined;
    let drifting: DriftLook | undefined;
    /** What is there now; not what was there when git or the cluster could be read last. */
    let seen: ApplicationComparison | undefined;
    if (destination !== undefined && rendered !== undefined && isKnown) {
      const judged = await keeper.judge(application, destination, rendered, signal);
      conditions.push(...judged.conditions);
      gateMs = judged.afterMs;
      const look = () =>
        timed(options.timeline, key, 'diff', () =>
          comparer.look({
            application,
            destination,
            manifests: rendered.result.manifests,
            written: operations.written(key),
          }),
        );
      comparison = await look();
      if (comparison.sync === 'Unknown') {
        // Rules that can't be followed: what they protect must not be overwritten.
        rulesMs = LOOK_AGAIN_MS;
        record = operations.refuse(application, comparison.conditions.map(({ message }) => message).join('; '));
      } else {
        drifting = await drift.look(application, comparison);
        outcome = await operations.advance({
          application,
          destination,
          rendered,
          comparison,
          drift: drifting,
          held: await rollbacks.hold(application, rendered, signal),
          renderAt: (wish) => renderWhole(application, { ...wish, signal }),
          admit: (wished, operation) => keeper.admit(application, destination, wished, operation, signal),
          save: async (started) => {
            const object = await writeStatus({ ...status(), record: started });
            application = { ...application, object };
          },
          signal,
        });
        if (outcome.acted) {
          comparison = await look();
          drifting = await drift.look(application, comparison);
        }
        record = outcome.record;
        seen = comparison;
      }
    } else {
      const good = concerned.memory(key)?.rendered.result.manifests;
      if (destination !== undefined && good !== undefined) {
        comparison = await comparer.look({ application, destination, manifests: good, desiredUnknown: true });
      }
      // What may pass by itself only delays an operation.
      if (mayPass) record = operations.stopUnknown(application);
      else record = operations.refuse(application, conditions.map(({ message }) => message).join('; '));
    }
    conditions.push(...projects.notices(application), ...orphanConditions(application, destination));
    const verdict = await judgeRelease({
      application,
      comparison: seen,
      operationState: outcome?.record?.operationState,
      sources,
      clock,
      signal,
    });
    conditions.push(...(drifting?.conditions ?? []), ...verdict.conditions);
    const stored = await writeStatus({
      ...status(),
      conditions: [...conditions, ...(outcome?.conditions ?? [])],
      record,
    });
    if (verdict.start !== undefined) await takeBack({ ...application, object: stored }, verdict.start, signal);
    const waits = [retryMs, rulesMs, gateMs, outcome?.afterMs, verdict.afterMs].filter((ms) => ms !== undefined);
    return waits.length === 0 ? undefined : { afterMs: Math.min(...waits) };

    function status(): Omit<StatusInput, 'now' | 'wasRefreshed'> {
      return {
        object: application.object,
        comparison,
        conditions,
        rendered: isKnown ? rendered : undefined,
        record: undefined,
      };
    }
  }

  /** A rollback that can't begin is told once per release; the next one may be better. */
  async function takeBack(application: Application, start: RollbackStart, signal: AbortSignal): Promise<void> {
    try {
      await rollbacks.begin(application, start, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isSekishoError(error) || error.retryable) throw error;
      events.event(application.object, 'Warning', 'RollbackFailed', `not rolled back automatically: ${error.message}`);
      await write(application.object, {
        ...application.object,
        status: { ...asRecord(application.object['status']), ...start.status },
      });
    }
  }

  /** Nothing is read or written for an application that breaks the rules of its project; what it made stays. */
  async function reconcileForbidden(application: Application, broken: readonly Diagnostic[]) {
    const { key, object } = application;
    const conditions = broken.map((fault) => ({ type: 'InvalidSpecError' as const, message: describeFault(fault) }));
    const record = operations.refuse(application, broken.map(({ message }) => message).join('; '));
    operations.abandon(key);
    await writeStatus({ object, comparison: undefined, conditions, rendered: undefined, record });
    return withoutWish(record);
  }

  async function reconcileDeletion(asked: Application, signal: AbortSignal): Promise<undefined | { afterMs: number }> {
    operations.abandon(asked.key);
    const application = await refreshIfAsked(asked, signal);
    const held = await deleteApplication({
      application,
      destinations: { open: () => open(application) },
      client,
      hooks,
      render: () => renderWhole(application, { signal }),
      retry: asked.object.metadata.annotations?.[REFRESH_ANNOTATION] !== undefined,
      signal,
    });
    if (held === undefined) return;
    if (held.conditions.length > 0 || held.record !== undefined) {
      await writeStatus({
        object: application.object,
        comparison: undefined,
        conditions: held.conditions,
        rendered: undefined,
        record: held.record,
      });
    }
    return { afterMs: held.afterMs };
  }

  /** Notes whose namespaces are looked at, so that a new object in one of them is told of. */
  function orphanConditions(
    application: Application,
    destination: Destination | undefined,
  ): readonly ApplicationCondition[] {
    const isApplication = (instance: string) => latest(keyOfInstance(instance)) !== undefined;
    const found = destination === undefined ? undefined : projects.orphans(application, destination, isApplication);
    concerned.watchNamespace(application.key, found === undefined ? undefined : application.spec.destination.namespace);
    return found?.conditions ?? [];
  }

  async function refreshIfAsked(application: Application, signal: AbortSignal): Promise<Application> {
    const wish = application.object.metadata.annotations?.[REFRESH_ANNOTATION];
    if (wish === undefined) return application;
    try {
      await merged.refresh(application, { hard: wish === 'hard', signal });
    } catch (error) {
      // The render that follows says it in the status, with the last good state kept.
      logger.info({ app: application.key, error: messageOf(error) }, 'a refresh failed');
    }
    refreshed.add(application.key);
    const { [REFRESH_ANNOTATION]: _, ...annotations } = application.object.metadata.annotations ?? {};
    const { object } = application;
    return {
      ...application,
      object: await write(object, { ...object, metadata: { ...object.metadata, annotations } }),
    };
  }

  function forget(key: string): void {
    concerned.forget(key);
    newest.forget(key);
    refreshed.delete(key);
    operations.abandon(key);
    drift.forget(key);
    options.gate.forget(key);
  }

  function onLiveChange(change: LiveChange): void {
    const { owners, bystanders } = concerned.byChange(change);
    for (const key of bystanders) queue.add(key);
    if (owners.size === 0) return;
    for (const key of owners) operations.observe(key, change);
    if (isRelevant(change, health.healthOf)) for (const key of owners) queue.add(key);
  }

  /** No name has an underscore: it stands between namespace and name outside the control namespace. */
  function keyOfInstance(instance: string): string {
    return instance.includes('_') ? instance.replace('_', '/') : `${controlNamespace}/${instance}`;
  }

  async function find(key: string): Promise<Application> {
    const [namespace = '', name = ''] = key.split('/');
    const object = latest(key) ?? (await client.get(APPLICATIONS, name, namespace));
    const parsed = parseApplication(object, controlNamespace);
    if ('application' in parsed) return parsed.application;
    throw new SekishoError('APPLICATION_INVALID', parsed.diagnostics.map(formatDiagnostic).join('\n'));
  }

  /** @throws SekishoError as {@link find}; APPLICATION_FORBIDDEN: nothing may be read for it */
  async function permitted(key: string): Promise<Application> {
    const application = await find(key);
    requirePermitted(application, projects);
    return application;
  }

  async function examine(
    key: string,
    { revision, signal }: { revision?: string | undefined; signal: AbortSignal },
  ): Promise<Examination> {
    const application = await permitted(key);
    const destination = await open(application);
    const rendered = await renderWhole(application, { revisions: [revision], signal });
    const comparison = await comparer.look({ application, destination, manifests: rendered.result.manifests });
    return { application, destination, comparison, rendered };
  }

  destinations.onOpen((destination) => destination.live.onChange(onLiveChange));
  destinations.onChange(({ name, server }) => {
    for (const { metadata, spec } of informer.list()) {
      const { destination } = (spec ?? {}) as { destination?: DestinationRef };
      if (destination?.name === name && destination?.server === server) {
        queue.add(`${metadata.namespace}/${metadata.name}`);
      }
    }
  });
  const onSourceChange = followSources({
    concerned,
    merged,
    object: latest,
    asksForSignatures: (object) => options.signatures.areRequired(projectOf(object)),
    wake: (key) => queue.add(key),
    logger,
  });
  sources.onChange((repoURL) => void onSourceChange(repoURL));
  projects.onChange((name) => {
    for (const object of informer.list()) if (projectOf(object) === name) queue.add(keyOf(object));
  });
  const lookAtAll = () => {
    for (const object of informer.list()) queue.add(keyOf(object));
  };
  options.gate.onChange((key) => queue.add(key));
  health.onChange(lookAtAll);
  comparer.onChange(lookAtAll);
  options.sourceSecrets.onChange((refers) => {
    for (const object of informer.list()) {
      const parsed = parseApplication(object, controlNamespace);
      if (!('application' in parsed)) continue;
      const { key, namespace, sources: own } = parsed.application;
      if (own.some((source) => refers(source, namespace))) queue.add(key);
    }
  });
  options.signatures.onChange(() => {
    for (const object of informer.list()) {
      if (options.signatures.areRequired(projectOf(object))) queue.add(keyOf(object));
    }
  });

  return {
    start() {
      informer.on((event) => newest.ifForeign(event, () => queue.add(keyOf(event.object))));
      informer.start();
    },
    async settled(signal) {
      await informer.synced(signal);
      while (true) {
        const { total, needAttention } = summarize(informer.list());
        if (total > 0 && needAttention.length === 0) return;
        if (total === 0 && queue.size === 0) return;
        await sleep(50, { signal });
      }
    },
    summary: (isVisible = () => true) => summarize(informer.list().filter(isVisible)),
    object: latest,
    onChange(listener) {
      informer.on(({ type, object, previous }) => {
        const key = keyOf(object);
        const before = previous === undefined ? {} : { previous };
        listener({ key, object: type === 'DELETED' ? undefined : object, ...before });
      });
    },
    async open(key) {
      const application = await permitted(key);
      return { application, destination: await open(application) };
    },
    examine,
    projectOf(key) {
      const object = latest(key);
      return object === undefined ? undefined : projectOf(object);
    },
    async tree(key) {
      const application = await permitted(key);
      const destination = await open(application);
      return resourceTree(application, destination, health.healthOf);
    },
    async diff(key, options) {
      const { rendered, comparison } = await examine(key, options);
      return { revision: rendered.revision.commit, resources: diffResources(comparison) };
    },
    async manifests(key, { revision, signal }) {
      const rendered = await renderWhole(await permitted(key), { revisions: [revision], signal });
      return { revision: rendered.revision.commit, manifests: rendered.result.manifests };
    },
    async judge(key, { revision, signal }) {
      const application = await permitted(key);
      const destination = await open(application);
      const rendered = await renderWhole(application, { revisions: [revision], signal });
      const { manifests } = rendered.result;
      const look = await options.gate[revision === undefined ? 'look' : 'preview'](
        application,
        destination,
        manifests,
        signal,
      );
      return { application, rendered, look };
    },
    rollbacks,
    async close() {
      await rollbacks.close();
      await queue.close();
      await operations.close();
      await informer.close();
      await events.close();
    },
  };
}

/** It may have been the wish alone that was at fault: without it the application is looked at again. */
function withoutWish(refused: OperationRecord | undefined): undefined | { afterMs: number } {
  return refused === undefined ? undefined : { afterMs: 0 };
}

function projectOf(object: KubeObject): string {
  const { project } = (object['spec'] ?? {}) as { project?: string };
  return project || DEFAULT_PROJECT;
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
