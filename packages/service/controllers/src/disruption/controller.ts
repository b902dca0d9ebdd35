import { deepEqual, type KubeObject } from '@sekisho/kube';
import { type Condition, withCondition } from '../kinds/condition.ts';
import { scaledValue } from '../kinds/int-or-percent.ts';
import type { Pod } from '../kinds/pod.ts';
import { POD_DISRUPTION_BUDGETS, PODS } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import { formatTime } from '../kinds/time.ts';
import type { IntOrPercent, LabelSelector } from '../kinds/workload.ts';
import { isActive, isReady } from '../pods/pod-state.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

const SETTLE_MS = 200;

interface Budget extends KubeObject {
  spec: {
    readonly minAvailable?: IntOrPercent;
    readonly maxUnavailable?: IntOrPercent;
    readonly selector?: LabelSelector;
  };
  status?: { readonly conditions?: readonly Condition[]; readonly [field: string]: unknown };
}

/**
 * The status of a budget over the pods it selects. `expectedPods` is what is there; upstream asks the pods' controllers how
 * many there should be, which differs only while they scale.
 */
export function budgetStatus(budget: Budget, pods: readonly Pod[], now: number): Record<string, unknown> {
  const counted = pods.filter(isActive);
  const expectedPods = counted.length;
  const currentHealthy = counted.filter(isReady).length;
  const { minAvailable, maxUnavailable } = budget.spec;
  const desiredHealthy =
    maxUnavailable !== undefined
      ? Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, 'up'))
      : scaledValue(minAvailable ?? 1, expectedPods, 'up');
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const conditions = withCondition(
    budget.status?.conditions,
    {
      type: 'DisruptionAllowed',
      status: disruptionsAllowed > 0 ? 'True' : 'False',
      reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: budget.metadata.generation ?? 0,
    },
    formatTime(now),
  );
  const observedGeneration = budget.metadata.generation ?? 0;
  return { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, observedGeneration, conditions };
}

export function startDisruptionController(runtime: ControllerRuntime): void {
  const budgets = runtime.informer(POD_DISRUPTION_BUDGETS);
  const pods = runtime.informer(PODS);
  const queue = runtime.queue('disruption', 2, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const budget = budgets.get(name, namespace) as Budget | undefined;
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return undefined;
    const selected = (pods.list(namespace) as Pod[]).filter((pod) =>
      selects(budget.spec.selector, pod.metadata.labels),
    );
    const status = { ...budget.status, ...budgetStatus(budget, selected, runtime.clock.now()) };
    if (deepEqual(status, budget.status)) return undefined;
    const written = await runtime.client.update(
      POD_DISRUPTION_BUDGETS,
      { ...budget, status },
      { subresource: 'status' },
    );
    await runtime.observed(POD_DISRUPTION_BUDGETS, written, signal);
    return undefined;
  });
  budgets.on(({ type, object }) => {
    if (type !== 'DELETED') queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    if (budgets.size === 0) return;
    for (const budget of budgets.list(object.metadata.namespace ?? '') as Budget[]) {
      if (selects(budget.spec.selector, object.metadata.labels)) queue.addAfter(keyOf(budget), SETTLE_MS);
    }
  });
}
