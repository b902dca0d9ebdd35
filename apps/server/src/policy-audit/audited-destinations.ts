import type { Clock, Logger } from '@sekisho/base';
import { messageOf } from '@sekisho/base';
import { type Destination, type Destinations, IN_CLUSTER } from '../applications/destinations.ts';
import type { AuditedCluster } from './audited-cluster.ts';
import type { Auditor } from './auditor.ts';

/** The clusters that are audited: all that were opened. */
export interface AuditedDestinations {
  of(cluster: string): Destination | undefined;
  /** Its name, else its address. */
  nameOf(cluster: string): string;
  close(): void;
}

/** A cluster may be closed and opened anew, with other credentials: what is known of it must not be lost. */
const GRACE_MS = 60_000;
const PRUNE_MS = 300_000;
const RETRY_MS = 5_000;

export function auditDestinations(options: {
  destinations: Pick<Destinations, 'open' | 'onOpen' | 'onClose' | 'identify' | 'prune'>;
  auditor: Pick<Auditor, 'addCluster' | 'removeCluster'>;
  onRemoved: (cluster: string) => void;
  clock: Clock;
  logger: Logger;
}): AuditedDestinations {
  const { destinations, auditor, onRemoved, clock, logger } = options;
  /** By address: the same cluster may be opened by its name, too. The first one is audited. */
  const open = new Map<string, { readonly destination: Destination; readonly cluster: AuditedCluster }[]>();
  const timers = new Set<() => void>();
  let closed = false;

  function later(ms: number, run: () => void): void {
    if (closed) return;
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  function add(destination: Destination): void {
    if (closed) return;
    const known = open.get(destination.server) ?? [];
    if (known.some((one) => one.destination === destination)) return;
    const cluster = auditedCluster(destination);
    open.set(destination.server, [...known, { destination, cluster }]);
    if (known.length === 0) auditor.addCluster(cluster);
  }

  function remove(destination: Destination): void {
    const { server } = destination;
    const known = open.get(server) ?? [];
    const [audited, next] = known;
    if (audited?.destination !== destination) {
      open.set(
        server,
        known.filter((one) => one.destination !== destination),
      );
      return;
    }
    if (next !== undefined) {
      open.set(server, known.slice(1));
      auditor.addCluster(next.cluster);
      return;
    }
    open.delete(server);
    later(GRACE_MS, () => {
      if (open.has(server)) return;
      auditor.removeCluster(audited.cluster);
      onRemoved(server);
    });
  }

  function openEmbedded(): void {
    destinations.open({ server: IN_CLUSTER }).then(add, (error: unknown) => {
      logger.debug({ error: messageOf(error) }, 'the embedded cluster can not be audited yet');
      later(RETRY_MS, openEmbedded);
    });
  }

  function prune(): void {
    destinations.prune();
    later(PRUNE_MS, prune);
  }

  destinations.onOpen(add);
  destinations.onClose(remove);
  openEmbedded();
  later(PRUNE_MS, prune);
  return {
    of: (cluster) => open.get(cluster)?.[0]?.destination,
    nameOf: (cluster) =>
      cluster === IN_CLUSTER ? 'in-cluster' : (destinations.identify({ server: cluster }).name ?? cluster),
    close() {
      closed = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}

function auditedCluster({ server, live }: Destination): AuditedCluster {
  return {
    name: server,
    objects: () => live.all(),
    get: live.get,
    onChange: live.onChange,
  };
}
