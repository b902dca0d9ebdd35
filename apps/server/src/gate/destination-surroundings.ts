import type { Clock, Logger } from '@sekisho/base';
import { type Destination, IN_CLUSTER } from '../applications/destinations.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { type FollowedSurroundings, followSurroundings } from '../policies/surroundings.ts';

/** Makes Namespaces of other clusters known to policies, and what else they need: from the first question on. */
export function createDestinationSurroundings(options: {
  readonly book: Pick<PolicyBook, 'worker' | 'info' | 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
}) {
  const { book } = options;
  const followed = new Map<
    string,
    { readonly client: Destination['client']; readonly surroundings: FollowedSurroundings }
  >();
  const stop = book.onChange(() => {
    for (const { surroundings } of followed.values()) void surroundings.need(book.info().needs);
  });
  return {
    async follow({ server, client }: Destination, signal: AbortSignal): Promise<void> {
      // The book knows those of the embedded one.
      if (server === IN_CLUSTER) return;
      let known = followed.get(server);
      if (known?.client !== client) {
        void known?.surroundings.close();
        const surroundings = followSurroundings({
          ...options,
          client,
          cluster: server,
          worker: book.worker,
          onPodSecurity: () => {},
        });
        known = { client, surroundings };
        followed.set(server, known);
        await surroundings.need(book.info().needs);
      }
      await known.surroundings.synced(signal);
    },
    async close(): Promise<void> {
      stop();
      await Promise.all([...followed.values()].map(({ surroundings }) => surroundings.close()));
    },
  };
}
