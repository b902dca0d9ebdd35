import { deepEqual, type KubeObject } from '@sekisho/kube';
import { changesSpec } from '../plan/desired.ts';
import { isOwned } from '../plan/ownership.ts';
import { CHANGE_MESSAGES, nextState } from './next-state.ts';
import { type ObservedApplication, observe, timeOf } from './observed.ts';
import { withoutAutomation } from './rolled-out.ts';
import type { ApplicationRollout, RollingSyncInput, RollingSyncPlan } from './rolling-types.ts';
import { nameOf, type Steps, stepsOf } from './steps.ts';

/**
 * Which Applications of a set with the strategy RollingSync may sync now: those of a step begin when all of the steps before
 * are Healthy, at most `maxUpdate` at a time. Times are whole seconds, as Kubernetes keeps them.
 *
 * Nothing is allowed while an Application was not compared since the last change (`refresh`): it could seem Healthy only
 * because nobody has looked at the new commit yet.
 */
export function planRollingSync(input: RollingSyncInput): RollingSyncPlan {
  const { set, desired, previous, now } = input;
  const steps = stepsOf(set, desired);
  const live = input.live.filter((application) => isOwned(application, set));
  const seen = live.map(observe);
  const observed = observeAll(input, live, seen, steps);

  const changed = latestChange(previous) ?? latestChange(observed);
  const refresh = seen.filter((application) => isBehind(application, changed)).map(({ name }) => name);
  const allowed = refresh.length > 0 ? new Set<string>() : allowedNames(steps, observed);
  const status = refresh.length > 0 ? observed : begin(input, steps, observed, allowed, timeText(now));

  const pending = new Set(status.filter((entry) => entry.status === 'Pending').map((entry) => entry.application));
  const busy = new Set(live.filter((application, index) => isSyncing(application, seen[index])).map(nameOf));
  const progress = progressOf(status, steps.names.length);
  return {
    steps: steps.names,
    unmatched: desired.map(nameOf).filter((name) => !steps.byName.has(name)),
    allowed,
    sync: new Set([...allowed].filter((name) => pending.has(name) && !busy.has(name))),
    status: deepEqual(status, previous) ? previous : status,
    refresh,
    warnings: steps.warnings,
    ...progress,
  };
}

function observeAll(
  input: RollingSyncInput,
  live: readonly KubeObject[],
  seen: readonly ObservedApplication[],
  { byName }: Steps,
): readonly ApplicationRollout[] {
  const { previous, now } = input;
  const desired = new Map(input.desired.map((application) => [nameOf(application), application]));
  const before = new Map(previous.map((entry) => [entry.application, entry]));
  return live.map((application, index) => {
    const name = nameOf(application);
    const wished = desired.get(name);
    return nextState(before.get(name), seen[index] ?? observe(application), {
      step: String((byName.get(name) ?? -2) + 1),
      hasNewSpec: wished !== undefined && changesSpec(application, withoutAutomation(wished), input),
      now: timeText(now),
    });
  });
}

/** When the last change was seen that is not rolled out yet. New Applications are none: nothing was there before. */
function latestChange(status: readonly ApplicationRollout[]): number | undefined {
  const messages: readonly string[] = Object.values(CHANGE_MESSAGES);
  const times = status
    .filter((entry) => entry.status === 'Waiting' && messages.includes(entry.message))
    .map((entry) => timeOf(entry.lastTransitionTime) ?? 0);
  return times.length === 0 ? undefined : Math.max(...times);
}

function isBehind({ reconciledAt }: ObservedApplication, change: number | undefined): boolean {
  return change !== undefined && (reconciledAt === undefined || reconciledAt < change);
}

/** All of the first step, and of each step whose predecessors are there and Healthy. */
function allowedNames({ names }: Steps, status: readonly ApplicationRollout[]): ReadonlySet<string> {
  const healthy = new Set(status.filter((entry) => entry.status === 'Healthy').map((entry) => entry.application));
  const allowed = new Set<string>();
  for (const step of names) {
    for (const name of step) allowed.add(name);
    if (!step.every((name) => healthy.has(name))) break;
  }
  return allowed;
}

/** Waiting ones that may begin become Pending, as many as their step lets. */
function begin(
  { set: { spec } }: RollingSyncInput,
  { byName, names }: Steps,
  status: readonly ApplicationRollout[],
  allowed: ReadonlySet<string>,
  now: string,
): readonly ApplicationRollout[] {
  const { strategy } = spec;
  const inStep = (step: number) => status.filter((entry) => byName.get(entry.application) === step);
  const free = names.map((_, step) => {
    const members = inStep(step);
    const maxUpdate = strategy.type === 'RollingSync' ? strategy.steps[step]?.maxUpdate : undefined;
    const busy = members.filter((entry) => entry.status === 'Pending' || entry.status === 'Progressing').length;
    return maxCount(maxUpdate, members.length) - busy;
  });
  return status.map((entry) => {
    const step = byName.get(entry.application);
    if (entry.status !== 'Waiting' || step === undefined || !allowed.has(entry.application)) return entry;
    const left = free[step] ?? 0;
    if (left <= 0) return entry;
    free[step] = left - 1;
    return {
      ...entry,
      status: 'Pending',
      message: 'Application moved to Pending status, watching for the Application resource to start Progressing',
      lastTransitionTime: now,
    };
  });
}

/** A percentage is rounded down, but lets at least one: only `0%` lets none. */
function maxCount(maxUpdate: number | `${number}%` | undefined, total: number): number {
  if (maxUpdate === undefined) return total;
  if (typeof maxUpdate === 'number') return maxUpdate;
  const percent = Number(maxUpdate.slice(0, -1));
  return percent === 0 ? 0 : Math.max(1, Math.floor((total * percent) / 100));
}

/** An operation that was asked for and not begun yet, or that runs: asking again would begin it anew. */
function isSyncing(application: KubeObject, seen: ObservedApplication | undefined): boolean {
  const phase = seen?.operation?.phase;
  return application['operation'] !== undefined || phase === 'Running' || phase === 'Terminating';
}

function progressOf(
  status: readonly ApplicationRollout[],
  stepCount: number,
): Pick<RollingSyncPlan, 'isProgressing' | 'message'> {
  for (let step = 1; step <= stepCount; step++) {
    if (status.some((entry) => entry.step === String(step) && entry.status !== 'Healthy'))
      return { isProgressing: true, message: `ApplicationSet is performing rollout of step ${step}` };
  }
  return { isProgressing: false, message: 'ApplicationSet Rollout has completed' };
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
