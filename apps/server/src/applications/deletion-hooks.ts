import { type Clock, isSekishoError, type Logger, mapConcurrent } from '@sekisho/base';
import type { EventRecorder } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import {
  advanceSync,
  type DeletionPhase,
  newSyncProgress,
  planDeletionHooks,
  recordResult,
  type SyncPlan,
  type SyncProgress,
  type SyncRequest,
  toOperationState,
} from '@sekisho/sync';
import type { ProjectRules } from '../projects/project-rules.ts';
import type { Application } from './application.ts';
import { asRecord } from './as-record.ts';
import { liveObjects, scopes, syncOptionsOf } from './comparison.ts';
import type { Destination } from './destinations.ts';
import { executeAction } from './execute.ts';
import type { HealthRuleBook } from './health-rules.ts';
import type { Rendered } from './merged-sources.ts';
import type { OperationRecord } from './status.ts';

/** What the hooks of a deletion have come to. `done` also when there are none. */
export type HookOutcome =
  | { readonly state: 'done' }
  | { readonly state: 'running'; readonly record: OperationRecord; readonly afterMs?: number }
  /** The deletion must not go on. */
  | { readonly state: 'held'; readonly message: string; readonly record?: OperationRecord };

/** Runs PreDelete and PostDelete hooks. Their progress is in the Application's `status.operationState`, as that of a sync. */
export interface DeletionHooks {
  /** Which phase the deletion is in, as far as hooks tell. */
  phaseOf(application: Application): DeletionPhase | undefined;
  advance(input: {
    application: Application;
    destination: Destination;
    phase: DeletionPhase;
    /** @throws SekishoError when the manifests can't be had */
    render: () => Promise<Rendered>;
    /** Somebody asks for failed hooks to be run again. */
    retry: boolean;
    signal: AbortSignal;
  }): Promise<HookOutcome>;
}

/** Name in `operation.info` of the phase of a deletion. */
const INFO = 'deletion';
const PARALLEL = 8;

export function createDeletionHooks(options: {
  health: HealthRuleBook;
  projects: Pick<ProjectRules, 'check' | 'restrictPlan'>;
  events: EventRecorder;
  clock: Clock;
  waveDelayMs: number;
  logger: Logger;
}): DeletionHooks {
  const { health, projects, events, clock, logger } = options;

  function plan(
    { application, destination, phase }: Parameters<DeletionHooks['advance']>[0],
    rendered: Rendered,
    stage: Stage | undefined,
  ): SyncPlan {
    const { manifests } = rendered.result;
    const isNamespaced = scopes(destination, manifests);
    const request: SyncRequest = {
      app: { name: application.name, namespace: application.namespace, instanceName: application.instanceName },
      revision: stage?.revision ?? rendered.commits,
      prune: false,
      dryRun: false,
      options: syncOptionsOf(application),
      strategy: 'hook',
      startedAt: stage?.startedAt ?? new Date(clock.now()).toISOString(),
      destinationNamespace: application.spec.destination.namespace,
      waveDelayMs: options.waveDelayMs,
    };
    const whole = planDeletionHooks(
      request,
      {
        desired: manifests,
        live: liveObjects(application, destination, manifests),
        isNamespaced,
        crdPresent: (gvk) => destination.live.discovery.resourceForSync(gvk) !== undefined,
      },
      phase,
    );
    return projects.restrictPlan(application, whole, isNamespaced);
  }

  return {
    phaseOf: (application) => stageOf(application)?.phase,
    async advance(input) {
      const { application, destination, phase, render, signal } = input;
      const known = stageOf(application);
      const before = known?.phase === phase ? known : undefined;
      if (before?.result === 'Succeeded') return { state: 'done' };
      // As in Argo CD: nothing is left that a failed PostDelete hook could save.
      if (before !== undefined && before.result !== 'Running' && phase === 'PostDelete') return { state: 'done' };
      let rendered: Rendered;
      try {
        const broken = projects.check(application);
        if (broken.length > 0) return unknown(application, phase, broken.map(({ message }) => message).join('; '));
        rendered = await render();
      } catch (error) {
        signal.throwIfAborted();
        if (!isSekishoError(error)) throw error;
        return unknown(application, phase, error.message);
      }
      const failed = before !== undefined && before.result !== 'Running';
      // A new commit may have mended them.
      const again = failed && (input.retry || rendered.commits !== before.revision);
      if (failed && !again) return { state: 'held', message: failureOf(phase, before.message) };
      const stage = again ? undefined : before;
      const planned = plan(input, rendered, stage);
      if (planned.tasks.length === 0 && stage === undefined) return { state: 'done' };
      if (stage === undefined) events.event(application.object, 'Normal', 'DeletionHooks', `${phase} hooks begin`);

      let progress = stage?.progress ?? newSyncProgress();
      const observed = () => ({
        now: clock.now(),
        live: ({ object }: { object: KubeObject }) =>
          destination.live.get(gvkOf(object), object.metadata.name ?? '', object.metadata.namespace ?? ''),
        healthOf: (object: KubeObject) => health.healthOf(object),
      });
      let step = advanceSync(planned, progress, observed());
      for (; step.actions.length > 0; step = advanceSync(planned, progress, observed())) {
        progress = step.progress;
        const outcomes = await mapConcurrent(
          step.actions,
          PARALLEL,
          async (action) => ({ action, outcome: await executeAction(action, destination, signal) }),
          { signal },
        );
        for (const { action, outcome } of outcomes) progress = recordResult(progress, action, outcome);
      }
      const record = recordOf(planned, phase, step, step.state === 'Running' ? undefined : clock.now());
      if (step.state === 'Running') {
        return { state: 'running', record, ...(step.wakeAfterMs === undefined ? {} : { afterMs: step.wakeAfterMs }) };
      }
      const good = step.state === 'Succeeded';
      events.event(
        application.object,
        good ? 'Normal' : 'Warning',
        'DeletionHooks',
        `${phase} hooks: ${step.state}: ${step.message}`,
      );
      if (!good) logger.warn({ app: application.key, phase, error: step.message }, 'hooks of a deletion failed');
      // Stored first: a hook that has run must not run again when the rest of the deletion is interrupted.
      if (good || phase === 'PostDelete') return { state: 'running', record, afterMs: 0 };
      return { state: 'held', message: failureOf(phase, step.message), record };
    },
  };
}

