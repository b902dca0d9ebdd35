import type { Clock } from '@sekisho/base';
import type { ApplicationIndex, RowChange } from '../application-rows/application-index.ts';
import type { EventBus } from './bus.ts';

/** However often an application changes, its row is told at most so often; the last state always is. */
const PAUSE_MS = 250;

/**
 * Publishes `application` and `application-deleted`: the first change at once, what follows within the pause as one.
 *
 * @returns what stops it
 */
export function publishApplicationEvents(options: { index: ApplicationIndex; bus: EventBus; clock: Clock }): {
  close(): void;
} {
  const { index, bus, clock } = options;
  /** By key, while its pause lasts. */
  const pauses = new Map<string, { changed: boolean; readonly stop: () => void }>();
  let isClosed = false;

  function onChange({ key, row, previous }: RowChange): void {
    if (isClosed) return;
    if (row === undefined) {
      pauses.get(key)?.stop();
      pauses.delete(key);
      if (previous === undefined) return;
      const { namespace, name, project } = previous;
      bus.publish({ type: 'application-deleted', data: { namespace, name }, visible: { namespace, name, project } });
      return;
    }
    // Who may see the old project only must hear that it left.
    if (previous !== undefined && previous.project !== row.project) {
      const { namespace, name, project } = previous;
      bus.publish({ type: 'application-deleted', data: { namespace, name }, visible: { namespace, name, project } });
    }
    const pause = pauses.get(key);
    if (pause !== undefined) {
      pause.changed = true;
      return;
    }
    publish(key);
  }

  function publish(key: string): void {
    const row = index.row(key);
    if (row === undefined || isClosed) return;
    const { namespace, name, project } = row;
    pauses.set(key, { changed: false, stop: clock.after(PAUSE_MS, () => endPause(key)) });
    bus.publish({ type: 'application', data: row, visible: { namespace, name, project }, supersedes: key });
  }

  function endPause(key: string): void {
    const pause = pauses.get(key);
    pauses.delete(key);
    if (pause?.changed === true) publish(key);
  }

  index.onChange(onChange);
  return {
    close() {
      isClosed = true;
      for (const { stop } of pauses.values()) stop();
      pauses.clear();
    },
  };
}
