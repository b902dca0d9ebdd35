/** Long work in small pieces: call it between two of them. It gives way to others when a turn has lasted long enough. */
export type GiveWay = () => Promise<void> | undefined;

const TURN_MS = 8;

// All of a process share one event loop, and so its turns: if each of many had its own, they would follow one upon the other
// without a gap, and requests would wait for their sum.
const waiting: (() => void)[] = [];
let since = 0;
let isScheduled = false;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(next);
}

/** Lets one of those who wait go on; what else there is to do comes before the next one. */
function next(): void {
  isScheduled = false;
  since = performance.now();
  waiting.shift()?.();
  if (waiting.length > 0) schedule();
}

/** @param turnMs  how long the event loop may be kept, by all who take turns together; default 8 */
export function createTurns(turnMs = TURN_MS): GiveWay {
  return () => {
    if (waiting.length === 0 && performance.now() - since < turnMs) return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
      schedule();
    });
  };
}
