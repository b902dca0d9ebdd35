import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import type { GateVerdict, PolicySummary } from '../policy-set/types.ts';
import { matchViolations } from './match-violations.ts';
import { type AuditChange, type AuditViolation, type KnownViolation, noChange } from './violation.ts';
import { type AuditEntry, createWorkList, type TakenWork } from './work-list.ts';

/** What the audit must know of a policy. */
export type AuditedPolicy = Pick<PolicySummary, 'id' | 'hash' | 'readsSurroundings'>;

/** What the audit must know of a waiver. */
export interface AuditedWaiver {
  /** As {@link GateVerdict.waivedBy} names it. */
  readonly id: string;
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Another one when it may cover something else. */
  readonly hash: string;
}

/** Objects that policies are to be asked about in one go: each by itself, in this order. */
export interface AuditBatch {
  readonly cluster: string;
  readonly objects: readonly KubeObject[];
  /** Only these; undefined: all. */
  readonly policies: ReadonlySet<string> | undefined;
}

/**
 * Knows which policies are broken by what runs, and what must be looked at again when something changes: an object's
 * change concerns that object, a policy's change that policy, a waiver's change or expiry what it covers.
 * Whoever owns it asks the policies: `next` says about what, `take` hears the answers.
 */
export interface AuditState {
  readonly objects: number;
  /** Objects that policies must be asked about yet. */
  readonly pending: number;
  /** An object that is there, or changed. @param first  before others that wait */
  put(cluster: string, object: KubeObject, options?: { first?: boolean }): void;
  remove(cluster: string, object: KubeObject): AuditChange;
  /** The cluster is none of ours any more. */
  dropCluster(cluster: string): AuditChange;
  /** The policies that count now. */
  setPolicies(policies: readonly AuditedPolicy[]): AuditChange;
  setWaivers(waivers: readonly AuditedWaiver[]): void;
  /** What policies see besides the objects changed. */
  surroundingsChanged(cluster: string): void;
  /** A Namespace is another one than before: constraints choose by its labels. */
  namespaceChanged(cluster: string, namespace: string): void;
  /** These policies are asked again about these objects, because they gave no answer. */
  again(violations: Iterable<AuditViolation>): void;
  /** What waivers covered that have expired by now is looked at again. */
  expire(now: number): void;
  /** When the next waiver expires. */
  nextExpiry(now: number): number | undefined;
  /** What was known before a restart. Before objects are put in. */
  restore(known: Iterable<KnownViolation>): void;
  /** What was known before a restart of objects that are not there, as soon as all of a cluster are known. */
  settle(cluster: string): AuditChange;
  /** @param now  when policies are asked */
  next(limit: number, now: number): AuditBatch | undefined;
  /** @param answers  for each object of the batch; undefined: none could be had, they are asked again */
  take(batch: AuditBatch, answers: readonly (readonly GateVerdict[])[] | undefined, now: number): AuditChange;
  violations(): Iterable<AuditViolation>;
  violationsOf(cluster: string, objectKey: string): readonly AuditViolation[];
  isPending(cluster: string, objectKey: string): boolean;
}

interface Cluster {
  readonly entries: Map<string, AuditEntry>;
  readonly byNamespace: Map<string, Set<AuditEntry>>;
  readonly known: Map<string, KnownViolation[]>;
}

interface Flight extends AuditBatch {
  readonly work: TakenWork;
  readonly at: number;
}

/**
 * @param options  idOf: makes an id of a text that identifies a violation; concerns: false for kinds that none of some
 * policies has a word about; controlNamespace: its waivers may cover objects anywhere
 */
