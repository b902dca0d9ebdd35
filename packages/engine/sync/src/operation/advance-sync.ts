import { type Diagnostic, formatDiagnostic, formatOrigin } from '@sekisho/base';
import { type DefinedKind, definedKind } from '../place-object.ts';
import { applyActions, dryRunActions, hookDeletions, releaseActions } from './actions.ts';
import { comparePhases } from './order.ts';
import { changeable, isContainer, patchResult, settled, withResult } from './progress.ts';
import { isWaitingForDeletion, liveState, taskState } from './task-state.ts';
import type { SyncAction, SyncObservation, SyncPlan, SyncProgress, SyncStep, SyncTask, TaskResult } from './types.ts';
import { startWave } from './wave.ts';

const defaultWaveDelayMs = 2000;
/** How long an applied CRD may take until it serves its kind. */
const definitionTimeoutMs = 3000;
/** How long Gatekeeper may take until it has made a definition of a template. */
const templateTimeoutMs = 15_000;
/** How often is looked whether a kind is served, of which no event tells. */
const templateLookMs = 500;
/** How long the watch may lag behind a write before the object counts as gone. */
const unseenTimeoutMs = 10_000;

/**
 * One step of a sync operation: looks at what was done and what is live, and says what to do next. Pure: the same
 * arguments give the same step, so the operation may stop at any point and go on from its saved progress.
 *
 * The order: everything is tried (dry run) before anything is touched; then waves, each with prunes, deletions of old
 * hooks and applies by kind; between waves all must be healthy; a failure runs the SyncFail hooks.
 *
 * @see Argo CD, docs/user-guide/sync-waves.md and gitops-engine/pkg/sync
 */
export function advanceSync(plan: SyncPlan, progress: SyncProgress, observed: SyncObservation): SyncStep {
  const step = new Machine(plan, changeable(progress), observed).step();
  return { ...step, progress: settled(step.progress) };
}

class Machine {
  readonly #plan: SyncPlan;
  readonly #observed: SyncObservation;
  #progress: SyncProgress;

  constructor(plan: SyncPlan, progress: SyncProgress, observed: SyncObservation) {
    this.#plan = withFirstWaves(plan, progress);
    this.#progress = progress;
    this.#observed = observed;
  }

  step(): SyncStep {
    const faults = this.#plan.diagnostics.filter(({ severity }) => severity === 'error');
    if (faults.length > 0 && !this.#progress.dryRunDone) {
      return this.#end('Failed', `one or more synchronization tasks are not valid: ${joinSome(faults.map(tell))}`);
    }
    if (!this.#progress.dryRunDone) {
      const step = this.#tryAll();
      if (step !== undefined) return step;
    }
    if (this.#plan.request.dryRun) return this.#finishDryRun();
    const unconfirmed = this.#waitForConfirmation();
    if (unconfirmed !== undefined) return unconfirmed;
    this.#stamp();
    const inWave = this.#continueWave();
    if (inWave !== undefined) return inWave;
    // Health counts only once a wave is applied: what the wave found in the cluster may well have been broken.
    this.#observe();
    return this.#waitForRunning() ?? this.#fail() ?? this.#release() ?? this.#nextWave();
  }

  /** The namespace, then the dry run of every task; undefined when all passed. */
  #tryAll(): SyncStep | undefined {
    const { request, tasks } = this.#plan;
    if (!request.dryRun) {
      const creations = tasks.filter((task) => task.createsNamespace);
      const failed = this.#failedMessages(creations);
      if (failed.length > 0) return this.#end('Failed', `the namespace could not be created: ${joinSome(failed)}`);
      const pending = creations.filter((task) => this.#result(task) === undefined);
      if (pending.length > 0) return this.#run(applyActions(pending, this.#progress), 'creating the namespace');
    }
    // In a dry run the namespace is not made, and nothing can be tried in it.
    const missing =
      request.dryRun && tasks.some((task) => task.createsNamespace) ? request.destinationNamespace : undefined;
    const tried = tasks.filter(
      (task) =>
        task.kind === 'apply' &&
        !task.upToDate &&
        !task.skipDryRun &&
        this.#result(task)?.status !== 'Synced' &&
        (missing === undefined || task.object.metadata.namespace !== missing),
    );
    const pending = tried.filter(
      (task) => this.#progress.dryRunPassed[task.id] !== true && this.#result(task)?.status !== 'SyncFailed',
    );
    if (pending.length > 0) {
      return this.#run(dryRunActions(pending), `checking ${pending.length} objects before anything is changed`);
    }
    const failed = this.#failedMessages(tried);
    if (failed.length > 0) {
      return this.#end('Failed', `one or more objects failed to apply (dry run): ${joinSome(failed)}`);
    }
    this.#progress = {
      ...this.#progress,
      dryRunDone: true,
      dryRunPassed: {},
      multiStep: hasSeveralSteps(tasks),
      pruneWaves: Object.fromEntries(tasks.filter(({ kind }) => kind === 'prune').map(({ id, wave }) => [id, wave])),
    };
    return undefined;
  }

