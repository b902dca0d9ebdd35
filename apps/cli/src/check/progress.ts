import type { CheckWorld } from './world.ts';

export interface CheckProgress {
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

const QUIET_MS = 1000;
const EVERY_MS = 100;

/** One changing line on a terminal, from the first second on. */
export function checkProgress(world: CheckWorld, quiet: boolean, now: () => number = Date.now): CheckProgress {
  if (quiet || !world.showsProgress) return { show: () => {}, end: () => {} };
  const start = now();
  let shownAt = 0;
  return {
    show(text) {
      const time = now();
      if (time - start < QUIET_MS || time - shownAt < EVERY_MS) return;
      shownAt = time;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a path must not control the terminal
      world.stderr(`\r\u001b[2K${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 76)} …`);
    },
    end() {
      if (shownAt > 0) world.stderr('\r\u001b[2K');
    },
  };
}
