import { type Clock, type Logger, messageOf, sleep } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { AuditChange, AuditViolation } from '@sekisho/policy';
import type { ViolationHistoryQuery, ViolationLog, ViolationRecord } from '@sekisho/store';
import type { Registry } from 'prom-client';
import type { ApplicationController } from '../applications/controller.ts';
import { type Destinations, IN_CLUSTER } from '../applications/destinations.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../applications/kinds.ts';
import type { EventBus } from '../events/bus.ts';
import type { Violation } from '../http/api-types.ts';
import { auditDestinations } from './audited-destinations.ts';
import type { AuditedPolicies } from './audited-policies.ts';
import type { AuditProgress, createAuditor } from './auditor.ts';
import { createConstraintStatuses } from './constraint-statuses.ts';
import { observeAudit } from './metrics.ts';
import { owningInstance } from './owner-application.ts';
import { policyReportDefinitions } from './policy-report-definitions.ts';
import { createPolicyReports } from './policy-reports.ts';
import type { OwnerApplication } from './violation.ts';
import { createViolationBook, type ViolationBook } from './violation-book.ts';
import { createViolationEvents } from './violation-events.ts';
import { knownViolation, openViolationHistory, readOpenViolations } from './violation-history.ts';

/** What breaks policies of all clusters that are known, kept current. */
export interface PolicyAudit {
  readonly violations: Pick<ViolationBook, 'all' | 'size'>;
  readonly progress: AuditProgress;
  /** Of one object. @param cluster  its name or address */
  verdictsOf(cluster: string, object: ObjectName): { readonly items: readonly Violation[]; readonly pending: boolean };
  object(cluster: string, object: ObjectName): KubeObject | undefined;
  /** @throws SekishoError STORE_* */
  history(query: ViolationHistoryQuery): ReturnType<ViolationLog['history']>;
  /** The address of a cluster that is named by it or by its name. */
  serverOf(cluster: string): string;
  close(): Promise<void>;
}

export interface ObjectName {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface PolicyAuditOptions {
  readonly policies: AuditedPolicies & {
    /** Fulfilled once the policies that are there count. */
    ready(signal: AbortSignal): Promise<void>;
    /** Of the cluster that holds the policies. */
    constraints(): Iterable<KubeObject>;
  };
  readonly log: ViolationLog;
  readonly destinations: Pick<Destinations, 'open' | 'onOpen' | 'onClose' | 'identify' | 'prune'>;
  /** Of the cluster that holds the policies. */
  readonly client: KubeClient;
  readonly applications: Pick<ApplicationController, 'object' | 'projectOf' | 'onChange'>;
  readonly bus: Pick<EventBus, 'publish'>;
  readonly metrics: Registry;
  readonly controlNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long the store may take to tell what was known before; then `since` of violations begins anew. */
const RESTORE_TRIES = 10;
const RESTORE_WAIT_MS = 2_000;
const NUDGE_MS = 1_000;
/** After that, clusters that nobody opened are none any more. */
const FORGET_MS = 3_600_000;

/**
 * Begins to work once policies and history are there; until then there are no violations. Costs nothing while there is no
 * policy.
 */
export function openPolicyAudit(options: PolicyAuditOptions): PolicyAudit {
  const { policies, log, applications, clock, logger } = options;
  const closing = new AbortController();
  let running: ReturnType<typeof start> | undefined;

  const book = createViolationBook({
    info: () => policies.info(),
    nameOfCluster: (server) => running?.clusters.nameOf(server) ?? server,
    ownerOf,
    applicationOf,
  });
  const metrics = observeAudit(options.metrics, { book, progress: () => progress() });

  function progress(): AuditProgress {
    return running?.auditor.progress ?? { objects: 0, pending: 0, finishedAt: undefined };
  }

  function objectOf({ cluster, object }: AuditViolation): KubeObject | undefined {
    return running?.clusters.of(cluster)?.live.get(object, object.name, object.namespace ?? '');
  }

  function ownerOf(violation: AuditViolation): string | undefined {
    const object = objectOf(violation);
    const get = running?.clusters.of(violation.cluster)?.live.get;
    const instance = object === undefined || get === undefined ? undefined : owningInstance(object, get);
    if (instance === undefined) return undefined;
    const underscore = instance.indexOf('_');
    return underscore < 0
      ? `${options.controlNamespace}/${instance}`
      : `${instance.slice(0, underscore)}/${instance.slice(underscore + 1)}`;
  }

  function applicationOf(key: string): OwnerApplication | undefined {
    const project = applications.projectOf(key);
    if (project === undefined) return undefined;
    const [namespace = '', name = ''] = key.split('/');
    return { namespace, name, project };
  }

  function start(known: readonly ViolationRecord[], create: typeof createAuditor) {
    const history = openViolationHistory({
      log,
      known,
      applicationOf(violation) {
        const owner = ownerOf(violation);
        return owner === undefined ? undefined : applicationOf(owner);
      },
      clock,
      logger,
    });
    const auditor = create({
      policies,
      known: known.map(knownViolation),
      controlNamespace: options.controlNamespace,
      onChange: apply,
      onIdle({ startedAt, asked }) {
        metrics.runs.observe((clock.now() - startedAt) / 1000);
        metrics.asked.inc(asked);
        statuses.noteAll();
      },
      clock,
      logger,
    });
    const clusters = auditDestinations({
      destinations: options.destinations,
      auditor,
      onRemoved: (cluster) => {
        events.dropCluster(cluster);
        history.end(history.openClusters().get(cluster) ?? []);
      },
      clock,
      logger,
    });
    const events = createViolationEvents({
      clientOf: (cluster) => clusters.of(cluster)?.client,
      objectOf,
      clock,
      logger,
    });
    const statuses = createConstraintStatuses({
      client: options.client,
      constraints: () => policies.constraints(),
      violations: () => auditor.violations(),
      nameOfOther: (cluster) => (cluster === IN_CLUSTER ? undefined : clusters.nameOf(cluster)),
      clock,
      logger,
    });
    const reports = createPolicyReports({
      clusterOf(name) {
        const destination = clusters.of(name);
        if (destination === undefined) return undefined;
        const { client, live } = destination;
        return {
          client,
          get: live.get,
          serves: ({ group, version, kind }) => live.discovery.resourceForSync({ group, version, kind }) !== undefined,
        };
      },
      violations: () => auditor.violations(),
      policyOf: (id) => policies.info()?.policies.find((policy) => policy.id === id),
      clock,
      logger,
    });
    const wholeReported = new Set<string>();
    let cancelNudge: (() => void) | undefined;
    const cancelForget = clock.after(FORGET_MS, () => {
      for (const [cluster, ids] of history.openClusters()) {
        if (clusters.of(cluster) === undefined) history.end(ids);
      }
    });
    const stopFollowing = policies.onChange(() => {
      book.renew();
      statuses.noteAll();
    });

    function apply(change: AuditChange): void {
      book.apply(change);
      history.apply(change);
      events.began(change.began);
      for (const { decision } of change.began) metrics.began.inc({ decision });
      const touched = [
        ...change.began,
        ...change.ended,
        ...change.found,
        ...change.changed.flatMap(({ before, after }) => [before, after]),
      ];
      statuses.note(touched.map(({ verdict }) => verdict.policyId));
      reports.note(touched.map(({ cluster, object }) => ({ cluster, namespace: object.namespace ?? '' })));
      for (const { cluster } of touched) {
        if (wholeReported.has(cluster)) continue;
        wholeReported.add(cluster);
        reports.noteWhole(cluster);
      }
      if (change.began.length + change.ended.length + change.changed.length > 0) nudge();
    }

    /** Tells those who show violations that there are others. */
    function nudge(): void {
      cancelNudge ??= clock.after(NUDGE_MS, () => {
        cancelNudge = undefined;
        const data = { at: new Date(clock.now()).toISOString() };
        options.bus.publish({ type: 'violations', data, supersedes: 'violations' });
      });
    }

    return {
      auditor,
      clusters,
      history,
      async close() {
        stopFollowing();
        cancelForget();
        cancelNudge?.();
        clusters.close();
        await auditor.close();
        await Promise.all([statuses.close(), reports.close(), events.close()]);
        await history.close();
      },
    };
  }

  async function open(): Promise<void> {
    const { signal } = closing;
    const known = await restored(signal);
    await policies.ready(signal);
    if (known.length === 0) await untilPolicies(signal);
    const { createAuditor: create } = await import('./auditor.ts');
    for (const definition of policyReportDefinitions) {
      await options.client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true, signal });
    }
    if (!signal.aborted) running = start(known, create);
  }

