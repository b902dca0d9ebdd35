import { type FakeClock, fakeClock } from '@sekisho/testkit';

/** What waits longer than this waits for the test. */
const LONG_MS = 60_000;

/** Real timers for what waits a little; of what waits long a test says when its time has come. */
export function passingClock(): FakeClock {
  const fake = fakeClock();
  return {
    ...fake,
    after(ms, run) {
      if (ms > LONG_MS) return fake.after(ms, run);
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}
