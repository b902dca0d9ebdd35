import { type Clock, isSekishoError, type Logger, mapConcurrent, messageOf } from '@sekisho/base';
import type { EventRecorder } from '@sekisho/client';
import { type GroupVersionKind, gvkOf, type KubeObject } from '@sekisho/kube';
import type { Store } from '@sekisho/store';
import {
  type ApplicationComparison,
  type ApplicationCondition,
  type AutoSyncDecision,
  advanceSync,
  newSyncProgress,
  nextRetryMs,
  type OperationState,
  objectId,
  PRUNE_LIMIT_ANNOTATION,
  planSync,
  recordResults,
  type SyncPlan,
  type SyncProgress,
  type SyncRequest,
  type SyncStep,
  terminateSync,
} from '@sekisho/sync';
import type { Audit } from '../audit/audit.ts';
import { syncEntry } from '../audit/sync-entry.ts';
import { asksBeforePruning, isPruneConfirmed, pruneLimitsOf, pruneQuestion } from '../blast-radius/blast-radius.ts';
import type { Comparer } from '../comparison/comparer.ts';
import type { DriftLook, DriftTracker } from '../drift/tracker.ts';
import type { Metrics } from '../metrics.ts';
import { isForbidden, type ProjectRules } from '../projects/project-rules.ts';
import { type Hold, heldByWindow } from '../projects/sync-gate.ts';
import type { SyncTimeline } from '../telemetry/timeline.ts';
import { createTurns } from '../turns.ts';
import type { Application, Operation } from './application.ts';
import { asRecord } from './as-record.ts';
import { liveObjects, scopes, syncOptionsOf } from './comparison.ts';
import type { Destination } from './destinations.ts';
import { diffResources } from './diff.ts';
import { executeAction } from './execute.ts';
import type { HealthRuleBook } from './health-rules.ts';
import type { LiveChange } from './live-cache.ts';
import type { Rendered, RenderWish } from './merged-sources.ts';
import { identified } from './operation-id.ts';
import {
  automatedOperation,
  commitsOf,
  decide,
  initiator,
  isAutomated,
  retryPolicy,
  sourceFields,
} from './operation-policy.ts';
import { digestOf, nextHistory, type Running, recordOf, releaseOf, stateOf } from './operation-run.ts';
import { createReleaseRecorder } from './release-recorder.ts';
import type { OperationRecord } from './status.ts';

export interface OperationOutcome {
  /** What to store; undefined when there is nothing new to say. */
  readonly record?: OperationRecord;
  readonly conditions: readonly ApplicationCondition[];
  /** Something was changed in the cluster, or may have been. */
  readonly acted: boolean;
  readonly afterMs?: number;
}

