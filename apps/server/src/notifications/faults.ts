import { type Diagnostic, formatDiagnostic, type Logger } from '@sekisho/base';
import type { EventRecorder } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';

/** Applications that get an Event of their own about one and the same fault. */
const MAX_EVENTS = 20;
const MAX_TEXTS = 1_000;
const MAX_APPLICATIONS = 50_000;
/** Faults that one Event names. */
const NAMED = 3;

/** Tells of conditions and templates that fail: once, however often an application is looked at. */
export interface FaultTeller {
  tell(application: KubeObject, faults: readonly Diagnostic[]): void;
  /** Other settings: what still fails is told again. */
  reset(): void;
}

export function createFaultTeller(options: { events: Pick<EventRecorder, 'event'>; logger: Logger }): FaultTeller {
  const { events, logger } = options;
  const told = new Map<string, string>();
  /** By the fault's text, in how many applications it was told: settings that hold for all are the same fault in each. */
  const counts = new Map<string, number>();
  return {
    tell(application, faults) {
      const key = application.metadata.uid ?? application.metadata.name ?? '';
      const messages = [...new Set(faults.map(({ message }) => message))];
      const text =
        messages.slice(0, NAMED).join('; ') + (messages.length > NAMED ? `; and ${messages.length - NAMED} more` : '');
      if ((told.get(key) ?? '') === text) return;
      if (text === '') {
        told.delete(key);
        return;
      }
      if (told.size >= MAX_APPLICATIONS) told.clear();
      told.set(key, text);
      if (counts.size >= MAX_TEXTS) counts.clear();
      const count = (counts.get(text) ?? 0) + 1;
      counts.set(text, count);
      if (count > MAX_EVENTS) return;
      const fault = faults[0] === undefined ? text : formatDiagnostic({ ...faults[0], message: text });
      if (count === 1) logger.warn({ fault }, 'a notification has a fault');
      events.event(application, 'Warning', 'NotificationFailed', text);
    },
    reset() {
      told.clear();
      counts.clear();
    },
  };
}
