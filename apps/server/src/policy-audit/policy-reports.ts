import { type Clock, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { AuditViolation, PolicySummary } from '@sekisho/policy';
import { createTurns } from '../turns.ts';
import { REPORTED_BY } from './policy-report-definitions.ts';

/** Keeps a PolicyReport in each namespace, and a ClusterPolicyReport, as long as there is anything to tell. */
export interface PolicyReports {
  /** Violations of these are others: of objects in a namespace of a cluster; '' are those of no namespace. */
  note(places: Iterable<ReportPlace>): void;
  /** A cluster was looked at as a whole: reports of what is over go. */
  noteWhole(cluster: string): void;
  close(): Promise<void>;
}

export interface ReportPlace {
  readonly cluster: string;
  readonly namespace: string;
}

/** What reports are written into. */
export interface ReportedCluster {
  readonly client: KubeClient;
  get(kind: { readonly group: string; readonly kind: string }, name: string, namespace: string): KubeObject | undefined;
  /** Whether it knows reports. */
  serves(type: ResourceType): boolean;
}

const NAME = 'sekisho';
/** One object holds no more than about a megabyte, and is written as a whole. */
const LISTED = 250;
const MAX_MESSAGE_CHARS = 1024;
const PAUSE_MS = 5_000;

const REPORTS: ResourceType = {
  group: 'wgpolicyk8s.io',
  version: 'v1alpha2',
  resource: 'policyreports',
  kind: 'PolicyReport',
  namespaced: true,
};
const CLUSTER_REPORTS: ResourceType = {
  ...REPORTS,
  resource: 'clusterpolicyreports',
  kind: 'ClusterPolicyReport',
  namespaced: false,
};

/** @see Kubernetes Policy Working Group, Policy Report API, wgpolicyk8s.io/v1alpha2 */
export function createPolicyReports(options: {
  clusterOf: (name: string) => ReportedCluster | undefined;
  violations: () => Iterable<AuditViolation>;
  policyOf: (id: string) => PolicySummary | undefined;
  clock: Clock;
  logger: Logger;
}): PolicyReports {
  const { clusterOf, clock, logger } = options;
  const giveWay = createTurns();
  const closing = new AbortController();
  const { signal } = closing;
  /** Namespaces by cluster. */
  let dirty = new Map<string, Set<string>>();
  const whole = new Set<string>();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> | undefined;

  function schedule(): void {
    if (signal.aborted || cancel !== undefined || writing !== undefined) return;
    cancel = clock.after(PAUSE_MS, () => {
      cancel = undefined;
      writing = write()
        .catch((error: unknown) => logger.error({ err: error }, 'policy reports could not be written'))
        .finally(() => {
          writing = undefined;
          if (dirty.size > 0 || whole.size > 0) schedule();
        });
    });
  }

  function markDirty({ cluster, namespace }: ReportPlace): void {
    const namespaces = dirty.get(cluster);
    if (namespaces === undefined) dirty.set(cluster, new Set([namespace]));
    else namespaces.add(namespace);
  }

  async function write(): Promise<void> {
    for (const cluster of whole) for (const namespace of await reported(cluster)) markDirty({ cluster, namespace });
    const known = new Set(whole);
    whole.clear();
    const meant = dirty;
    dirty = new Map();
    const found = new Map<string, AuditViolation[]>();
    for (const violation of [...options.violations()]) {
      const { cluster, object } = violation;
      const namespace = object.namespace ?? '';
      if (known.has(cluster) || meant.get(cluster)?.has(namespace) === true) {
        const key = `${cluster}\n${namespace}`;
        const others = found.get(key);
        if (others === undefined) found.set(key, [violation]);
        else others.push(violation);
        if (known.has(cluster)) meant.set(cluster, (meant.get(cluster) ?? new Set<string>()).add(namespace));
      }
      await giveWay();
    }
    for (const [cluster, namespaces] of meant) {
      for (const namespace of namespaces) {
        if (signal.aborted) return;
        await writeOne({ cluster, namespace }, found.get(`${cluster}\n${namespace}`) ?? []);
        await giveWay();
      }
    }
  }

  /** Namespaces that have a report of ours. */
  async function reported(cluster: string): Promise<string[]> {
    const target = clusterOf(cluster);
    const found: string[] = [];
    for (const type of [REPORTS, CLUSTER_REPORTS]) {
      if (target?.serves(type) !== true) continue;
      try {
        const labelSelector = Object.entries(REPORTED_BY).map(([key, value]) => `${key}=${value}`);
        const { items } = await target.client.list(type, { labelSelector: labelSelector.join(','), signal });
        for (const { metadata } of items) if (metadata.name === NAME) found.push(metadata.namespace ?? '');
      } catch (error) {
        logger.debug({ cluster, error: messageOf(error) }, 'policy reports could not be read');
      }
    }
    return found;
  }

  async function writeOne(place: ReportPlace, violations: AuditViolation[]): Promise<void> {
    const { cluster, namespace } = place;
    const target = clusterOf(cluster);
    const type = namespace === '' ? CLUSTER_REPORTS : REPORTS;
    if (target === undefined || !target.serves(type)) return;
    const scope = namespace === '' ? undefined : target.get({ group: '', kind: 'Namespace' }, namespace, '');
    // A namespace that goes takes its report with it.
    if (namespace !== '' && (scope === undefined || scope.metadata.deletionTimestamp !== undefined)) return;
    try {
      if (violations.length > 0) {
        await target.client.apply(type, reportOf(target, scope, violations), { force: true, signal });
      } else await target.client.delete(type, NAME, namespace === '' ? undefined : namespace, { signal });
    } catch (error) {
      if (isSekishoError(error, 'KUBE_NOT_FOUND') || signal.aborted) return;
      if (isSekishoError(error) && error.retryable) markDirty(place);
      logger.debug({ cluster, namespace, error: messageOf(error) }, 'a policy report could not be written');
    }
  }

  function reportOf(target: ReportedCluster, namespace: KubeObject | undefined, violations: AuditViolation[]) {
    violations.sort((a, b) => (a.objectKey < b.objectKey ? -1 : a.objectKey > b.objectKey ? 1 : a.id < b.id ? -1 : 1));
    const summary = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
    for (const violation of violations) summary[resultOf(violation)]++;
    const { metadata } = namespace ?? {};
    return {
      apiVersion: 'wgpolicyk8s.io/v1alpha2',
      kind: namespace === undefined ? CLUSTER_REPORTS.kind : REPORTS.kind,
      metadata: {
        name: NAME,
        labels: REPORTED_BY,
        ...(metadata === undefined
          ? {}
          : {
              namespace: metadata.name ?? '',
              // It belongs to the namespace, and is no orphan in it.
              ownerReferences: [
                { apiVersion: 'v1', kind: 'Namespace', name: metadata.name ?? '', uid: metadata.uid ?? '' },
              ],
            }),
      },
      summary,
      results: violations.slice(0, LISTED).map((violation) => entryOf(target, violation)),
    } as KubeObject;
  }

  function entryOf(target: ReportedCluster, violation: AuditViolation) {
    const { verdict, object, decision, since, id } = violation;
    const { group, version, kind, namespace = '', name } = object;
    const { policyId, policy, message, waivedBy } = verdict;
    const summary = options.policyOf(policyId);
    const severity = verdict.severity ?? summary?.severity;
    const uid = target.get({ group, kind }, name, namespace)?.metadata.uid;
    return {
      source: 'sekisho',
      policy: policyId,
      ...(policy.rule === undefined ? {} : { rule: policy.rule }),
      category: policy.kind,
      ...(severity === undefined ? {} : { severity }),
      result: resultOf(violation),
      scored: decision === 'deny' || decision === 'warn',
      timestamp: { seconds: Math.floor(since / 1000), nanos: (since % 1000) * 1_000_000 },
      message: message.slice(0, MAX_MESSAGE_CHARS),
      resources: [
        {
          apiVersion: group === '' ? version : `${group}/${version}`,
          kind,
          ...(namespace === '' ? {} : { namespace }),
          name,
          ...(uid === undefined ? {} : { uid }),
        },
      ],
      properties: { id, decision, ...(waivedBy === undefined ? {} : { waivedBy }) },
    };
  }

  return {
    note(places) {
      for (const place of places) markDirty(place);
      if (dirty.size > 0) schedule();
    },
    noteWhole(cluster) {
      whole.add(cluster);
      schedule();
    },
    async close() {
      closing.abort(new Error('the server stops'));
      cancel?.();
      await writing;
    },
  };
}

function resultOf({ decision, verdict }: AuditViolation): 'fail' | 'warn' | 'skip' | 'error' {
  if (verdict.undecided === true) return 'error';
  if (decision === 'deny') return 'fail';
  return decision === 'waived' ? 'skip' : 'warn';
}