  #finishDryRun(): SyncStep {
    for (const task of this.#plan.tasks) {
      if (task.upToDate) continue;
      if (task.kind === 'apply') this.#set(task, 'Synced', 'Succeeded', 'would be applied (dry run)');
      else if (this.#mayPrune(task)) this.#set(task, 'Pruned', 'Succeeded', 'pruned (dry run)');
      else this.#set(task, 'PruneSkipped', 'Succeeded', 'ignored (requires pruning)');
    }
    const above = this.#plan.blastRadius?.exceeds;
    const question = above === undefined ? '' : `; a sync would wait for confirmation, because it ${above.message}`;
    return this.#end('Succeeded', `dry run: nothing was changed${question}`);
  }

  /** Whoever deletes more than is usual is asked before anything is touched. */
  #waitForConfirmation(): SyncStep | undefined {
    const above = this.#plan.blastRadius?.exceeds;
    const { wave, lastWaveFinishedAt } = this.#progress;
    if (above === undefined || this.#observed.deletionApproved === true) return undefined;
    if (wave !== undefined || lastWaveFinishedAt !== undefined) return undefined;
    return this.#wait(`Waiting for pruning confirmation: this sync ${above.message}`);
  }

  /** Notes when results were first seen: outcomes are recorded without a clock. */
  #stamp(): void {
    for (const task of this.#plan.tasks) {
      const result = this.#result(task);
      if (result === undefined || result.since !== undefined) continue;
      this.#progress = patchResult(this.#progress, task, { since: this.#observed.now });
    }
  }

  /** Takes the health of live objects into the results of running tasks. */
  #observe(): void {
    for (const task of this.#plan.tasks) {
      const result = this.#result(task);
      if (result?.hookPhase !== 'Running') continue;
      const state = liveState(result, this.#observed.live(task));
      if (state.kind === 'behind') continue;
      if (state.kind === 'absent') {
        const lag = this.#observed.now - (result.since ?? this.#observed.now);
        if (
          (task.hook !== undefined || this.#progress.multiStep === true) &&
          (result.seen === true || lag >= unseenTimeoutMs)
        ) {
          this.#set(task, 'SyncFailed', 'Error', `${nameOf(task)} is missing, it might have been deleted`);
        }
        continue;
      }
      if (result.seen !== true) this.#progress = patchResult(this.#progress, task, { seen: true });
      const { hookPhase, message } = taskState(task, this.#observed.healthOf(state.live), result);
      this.#set(task, result.status, hookPhase, message);
    }
  }

  /** Goes on with the wave that was begun, whatever failed in it: Argo CD applies the rest of a wave too. */
  #continueWave(): SyncStep | undefined {
    const wave = this.#progress.wave;
    if (wave === undefined) return undefined;
    const inWave = this.#plan.tasks.filter((task) => task.phase === wave.phase && task.wave === wave.wave);
    const mayGoOn = inWave.every((task) => {
      const result = this.#result(task);
      return result === undefined || isSuccess(result) || (task.kind === 'apply' && result.hookPhase === 'Failed');
    });
    const pending = inWave.filter((task) => this.#isPending(task));
    if (pending.length > 0 && mayGoOn) {
      const waiting = this.#waitForDefinitions();
      if (waiting !== undefined) return waiting;
      const started = startWave(pending, this.#plan.request, this.#progress, this.#observed);
      this.#progress = started.progress;
      if (started.actions.length > 0 || started.waiting !== undefined) {
        return this.#run(started.actions, started.waiting ?? 'one or more tasks are running');
      }
    }
    const { wave: _, ...rest } = this.#progress;
    this.#progress = { ...rest, lastWaveFinishedAt: this.#observed.now };
    const others = this.#plan.tasks.some((task) => task.phase !== 'SyncFail' && this.#isPending(task));
    const good = this.#plan.tasks.every((task) => !isFailure(this.#result(task)));
    if (!others && good && !inWave.some((task) => task.hook !== undefined)) {
      // The last wave, without hooks: done, even if its objects become healthy only later, or never.
      for (const task of this.#plan.tasks) {
        if (this.#result(task)?.hookPhase === 'Running') this.#set(task, 'Synced', 'Succeeded', '');
      }
    }
    return undefined;
  }

  #waitForRunning(): SyncStep | undefined {
    const multiStep = this.#progress.multiStep === true;
    const failed = this.#plan.tasks.some((task) => isFailure(this.#result(task)));
    // After a failure nobody waits for health any more, only for hooks to end.
    const running = this.#plan.tasks.filter(
      (task) => this.#result(task)?.hookPhase === 'Running' && (task.hook !== undefined || (multiStep && !failed)),
    );
    if (running.length > 0) return this.#wait(waitingMessage(running), this.#unseenWake(running));
    const deleting = this.#plan.tasks.filter(
      (task) =>
        this.#result(task)?.status === 'Pruned' &&
        isWaitingForDeletion(this.#progress.notes[task.id], this.#observed.live(task)),
    );
    const remaining = this.#plan.tasks.some((task) => task.phase !== 'SyncFail' && this.#isPending(task));
    if (deleting.length === 0 || !remaining || failed) return undefined;
    return this.#wait(`waiting for deletion of ${namesOf(deleting)}`);
  }

  /** Runs the SyncFail hooks and ends; undefined when nothing failed. */
  #fail(): SyncStep | undefined {
    const { tasks } = this.#plan;
    const failed = tasks.filter((task) => task.phase !== 'SyncFail' && isFailure(this.#result(task)));
    if (failed.length === 0) return undefined;
    const handlers = tasks.filter((task) => task.phase === 'SyncFail');
    const pending = handlers.filter((task) => this.#isPending(task));
    if (pending.length > 0) {
      const started = startWave(pending, this.#plan.request, this.#progress, this.#observed);
      this.#progress = started.progress;
      return this.#run(started.actions, started.waiting ?? 'running the SyncFail hooks');
    }
    const cleanup = this.#cleanUp('HookFailed');
    if (cleanup !== undefined) return cleanup;
    let message = `one or more synchronization tasks completed unsuccessfully: ${joinSome(this.#failedMessages(failed))}`;
    const broken = this.#failedMessages(handlers);
    if (broken.length > 0) message += `; SyncFail hooks failed too: ${joinSome(broken)}`;
    return this.#end('Failed', message);
  }

  /** Removes the finalizer of hooks that are done. */
  #release(): SyncStep | undefined {
    const actions = releaseActions(this.#doneHooks(), this.#progress, this.#observed);
    return actions.length === 0 ? undefined : this.#run(actions, 'releasing finished hooks');
  }

  #nextWave(): SyncStep {
    const { tasks, request } = this.#plan;
    const pending = tasks.filter((task) => task.phase !== 'SyncFail' && this.#isPending(task));
    const first = pending[0];
    if (first === undefined) {
      return this.#cleanUp('HookSucceeded') ?? this.#end('Succeeded', 'successfully synced');
    }
    const definitions = this.#waitForDefinitions();
    if (definitions !== undefined) return definitions;
    const last = this.#progress.lastWaveFinishedAt;
    if (last !== undefined) {
      const left = last + (request.waveDelayMs ?? defaultWaveDelayMs) - this.#observed.now;
      if (left > 0) return this.#wait(`pausing before wave ${first.wave} of ${first.phase}`, left);
    }
    this.#progress = { ...this.#progress, wave: { phase: first.phase, wave: first.wave } };
    return this.step();
  }

  #waitForDefinitions(): SyncStep | undefined {
    let wakeAfterMs: number | undefined;
    for (const task of this.#plan.tasks) {
      const result = this.#result(task);
      if (task.kind !== 'apply' || result?.status !== 'Synced') continue;
      const defined = definedKind(task.object);
      if (defined === undefined || this.#isServed(task, defined)) continue;
      const isTemplate = !isContainer(task.object);
      const timeoutMs = isTemplate ? templateTimeoutMs : definitionTimeoutMs;
      const left = (result.since ?? this.#observed.now) + timeoutMs - this.#observed.now;
      if (left > 0) wakeAfterMs = Math.max(wakeAfterMs ?? 0, isTemplate ? Math.min(left, templateLookMs) : left);
    }
    return wakeAfterMs === undefined ? undefined : this.#wait('waiting for new kinds to be served', wakeAfterMs);
  }

  #isServed(task: SyncTask, defined: DefinedKind): boolean {
    const live = this.#observed.live(task);
    if (live === undefined || !defined.isServed(live)) return false;
    // A template says that its kind was created, not that it is served already.
    return isContainer(task.object) || this.#observed.crdPresent?.({ ...defined, version: 'v1beta1' }) !== false;
  }

  #cleanUp(policy: 'HookSucceeded' | 'HookFailed'): SyncStep | undefined {
    const hooks = this.#doneHooks();
    const actions: SyncAction[] = [
      ...releaseActions(hooks, this.#progress, this.#observed),
      ...hookDeletions(
        hooks.filter((task) => task.hook?.deletePolicies.includes(policy) === true),
        this.#plan.request,
        this.#progress,
        this.#observed,
      ),
    ];
    return actions.length === 0 ? undefined : this.#run(actions, 'deleting finished hooks');
  }

  #doneHooks(): SyncTask[] {
    return this.#plan.tasks.filter((task) => {
      const phase = this.#result(task)?.hookPhase;
      return task.hook !== undefined && phase !== undefined && phase !== 'Running';
    });
  }

  #isPending(task: SyncTask): boolean {
    return !task.upToDate && this.#result(task) === undefined;
  }

  #mayPrune(task: SyncTask): boolean {
    return this.#plan.request.prune && task.options.prune !== 'false';
  }

  #result(task: SyncTask): TaskResult | undefined {
    return this.#progress.results[task.id];
  }

  #failedMessages(tasks: readonly SyncTask[]): string[] {
    return tasks.flatMap((task) => {
      const result = this.#result(task);
      return isFailure(result) && result !== undefined ? [`${placeOf(task)}${nameOf(task)}: ${result.message}`] : [];
    });
  }

  #set(task: SyncTask, status: TaskResult['status'], phase: TaskResult['hookPhase'], message: string): void {
    this.#progress = withResult(this.#progress, task, status, phase, message);
  }

  #unseenWake(running: readonly SyncTask[]): number | undefined {
    const unseen = running.filter((task) => this.#result(task)?.seen !== true);
    return unseen.length === 0 ? undefined : unseenTimeoutMs;
  }

  #run(actions: readonly SyncAction[], message: string): SyncStep {
    return { progress: this.#progress, actions, state: 'Running', message };
  }

  #wait(message: string, wakeAfterMs?: number): SyncStep {
    const step: SyncStep = { progress: this.#progress, actions: [], state: 'Running', message };
    return wakeAfterMs === undefined ? step : { ...step, wakeAfterMs };
  }

  #end(state: 'Succeeded' | 'Failed', message: string): SyncStep {
    return { progress: this.#progress, actions: [], state, message };
  }
}

