import { systemClock } from '@sekisho/base';
import type { ApplicationController } from '../applications/controller.ts';
import type { Destinations } from '../applications/destinations.ts';
import type { EventBus } from '../events/bus.ts';
import { isConstraint } from '../policies/definitions/constraint.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { openPolicyAudit, type PolicyAudit } from '../policy-audit/policy-audit.ts';
import type { Foundation } from './foundation.ts';
import type { Stage } from './stage.ts';

/** What runs is held against the policies, all the time. */
export function openAuditOfPolicies(
  { config, logger, onClose }: Stage,
  { client, store, metrics }: Foundation,
  parts: {
    readonly policies: PolicyBook;
    readonly destinations: Destinations;
    readonly applications: ApplicationController;
    readonly bus: EventBus;
  },
): PolicyAudit {
  const { policies: book, destinations, applications, bus } = parts;
  const audit = openPolicyAudit({
    policies: {
      worker: book.auditWorker,
      info: () => book.info(),
      onChange: (listener) => book.onChange(listener),
      ready: (signal) => book.ready(signal),
      constraints: () =>
        book
          .documents()
          .map(({ object }) => object)
          .filter(isConstraint),
    },
    log: store.violations,
    destinations,
    client,
    applications,
    bus,
    metrics: metrics.registry,
    controlNamespace: config.controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'policy-audit' }),
  });
  onClose(() => audit.close());
  return audit;
}