  async function untilPolicies(signal: AbortSignal): Promise<void> {
    const isAny = () => (policies.info()?.policies.length ?? 0) > 0;
    if (isAny()) return;
    let stop = () => {};
    await new Promise<void>((resolve, reject) => {
      stop = policies.onChange(() => {
        if (isAny()) resolve();
      });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }).finally(() => stop());
  }

  async function restored(signal: AbortSignal): Promise<ViolationRecord[]> {
    for (let tried = 1; ; tried++) {
      try {
        return await readOpenViolations(log);
      } catch (error) {
        if (tried < RESTORE_TRIES) await sleep(RESTORE_WAIT_MS, { signal, clock });
        else {
          logger.warn({ error: messageOf(error) }, 'what broke policies before the start is not known');
          return [];
        }
      }
    }
  }

  const opening = open().catch((error: unknown) => {
    if (!closing.signal.aborted) logger.error({ err: error }, 'the audit of policies could not begin');
  });

  applications.onChange(({ key, object, previous }) => {
    if (object === undefined || previous === undefined || projectIn(object) !== projectIn(previous)) {
      book.renewApplication(key);
    }
  });

  function serverOf(cluster: string): string {
    if (cluster === '' || cluster === 'in-cluster') return IN_CLUSTER;
    if (running?.clusters.of(cluster) !== undefined) return cluster;
    return options.destinations.identify({ name: cluster }).server ?? cluster;
  }

  function objectIn(cluster: string, { group, kind, namespace, name }: ObjectName): KubeObject | undefined {
    return running?.clusters.of(serverOf(cluster))?.live.get({ group, kind }, name, namespace);
  }

  return {
    violations: book,
    get progress() {
      return progress();
    },
    verdictsOf(cluster, { group, kind, namespace, name }) {
      const server = serverOf(cluster);
      const key = `${group}/${kind}/${namespace}/${name}`;
      const found = running?.auditor.violationsOf(server, key) ?? [];
      const items = found.map(({ id }) => book.get(id)).filter((violation) => violation !== undefined);
      return { items, pending: running?.auditor.isPending(server, key) ?? false };
    },
    object: objectIn,
    history: (query) => log.history(query),
    serverOf,
    async close() {
      closing.abort(new Error('the server stops'));
      await opening;
      await running?.close();
    },
  };
}

function projectIn(application: KubeObject): unknown {
  return (application['spec'] as { project?: unknown } | undefined)?.project;
}
