import { setTimeout as sleep } from 'node:timers/promises';

/** How long anything in an end-to-end test may take on a busy machine. */
const LIMIT_MS = 60_000;

/** Asks again until there is an answer. The error tells what was seen last. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  describe: () => string = () => 'it did not happen',
  limitMs = LIMIT_MS,
): Promise<T> {
  const end = Date.now() + limitMs;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`after ${limitMs / 1000} s: ${describe()}`);
    await sleep(50);
  }
}