export function createAuditState(options: {
  idOf: (identity: string) => string;
  concerns: (kind: { group: string; kind: string }, policies: ReadonlySet<string> | undefined) => boolean;
  controlNamespace: string;
}): AuditState {
  const { idOf, concerns, controlNamespace } = options;
  const clusters = new Map<string, Cluster>();
  /** Only those that have violations. */
  const violating = new Set<AuditEntry>();
  const work = createWorkList();
  const flights = new Set<Flight>();
  let policies: ReadonlyMap<string, AuditedPolicy> = new Map();
  let waivers: ReadonlyMap<string, AuditedWaiver> = new Map();
  let expiredUntil = Number.NEGATIVE_INFINITY;
  let objects = 0;

  function clusterOf(name: string): Cluster {
    let cluster = clusters.get(name);
    if (cluster === undefined) {
      cluster = { entries: new Map(), byNamespace: new Map(), known: new Map() };
      clusters.set(name, cluster);
    }
    return cluster;
  }

  function drop(cluster: Cluster, entry: AuditEntry, change: AuditChange): void {
    entry.isGone = true;
    objects--;
    work.remove(entry);
    violating.delete(entry);
    cluster.entries.delete(entry.key);
    cluster.byNamespace.get(namespaceOf(entry))?.delete(entry);
    change.ended.push(...entry.violations);
    entry.violations = [];
    for (const { id } of cluster.known.get(entry.key) ?? []) change.over.push(id);
    cluster.known.delete(entry.key);
  }

  function addPart(entries: Iterable<AuditEntry>, ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    for (const entry of entries) work.addPart(entry, ids);
  }

  function* allEntries(): Generator<AuditEntry> {
    for (const { entries } of clusters.values()) yield* entries.values();
  }

  /** What is being asked about right now was asked of the policies and waivers that counted before. */
  function askAgain(): void {
    for (const { work: taken } of flights) {
      for (const entry of taken.entries) if (!entry.isGone) work.addWhole(entry, { first: false });
    }
  }

  /** Kept for one call: policies broken by one object are mostly those broken by the next. */
  function brokenBy(entry: AuditEntry, isMeant: (violation: AuditViolation) => boolean): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const violation of entry.violations) if (isMeant(violation)) ids.add(violation.verdict.policyId);
    return ids;
  }

  function store(entry: AuditEntry, found: AuditViolation[]): void {
    entry.violations = found;
    if (found.length > 0) violating.add(entry);
    else violating.delete(entry);
  }

  function accept(
    entry: AuditEntry,
    flight: Flight,
    verdicts: readonly GateVerdict[],
    now: number,
    change: AuditChange,
  ) {
    const { policies: asked } = flight;
    const isAsked = (id: string) => asked === undefined || asked.has(id);
    const before = entry.violations.filter(({ verdict }) => isAsked(verdict.policyId));
    const cluster = clusterOf(entry.cluster);
    const known = asked === undefined ? (cluster.known.get(entry.key) ?? []) : [];
    if (asked === undefined) cluster.known.delete(entry.key);
    // A policy that was taken away while it was asked says nothing any more.
    const counting = verdicts.filter(({ policyId }) => policies.has(policyId) && isAsked(policyId));
    if (before.length === 0 && known.length === 0 && counting.length === 0) return;
    const { cluster: name, key: objectKey, object } = entry;
    const judged = { cluster: name, objectKey, object: referenceTo(object), verdicts: counting, before, known };
    const found = matchViolations(judged, change, { now, idOf });
    store(entry, [...entry.violations.filter(({ verdict }) => !isAsked(verdict.policyId)), ...found]);
    const expired = brokenBy(entry, ({ verdict }) => {
      const expires = verdict.waivedBy === undefined ? undefined : waivers.get(verdict.waivedBy)?.expires;
      return expires !== undefined && flight.at < expires && expires <= now;
    });
    if (expired.size > 0) work.addPart(entry, expired);
  }

  return {
    get objects() {
      return objects;
    },
    get pending() {
      return work.size;
    },
    put(name, object, { first = false } = {}) {
      const cluster = clusterOf(name);
      const key = objectKey(object);
      let entry = cluster.entries.get(key);
      if (entry === undefined) {
        entry = { cluster: name, key, object, pending: undefined, violations: [], isGone: false };
        cluster.entries.set(key, entry);
        objects++;
        const namespace = namespaceOf(entry);
        const others = cluster.byNamespace.get(namespace);
        if (others === undefined) cluster.byNamespace.set(namespace, new Set([entry]));
        else others.add(entry);
      } else if (entry.object === object) return;
      entry.object = object;
      work.addWhole(entry, { first });
    },
    remove(name, object) {
      const change = noChange();
      const cluster = clusters.get(name);
      const entry = cluster?.entries.get(objectKey(object));
      if (cluster !== undefined && entry !== undefined) drop(cluster, entry, change);
      return change;
    },
    dropCluster(name) {
      const change = noChange();
      const cluster = clusters.get(name);
      if (cluster === undefined) return change;
      for (const entry of [...cluster.entries.values()]) drop(cluster, entry, change);
      for (const known of cluster.known.values()) for (const { id } of known) change.over.push(id);
      clusters.delete(name);
      return change;
    },
    setPolicies(list) {
      const change = noChange();
      const before = policies;
      policies = new Map(list.map((policy) => [policy.id, policy]));
      const gone = new Set([...before.keys()].filter((id) => !policies.has(id)));
      if (gone.size > 0) {
        for (const entry of [...violating]) {
          const ended = entry.violations.filter(({ verdict }) => gone.has(verdict.policyId));
          if (ended.length === 0) continue;
          change.ended.push(...ended);
          store(
            entry,
            entry.violations.filter(({ verdict }) => !gone.has(verdict.policyId)),
          );
        }
      }
      const changed = list.filter(({ id, hash }) => before.get(id)?.hash !== hash).map(({ id }) => id);
      addPart(allEntries(), new Set(changed));
      return change;
    },
    setWaivers(list) {
      const before = waivers;
      waivers = new Map(list.map((waiver) => [waiver.id, waiver]));
      const scopes = new Set<string>();
      for (const { id, hash, namespace } of list) if (before.get(id)?.hash !== hash) scopes.add(namespace);
      for (const { id, namespace } of before.values()) if (!waivers.has(id)) scopes.add(namespace);
      if (scopes.size === 0) return;
      askAgain();
      for (const entry of violating) {
        if (!scopes.has(controlNamespace) && !scopes.has(waivedNamespaceOf(entry))) continue;
        work.addPart(
          entry,
          brokenBy(entry, () => true),
        );
      }
    },
    surroundingsChanged(name) {
      const reading = [...policies.values()].filter(({ readsSurroundings }) => readsSurroundings).map(({ id }) => id);
      addPart(clusters.get(name)?.entries.values() ?? [], new Set(reading));
    },
    namespaceChanged(name, namespace) {
      for (const entry of clusters.get(name)?.byNamespace.get(namespace) ?? []) work.addWhole(entry, { first: false });
    },
    again(violations) {
      for (const { cluster, objectKey: key, verdict } of violations) {
        const entry = clusters.get(cluster)?.entries.get(key);
        if (entry !== undefined) work.addPart(entry, new Set([verdict.policyId]));
      }
    },
    expire(now) {
      const expired = new Set<string>();
      for (const { id, expires } of waivers.values()) if (expiredUntil < expires && expires <= now) expired.add(id);
      expiredUntil = now;
      if (expired.size === 0) return;
      const isWaived = ({ verdict }: AuditViolation) => verdict.waivedBy !== undefined && expired.has(verdict.waivedBy);
      for (const entry of violating) {
        const ids = brokenBy(entry, isWaived);
        if (ids.size > 0) work.addPart(entry, ids);
      }
    },
    nextExpiry(now) {
      let next: number | undefined;
      for (const { expires } of waivers.values()) {
        if (expires > now && (next === undefined || expires < next)) next = expires;
      }
      return next;
    },
    restore(known) {
      for (const record of known) {
        const { known: records } = clusterOf(record.cluster);
        const others = records.get(record.objectKey);
        if (others === undefined) records.set(record.objectKey, [record]);
        else others.push(record);
      }
    },
    settle(name) {
      const change = noChange();
      const cluster = clusters.get(name);
      for (const [key, known] of cluster?.known ?? []) {
        if (cluster?.entries.has(key)) continue;
        cluster?.known.delete(key);
        for (const { id } of known) change.over.push(id);
      }
      return change;
    },
    next(limit, now) {
      const taken = work.take(limit, ({ object: { apiVersion, kind }, pending }) =>
        concerns({ group: parseApiVersion(apiVersion).group, kind }, pending === 'all' ? undefined : pending),
      );
      if (taken === undefined) return undefined;
      const { cluster, policies: ids, entries } = taken;
      const flight = { cluster, objects: entries.map(({ object }) => object), policies: ids, work: taken, at: now };
      flights.add(flight);
      return flight;
    },
    take(batch, answers, now) {
      const change = noChange();
      const flight = batch as Flight;
      if (!flights.delete(flight)) throw new Error('these answers were taken already');
      for (const { entry, policies: unasked } of flight.work.unasked) {
        if (entry.isGone) continue;
        if (entry.pending === undefined) accept(entry, { ...flight, policies: unasked }, [], now, change);
        else if (unasked === undefined) work.addWhole(entry, { first: false });
        else work.addPart(entry, unasked);
      }
      for (const [i, entry] of flight.work.entries.entries()) {
        if (entry.isGone) continue;
        const isOutdated = entry.pending !== undefined || entry.object !== flight.objects[i];
        if (answers !== undefined && !isOutdated) accept(entry, flight, answers[i] ?? [], now, change);
        else if (flight.policies === undefined) work.addWhole(entry, { first: false });
        else work.addPart(entry, flight.policies);
      }
      return change;
    },
    *violations() {
      for (const entry of violating) yield* entry.violations;
    },
    violationsOf: (name, key) => clusters.get(name)?.entries.get(key)?.violations ?? [],
    isPending: (name, key) => clusters.get(name)?.entries.get(key)?.pending !== undefined,
  };
}

/** `group/Kind/namespace/name`: the same for every version of an object. */
function objectKey(object: KubeObject): string {
  const { namespace = '', name = '' } = object.metadata;
  return `${parseApiVersion(object.apiVersion).group}/${object.kind}/${namespace}/${name}`;
}

function namespaceOf({ object }: AuditEntry): string {
  return object.metadata.namespace ?? '';
}

/** A Namespace counts as lying in itself: its own waivers may cover it. */
function waivedNamespaceOf(entry: AuditEntry): string {
  const { kind, apiVersion, metadata } = entry.object;
  return kind === 'Namespace' && apiVersion === 'v1' ? (metadata.name ?? '') : namespaceOf(entry);
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject) {
  const { namespace, name = '' } = metadata;
  return { ...parseApiVersion(apiVersion), kind, ...(namespace === undefined ? {} : { namespace }), name };
}
