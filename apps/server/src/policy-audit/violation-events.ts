import type { Clock, Logger } from '@sekisho/base';
import { createEventRecorder, type EventRecorder, type KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { AuditViolation } from '@sekisho/policy';

/** Tells by Kubernetes events on objects that they break policies that deny. */
export interface ViolationEvents {
  began(violations: readonly AuditViolation[]): void;
  dropCluster(name: string): void;
  close(): Promise<void>;
}

/** More than so many at once are a matter of lists, not of events. */
const AT_ONCE = 200;
const REFILL_MS = 600_000;

export function createViolationEvents(options: {
  clientOf: (cluster: string) => KubeClient | undefined;
  objectOf: (violation: AuditViolation) => KubeObject | undefined;
  clock: Clock;
  logger: Logger;
}): ViolationEvents {
  const { clientOf, objectOf, clock, logger } = options;
  const recorders = new Map<string, EventRecorder>();
  let tokens = AT_ONCE;
  let filledAt = clock.now();

  function recorderOf(cluster: string): EventRecorder | undefined {
    const client = clientOf(cluster);
    let recorder = recorders.get(cluster);
    if (recorder === undefined && client !== undefined) {
      recorder = createEventRecorder({ client, component: 'sekisho', clock, logger });
      recorders.set(cluster, recorder);
    }
    return recorder;
  }

  return {
    began(violations) {
      const now = clock.now();
      tokens = Math.min(AT_ONCE, tokens + ((now - filledAt) * AT_ONCE) / REFILL_MS);
      filledAt = now;
      for (const violation of violations) {
        if (violation.decision !== 'deny') continue;
        if (tokens < 1) return;
        const object = objectOf(violation);
        if (object === undefined) continue;
        tokens--;
        const { policyId, message } = violation.verdict;
        recorderOf(violation.cluster)?.event(object, 'Warning', 'PolicyViolation', `${policyId}: ${message}`);
      }
    },
    dropCluster(name) {
      void recorders.get(name)?.close();
      recorders.delete(name);
    },
    async close() {
      await Promise.all([...recorders.values()].map((recorder) => recorder.close()));
    },
  };
}
