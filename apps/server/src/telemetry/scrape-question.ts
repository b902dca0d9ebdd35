/** A scrape waits so long for the database; what is slower counts as not known. */
export const SCRAPE_WAIT_MS = 4_000;

/**
 * Asks something that takes time, for a scrape: undefined when it fails or is late. One question at a time, however often
 * it is asked: a database that stalls must not gather them.
 */
export function scrapeQuestion<T>(ask: () => Promise<T>): () => Promise<T | undefined> {
  let asked: Promise<T | undefined> | undefined;
  return () => {
    asked ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    const answer = asked;
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), SCRAPE_WAIT_MS).unref();
      void answer.then((value) => {
        clearTimeout(late);
        resolve(value);
      });
    });
  };
}
