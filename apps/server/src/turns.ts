/** Long work in small pieces: call it between two of them. It gives way to others when a turn has lasted long enough. */
export type GiveWay = () => Promise<void> | undefined;

const TURN_MS = 8;

export function createTurns(turnMs = TURN_MS): GiveWay {
  let since = performance.now();
  return () => {
    if (performance.now() - since < turnMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
}
