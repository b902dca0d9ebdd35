import type { Clock, Logger } from '@sekisho/base';
import { createEventRecorder, type KubeClient } from '@sekisho/client';
import type { Store } from '@sekisho/store';
import type { Registry } from 'prom-client';
import { createAnnouncer, type DriftAnnouncement } from './announcer.ts';
import { describeDrift } from './drift-item.ts';
import { observeDrift } from './metrics.ts';
import { createDriftTracker, type DriftTracker } from './tracker.ts';

/** Drift, with everybody who is told of it. */
export interface Drift extends DriftTracker {
  /** Called once for what newly drifted in an application, however many fields that are. */
  onAnnounce(listener: (announcement: DriftAnnouncement) => void): void;
}

/** Fields that a Kubernetes Event names. */
const NAMED = 5;

export function openDrift(options: {
  store: Store;
  /** Of the cluster that holds the Applications. */
  client: KubeClient;
  metrics: Registry;
  clock: Clock;
  logger: Logger;
}): Drift {
  const { client, clock, logger } = options;
  const tracker = createDriftTracker(options);
  const events = createEventRecorder({ client, component: 'sekisho', clock, logger });
  const listeners = new Set<(announcement: DriftAnnouncement) => void>();
  const counters = observeDrift(options.metrics, tracker);
  const announcer = createAnnouncer({
    clock,
    announce(announcement) {
      const { application, items } = announcement;
      const type = items.some(({ policy }) => policy === 'alert') ? 'Warning' : 'Normal';
      events.event(application, type, 'DriftDetected', tell(announcement));
      for (const listener of listeners) listener(announcement);
    },
  });
  tracker.onChange(({ key, application, began, ended }) => {
    for (const { policy } of began) counters.detected.inc({ policy });
    if (ended.length > 0) counters.ended.inc(ended.length);
    if (application === undefined) announcer.forget(key);
    else announcer.add(key, application, began);
  });
  return {
    ...tracker,
    onAnnounce(listener) {
      listeners.add(listener);
    },
    async close() {
      announcer.close();
      await tracker.close();
      await events.close();
    },
  };
}

function tell({ items, fields, objects }: DriftAnnouncement): string {
  const named = items.slice(0, NAMED).map(describeDrift);
  const more = fields - named.length;
  const count = `${fields} ${fields === 1 ? 'field' : 'fields'} of ${objects} ${objects === 1 ? 'object' : 'objects'}`;
  return `${count} drifted from git: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