export interface AdvanceInput {
  readonly application: Application;
  readonly destination: Destination;
  /** The source at its target revision. */
  readonly rendered: Rendered;
  readonly comparison: ApplicationComparison;
  /** What is to be done about what drifted. */
  readonly drift: DriftLook;
  /** Why auto-sync must not begin anything now. */
  readonly held: string | undefined;
  /** Other revisions or sources, for an operation that asks for them. */
  readonly renderAt: (wish: Omit<RenderWish, 'signal'>) => Promise<Rendered>;
  /** @throws SekishoError POLICY_DENIED when policies deny what an operation would apply */
  readonly admit: (rendered: Rendered, operation: Operation) => Promise<void>;
  /** Stores the start of an operation before it touches anything. */
  readonly save: (record: OperationRecord) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Starts, continues, retries and ends sync operations: one per application at a time. */
export interface Operations {
  /** Goes as far as it can without waiting. */
  advance(input: AdvanceInput): Promise<OperationOutcome>;
  /** Ends a wished operation that can't begin, because the desired state is not known. */
  refuse(application: Pick<Application, 'key' | 'object'>, reason: string): OperationRecord | undefined;
  /** Ends an operation that somebody stopped while its desired state is not known: what its hooks do goes on. */
  stopUnknown(application: Application): OperationRecord | undefined;
  /** Objects that an operation wrote and that the watch has not shown yet. */
  written(key: string): ReadonlyMap<string, KubeObject>;
  observe(key: string, change: LiveChange): void;
  abandon(key: string): void;
  /** Waits a short while for releases that are not recorded yet. */
  close(): Promise<void>;
}

/** Requests of one operation at a time. */
const PARALLEL = 8;

export function createOperations(options: {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly timeline?: Pick<SyncTimeline, 'begin' | 'enter' | 'end'> | undefined;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly waveDelayMs: number;
  readonly health: HealthRuleBook;
  readonly comparer: Comparer;
  readonly drift: Pick<DriftTracker, 'applied'>;
  readonly projects: ProjectRules;
  readonly audit: Audit;
}): Operations {
  const { comparer, projects, metrics, events, clock, logger } = options;
  const releases = createReleaseRecorder(options);
  const running = new Map<string, Running>();
  const unseen = new Map<string, Map<string, KubeObject>>();

  async function advance(input: AdvanceInput): Promise<OperationOutcome> {
    const { application, comparison } = input;
    const stopping = isTerminating(application);
    let run = running.get(application.key);
    try {
      run ??= await resume(input);
    } catch (error) {
      return cannotBegin(application, error);
    }
    // It had not begun, or can't go on: there is nothing to clean up.
    if (run === undefined && stopping) return { record: stop(application), conditions: [], acted: false, afterMs: 0 };
    if (run === undefined) {
      const wish = application.operation?.sync === undefined ? undefined : application.object['operation'];
      if (wish === undefined && input.held !== undefined) {
        return { conditions: [{ type: 'HeldRevisionWarning', message: input.held }], acted: false };
      }
      const rulesSince = projects.changedAt(application);
      const decision =
        wish === undefined
          ? decide(application, input.rendered, comparison, { now: clock.now(), rulesSince, drift: input.drift })
          : undefined;
      if (decision !== undefined && !decision.sync) return idle(decision);
      const operation = wish ?? automatedOperation(application, input.rendered, decision);
      const hold = heldByWindow(projects, application, operation as Operation, { now: clock.now() });
      if (hold !== undefined) return wish === undefined ? heldBack(hold) : heldWish(application, wish, hold);
      try {
        run = await begin(input, operation as Operation, operation);
      } catch (error) {
        return cannotBegin(application, error);
      }
      if (wish !== undefined || isLong(run.plan))
        await input.save(recordOf(run, stateOf(run, 'Running', 'the operation begins')));
    }
    const hold = heldByWindow(projects, application, run.operation, { now: clock.now(), startedAt: run.startedAt });
    if (hold !== undefined && !stopping) {
      return { ...heldBack(hold), record: recordOf(run, stateOf(run, 'Running', hold.message)), conditions: [] };
    }
    return proceed(input, run);
  }

  /** A wish waits until the window lets it begin; its state says so, without a result. */
  function heldWish(application: Application, wish: unknown, hold: Hold): OperationOutcome {
    const before = asRecord(asRecord(application.object['status'])['operationState']);
    const now = new Date(clock.now()).toISOString();
    const startedAt = before['phase'] === 'Running' ? String(before['startedAt'] ?? now) : now;
    const operationState = { operation: asRecord(wish), phase: 'Running' as const, message: hold.message, startedAt };
    return { ...heldBack(hold), record: { operation: wish, operationState }, conditions: [] };
  }

  /** A wish that names, say, a revision that is not there ends at once. */
  function cannotBegin(application: Application, error: unknown): OperationOutcome {
    const message = messageOf(error);
    const isDenied = isSekishoError(error, 'POLICY_DENIED');
    const record = isSekishoError(error) ? refuse(application, message, isDenied ? 'Failed' : 'Error') : undefined;
    // The conditions say already what policies deny.
    if (record === undefined && isDenied) return { conditions: [], acted: false };
    if (record === undefined) throw error;
    return { record, conditions: [{ type: 'SyncError', message }], acted: false };
  }

  function refuse(
    application: Pick<Application, 'key' | 'object'>,
    reason: string,
    phase: 'Error' | 'Failed' = 'Error',
  ): OperationRecord | undefined {
    if (asRecord(application.object['operation'])['sync'] === undefined) return undefined;
    running.delete(application.key);
    const now = new Date(clock.now()).toISOString();
    const operationState = {
      operation: asRecord(application.object['operation']),
      phase,
      message: reason,
      startedAt: now,
      finishedAt: now,
    };
    return { operation: undefined, operationState };
  }

  function stop(application: Pick<Application, 'key' | 'object'>): OperationRecord {
    running.delete(application.key);
    const { progress: _, ...state } = asRecord(asRecord(application.object['status'])['operationState']);
    const finishedAt = new Date(clock.now()).toISOString();
    const operationState = { ...state, phase: 'Failed', message: 'Operation terminated', finishedAt };
    return { operation: undefined, operationState: operationState as unknown as OperationState };
  }

  /** An operation that a process before this one had begun. */
  async function resume(input: AdvanceInput): Promise<Running | undefined> {
    const { application } = input;
    const state = asRecord(asRecord(application.object['status'])['operationState']);
    const isRunning = state['phase'] === 'Running' || state['phase'] === 'Terminating';
    if (application.operation?.sync === undefined || !isRunning) return undefined;
    // It only waited for a sync window.
    if (state['syncResult'] === undefined) return undefined;
    const run = await begin(input, application.operation, application.object['operation'], state);
    logger.info({ app: application.key, startedAt: run.startedAt }, 'an operation goes on where it was');
    return run;
  }

  async function begin(
    input: AdvanceInput,
    operation: Operation,
    given: unknown,
    state: Readonly<Record<string, unknown>> = {},
  ): Promise<Running> {
    const { application } = input;
    const { id, operation: wish } = identified(given);
    const rendered = await renderedFor(input, operation, asRecord(state['syncResult']));
    // What has begun goes on: half of it would be worse.
    if (state['syncResult'] === undefined) await input.admit(rendered, operation);
    const startedAt = (state['startedAt'] as string | undefined) ?? new Date(clock.now()).toISOString();
    const run: Running = {
      id,
      operation,
      wish,
      startedAt,
      rendered,
      differences: diffResources(input.comparison),
      sources: sourceFields(application, operation),
      plan: await plan(input, operation, rendered, startedAt, Number(state['retryCount'] ?? 0)),
      progress: (state['progress'] as SyncProgress | undefined) ?? newSyncProgress(),
      retries: Number(state['retryCount'] ?? 0),
      lastMessage: '',
    };
    running.set(application.key, run);
    options.timeline?.begin(application.key, id);
    logger.info({ app: application.key, operation: id, revision: rendered.commits }, 'a sync begins');
    if (Object.keys(state).length === 0) {
      events.event(
        application.object,
        'Normal',
        'OperationStarted',
        `${initiator(operation)} initiated sync to ${short(rendered)}`,
      );
    }
    return run;
  }

  async function plan(
    { application, destination, drift }: AdvanceInput,
    operation: Operation,
    rendered: Rendered,
    startedAt: string,
    attempt: number,
  ): Promise<SyncPlan> {
    const { sync } = operation;
    const { managedNamespaceMetadata } = application.spec.syncPolicy;
    const isNamespaced = scopes(destination, rendered.result.manifests);
    const request: SyncRequest = {
      app: { name: application.name, namespace: application.namespace, instanceName: application.instanceName },
      revision: rendered.commits,
      prune: sync?.prune === true,
      dryRun: sync?.dryRun === true,
      options: syncOptionsOf(application, sync?.syncOptions),
      strategy: sync?.syncStrategy?.apply == null ? 'hook' : 'apply',
      ...(sync?.resources === undefined ? {} : { selection: sync.resources.map(withoutUndefined) }),
      startedAt,
      attempt,
      destinationNamespace: application.spec.destination.namespace,
      ...(managedNamespaceMetadata === undefined
        ? {}
        : { managedNamespaceMetadata: withoutUndefined(managedNamespaceMetadata) }),
      waveDelayMs: options.waveDelayMs,
    };
    const namespace = destination.live.get({ group: '', kind: 'Namespace' }, request.destinationNamespace, '');
    const live = liveObjects(application, destination, rendered.result.manifests);
    const { ignoreDifferences } = await comparer.ignored(application, rendered.result.manifests, live);
    const { limits } = pruneLimitsOf(application, projects.annotation(application, PRUNE_LIMIT_ANNOTATION));
    const whole = planSync(request, {
      ...(ignoreDifferences === undefined ? {} : { ignoreDifferences }),
      // Healing puts back what drifted and leaves alone what is only reported.
      ...(sync?.autoHealAttemptsCount === undefined ? {} : { keepLive: drift.keepLive }),
      ...(asksBeforePruning(operation) ? { pruneLimits: limits } : {}),
      desired: rendered.result.manifests,
      live: namespace === undefined ? live : [...live, namespace],
      isNamespaced,
      crdPresent: (gvk) => destination.live.discovery.resourceForSync(gvk) !== undefined,
    });
    return projects.restrictPlan(application, whole, isNamespaced);
  }

  async function proceed(input: AdvanceInput, run: Running): Promise<OperationOutcome> {
    const { application, destination, signal } = input;
    const isNewer = run.rendered.commits !== input.rendered.commits && isAutomated(run.operation);
    const stopping = isTerminating(application);
    if (run.retryAt !== undefined && !stopping) {
      if (isNewer) return finish(input, run, 'Failed', `${run.lastMessage} (a newer revision is there)`);
      const leftMs = run.retryAt - clock.now();
      if (leftMs > 0) return { conditions: [failing(run)], acted: false, afterMs: leftMs };
      delete run.retryAt;
      run.plan = await plan(input, run.operation, run.rendered, run.startedAt, run.retries);
      run.progress = newSyncProgress();
    } else if (pruneQuestion(run.plan, run.progress, application) !== undefined) {
      // Limits, and what there is to delete, may have changed while it waits.
      run.plan = await plan(input, run.operation, run.rendered, run.startedAt, run.retries);
    }
    let acted = false;
    let step: SyncStep;
    const giveWay = createTurns();
    while (true) {
      step = (stopping ? terminateSync : advanceSync)(run.plan, run.progress, observation(input, run));
      const { wave: before } = run.progress;
      run.progress = step.progress;
      const { wave } = step.progress;
      if (wave !== undefined) options.timeline?.enter(application.key, { ...wave, attempt: run.retries });
      if (wave !== undefined && (before?.wave !== wave.wave || before.phase !== wave.phase)) {
        logger.debug({ app: application.key, operation: run.id, ...wave }, 'a wave begins');
      }
      if (step.actions.length === 0) break;
      acted = true;
      const outcomes = await mapConcurrent(
        step.actions,
        PARALLEL,
        async (action) => {
          // Answers come in bursts; what follows from them must not keep everybody else waiting.
          await giveWay();
          const outcome = await executeAction(action, destination, signal);
          if (outcome.ok && action.type === 'apply' && outcome.live !== undefined) remember(input, outcome.live);
          return { action, outcome };
        },
        { signal },
      );
      run.progress = recordResults(run.progress, outcomes);
    }
    if (step.state === 'Running') {
      if (isNewer && !hasRunningHook(run.progress)) {
        return finish(input, run, 'Failed', `${step.message}; given up because a newer revision is there`);
      }
      const question = pruneQuestion(run.plan, run.progress, application);
      if (question !== undefined && !run.asked) {
        run.asked = true;
        events.event(application.object, 'Warning', 'PruneConfirmationNeeded', question.message);
      }
      return {
        record: recordOf(run, stateOf(run, 'Running', step.message)),
        conditions: question === undefined ? [] : [question],
        acted,
        ...(step.wakeAfterMs === undefined ? {} : { afterMs: step.wakeAfterMs }),
      };
    }
    const outcome = step.state === 'Succeeded' || stopping ? undefined : retry(application, run, step.message);
    return outcome ?? { ...finish(input, run, step.state, step.message), acted };
  }

  function retry(application: Application, run: Running, message: string): OperationOutcome | undefined {
    const pauseMs = nextRetryMs(retryPolicy(application, run.operation), run.retries);
    // What a project forbids stays forbidden until it changes, and then it is looked at anyway.
    if (pauseMs === undefined || run.plan.request.dryRun || isForbidden(run.plan)) return undefined;
    run.retries++;
    run.retryAt = clock.now() + pauseMs;
    run.lastMessage = message;
    run.retryMessage = `${message.replace(/[.…]+$/, '')}. Retry ${run.retries} in ${Math.round(pauseMs / 1000)} s.`;
    return {
      record: recordOf(run, stateOf(run, 'Running', run.retryMessage)),
      conditions: [failing(run)],
      acted: true,
      afterMs: pauseMs,
    };
  }

  function finish(
    { application }: AdvanceInput,
    run: Running,
    phase: 'Succeeded' | 'Failed' | 'Error',
    message: string,
  ): OperationOutcome {
    running.delete(application.key);
    options.timeline?.end(application.key);
    if (!run.plan.request.dryRun) metrics.syncs.inc({ phase });
    logger.info(
      { app: application.key, operation: run.id, revision: run.rendered.commits, phase, message },
      'a sync ended',
    );
    const finishedAt = new Date(clock.now()).toISOString();
    const whole = run.plan.request.selection === undefined && !run.plan.request.dryRun;
    const type = phase === 'Succeeded' ? 'Normal' : 'Warning';
    events.event(
      application.object,
      type,
      'OperationCompleted',
      `sync to ${short(run.rendered)}: ${phase}: ${message}`,
    );
    const tasks = run.plan.tasks.filter((task) => task.kind === 'apply' && task.hook === undefined);
    const objects = tasks.map((task) => digestOf(task.object));
    if (!run.plan.request.dryRun) {
      const done = tasks.filter(({ id, upToDate }) => upToDate || run.progress.results[id]?.status === 'Synced');
      options.drift.applied(
        application.key,
        done.map(({ declared, object }) => declared ?? object),
      );
    }
    if (whole) releases.record(releaseOf(application, run, { outcome: phase, message, finishedAt, objects }));
    if (!run.plan.request.dryRun)
      options.audit.record(syncEntry({ ...run, operationId: run.id, application, phase, message, objects }));
    const record: OperationRecord = {
      operation: undefined,
      operationState: stateOf(run, phase, message, finishedAt),
      ...(whole && phase === 'Succeeded' ? { history: nextHistory(application, run, finishedAt) } : {}),
    };
    return {
      record,
      conditions: phase === 'Succeeded' ? [] : [{ type: 'SyncError', message }],
      acted: true,
      // Whether there is more to do, say a newer commit, shows at the next look.
      afterMs: 0,
    };
  }

  function remember({ application: { key }, destination }: AdvanceInput, object: KubeObject): void {
    const { name = '', namespace = '' } = object.metadata;
    const seen = destination.live.get(gvkOf(object), name, namespace);
    // The watch may be faster than the answer.
    if (seen !== undefined && !isOlder(seen, object)) return;
    let objects = unseen.get(key);
    if (objects === undefined) {
      objects = new Map();
      unseen.set(key, objects);
    }
    objects.set(objectId(object), object);
  }

  function observation({ application, destination }: AdvanceInput, run: Running) {
    return {
      now: clock.now(),
      live: ({ object }: { object: KubeObject }) =>
        destination.live.get(gvkOf(object), object.metadata.name ?? '', object.metadata.namespace ?? ''),
      healthOf: (object: KubeObject) => options.health.healthOf(object),
      crdPresent: (gvk: GroupVersionKind) => destination.live.discovery.resourceForSync(gvk) !== undefined,
      deletionApproved: isPruneConfirmed(application, run.operation, run.startedAt),
    };
  }

  return {
    advance,
    refuse: (application, reason) => refuse(application, reason),
    stopUnknown: (application) => (isTerminating(application) ? stop(application) : undefined),
    written: (key) => unseen.get(key) ?? new Map(),
    observe(key, { object }) {
      const objects = unseen.get(key);
      const own = objects?.get(objectId(object));
      if (own === undefined || isOlder(object, own)) return;
      objects?.delete(objectId(object));
    },
    abandon(key) {
      running.delete(key);
      unseen.delete(key);
    },
    close: () => releases.close(),
  };
}

/** Nothing is done until a window lets it. */
function heldBack(hold: Hold): OperationOutcome {
  return {
    conditions: [{ type: 'SyncWindowWarning', message: hold.message }],
    acted: false,
    ...(hold.afterMs === undefined ? {} : { afterMs: hold.afterMs }),
  };
}

function idle(decision: Exclude<AutoSyncDecision, { sync: true }>): OperationOutcome {
  return {
    conditions: decision.reason === 'would-wipe-out' ? [{ type: 'SyncError', message: decision.message }] : [],
    acted: false,
    ...(decision.retryAfterMs === undefined ? {} : { afterMs: decision.retryAfterMs }),
  };
}

/** Whether it may wait half way: then its start is stored first, so that a restart goes on with it. */
function isLong(plan: SyncPlan): boolean {
  // The namespace comes first in any case, and nothing waits for it.
  const tasks = plan.tasks.filter((task) => !task.createsNamespace);
  const [first] = tasks;
  return tasks.some((task) => task.hook !== undefined || task.phase !== first?.phase || task.wave !== first.wave);
}

/** Somebody asked the operation to end, as `argocd app terminate-op` does. */
function isTerminating({ operation, object }: Application): boolean {
  return (
    operation?.sync !== undefined && asRecord(asRecord(object['status'])['operationState'])['phase'] === 'Terminating'
  );
}

function hasRunningHook(progress: SyncProgress): boolean {
  return Object.values(progress.results).some(
    (result) => result.hookType !== undefined && result.hookPhase === 'Running',
  );
}

function short({ parts }: Rendered): string {
  return parts.map(({ revision }) => revision.commit.slice(0, 7)).join(', ');
}

/** The revisions that an operation began with, else those that it asks for, else the newest. */
async function renderedFor(
  { rendered, application, renderAt }: AdvanceInput,
  { sync }: Operation,
  begun: Readonly<Record<string, unknown>>,
): Promise<Rendered> {
  const sources = application.hasSeveralSources
    ? sync?.sources
    : sync?.source === undefined
      ? undefined
      : [sync.source];
  const wished = sync?.revisions ?? (sync?.revision === undefined ? undefined : [sync.revision]);
  const revisions = commitsOf(begun)?.split(',') ?? wished;
  if (sources === undefined && (revisions === undefined || revisions.join(',') === rendered.commits)) return rendered;
  return renderAt({ sources, revisions });
}

function isOlder(a: KubeObject, b: KubeObject): boolean {
  return BigInt(a.metadata.resourceVersion ?? '0') < BigInt(b.metadata.resourceVersion ?? '0');
}

type WithoutUndefined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as WithoutUndefined<T>;
}

/** Why an operation waits to be tried again. */
function failing({ retryMessage, lastMessage }: Pick<Running, 'lastMessage' | 'retryMessage'>): ApplicationCondition {
  return { type: 'SyncError', message: retryMessage ?? lastMessage };
}