interface Stage {
  readonly phase: DeletionPhase;
  readonly result: string;
  readonly message: string;
  readonly startedAt: string;
  readonly revision: string;
  readonly progress: SyncProgress | undefined;
}

function stageOf({ object }: Application): Stage | undefined {
  const state = asRecord(asRecord(object['status'])['operationState']);
  const { info } = asRecord(state['operation']);
  if (!Array.isArray(info)) return undefined;
  const value = info.map(asRecord).find(({ name }) => name === INFO)?.['value'];
  if (value !== 'PreDelete' && value !== 'PostDelete') return undefined;
  return {
    phase: value,
    result: String(state['phase']),
    message: String(state['message'] ?? ''),
    startedAt: String(state['startedAt']),
    revision: String(asRecord(state['syncResult'])['revision'] ?? ''),
    progress: state['progress'] as SyncProgress | undefined,
  };
}

/** The manifests can't be had: whether there are hooks is known from the time when they could. */
function unknown(application: Application, phase: DeletionPhase, reason: string): HookOutcome {
  const { deletionHooks: known } = asRecord(application.object['status']);
  const hasHooks = stageOf(application)?.phase === phase || (Array.isArray(known) && known.includes(phase));
  if (!hasHooks) return { state: 'done' };
  return { state: 'held', message: `Its ${phase} hooks can't be run: ${reason} ${WAY_OUT}` };
}

const WAY_OUT = 'Nothing more is deleted until they have run; without its finalizers the application goes alone.';

function failureOf(phase: DeletionPhase, message: string): string {
  return `Its ${phase} hooks failed: ${message}. They run again after a new commit, or a refresh. ${WAY_OUT}`;
}

function recordOf(
  plan: SyncPlan,
  phase: DeletionPhase,
  step: ReturnType<typeof advanceSync>,
  finishedMs: number | undefined,
): OperationRecord {
  const state = toOperationState({
    operation: { info: [{ name: INFO, value: phase }] },
    request: plan.request,
    progress: step.progress,
    phase: step.state,
    message: step.message,
    ...(finishedMs === undefined ? {} : { finishedAt: new Date(finishedMs).toISOString() }),
  });
  return {
    operation: undefined,
    operationState: step.state === 'Running' ? { ...state, progress: step.progress } : state,
  };
}