/** The plan with the prunes in the waves that the operation began with. */
function withFirstWaves(plan: SyncPlan, { pruneWaves }: SyncProgress): SyncPlan {
  const moved = ({ id, wave }: SyncTask) => wave !== (pruneWaves?.[id] ?? wave);
  if (pruneWaves === undefined || !plan.tasks.some(moved)) return plan;
  const tasks = plan.tasks.map((task) => (moved(task) ? { ...task, wave: pruneWaves[task.id] ?? task.wave } : task));
  tasks.sort((a, b) => comparePhases(a.phase, b.phase) || a.wave - b.wave || a.order - b.order);
  return { ...plan, tasks };
}

function hasSeveralSteps(tasks: readonly SyncTask[]): boolean {
  const first = tasks[0];
  return tasks.some((task) => task.wave !== first?.wave || task.phase !== first.phase);
}

function isSuccess(result: TaskResult): boolean {
  return result.hookPhase === 'Running' || result.hookPhase === 'Succeeded';
}

function isFailure(result: TaskResult | undefined): boolean {
  return result?.hookPhase === 'Failed' || result?.hookPhase === 'Error';
}

function waitingMessage(tasks: readonly SyncTask[]): string {
  const hooks = tasks.filter((task) => task.hook !== undefined);
  return hooks.length > 0
    ? `waiting for completion of hook ${namesOf(hooks)}`
    : `waiting for healthy state of ${namesOf(tasks)}`;
}

function namesOf(tasks: readonly SyncTask[]): string {
  const [first, ...rest] = tasks;
  if (first === undefined) return '';
  return rest.length === 0 ? nameOf(first) : `${nameOf(first)} and ${rest.length} more`;
}

function nameOf({ object }: SyncTask): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`;
}

/** Where the manifest is that a message is about: `file:line:column: `. */
function placeOf({ origin }: SyncTask): string {
  return origin === undefined ? '' : `${formatOrigin(origin)}: `;
}

function tell(fault: Diagnostic): string {
  return fault.hint === undefined ? formatDiagnostic(fault) : `${formatDiagnostic(fault)} ${fault.hint}`;
}

function joinSome(messages: readonly string[]): string {
  const more = messages.length - 3;
  return messages.slice(0, 3).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
