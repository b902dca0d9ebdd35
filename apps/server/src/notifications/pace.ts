import type { Clock } from '@sekisho/base';

/** How many messages one recipient gets in a minute, before the rest is told as one. */
export const CROWD = 20;
const WINDOW_MS = 60_000;

/** Counts what people are sent. */
export interface Pace {
  /** How long this recipient is to be left alone; 0: not at all. */
  waitMs(recipient: string): number;
  note(recipient: string, messages?: number): void;
}

export function createPace(clock: Clock): Pace {
  const windows = new Map<string, { readonly until: number; messages: number }>();
  const windowOf = (recipient: string) => {
    const known = windows.get(recipient);
    if (known === undefined || known.until > clock.now()) return known;
    windows.delete(recipient);
    return undefined;
  };
  return {
    waitMs(recipient) {
      const window = windowOf(recipient);
      return window === undefined || window.messages < CROWD ? 0 : window.until - clock.now();
    },
    note(recipient, messages = 1) {
      const window = windowOf(recipient) ?? { until: clock.now() + WINDOW_MS, messages: 0 };
      window.messages += messages;
      windows.set(recipient, window);
    },
  };
}
