import type { KubeObject } from '@sekisho/kube';
import type { AuditViolation } from './violation.ts';

/** An object that is audited. */
export interface AuditEntry {
  readonly cluster: string;
  readonly key: string;
  object: KubeObject;
  /** Policies that must be asked about it; undefined: none. */
  pending: ReadonlySet<string> | 'all' | undefined;
  violations: readonly AuditViolation[];
  isGone: boolean;
}

/** In which order objects are looked at: what somebody just changed first, what all policies are asked about next. */
type Lane = 'changed' | 'whole' | 'part';
const LANES: readonly Lane[] = ['changed', 'whole', 'part'];

/** Which objects policies must be asked about, and which policies. */
export interface WorkList {
  readonly size: number;
  /** All policies must be asked. */
  addWhole(entry: AuditEntry, options: { first: boolean }): void;
  addPart(entry: AuditEntry, policies: ReadonlySet<string>): void;
  /** Takes objects out that can be asked about together: of one cluster, about the same policies. */
  take(limit: number, isAsked: (entry: AuditEntry) => boolean): TakenWork | undefined;
  remove(entry: AuditEntry): void;
  /** Whether anything of this cluster is waiting. */
  has(cluster: string): boolean;
}

export interface TakenWork {
  readonly cluster: string;
  /** Undefined: all. */
  readonly policies: ReadonlySet<string> | undefined;
  /** What policies are asked about. */
  readonly entries: AuditEntry[];
  /** What none of the policies that must be asked has a word about; undefined: none of all. */
  readonly unasked: { readonly entry: AuditEntry; readonly policies: ReadonlySet<string> | undefined }[];
}

/** Objects that nobody has to be asked about are handed out with the others, many at a time. */
const UNASKED = 2_000;

export function createWorkList(): WorkList {
  /** Of each cluster; a Set keeps the order in which objects came. */
  const lanes = new Map<string, Readonly<Record<Lane, Set<AuditEntry>>>>();
  const laneOf = new Map<AuditEntry, Lane>();

  function move(entry: AuditEntry, lane: Lane): void {
    let own = lanes.get(entry.cluster);
    if (own === undefined) {
      own = { changed: new Set(), whole: new Set(), part: new Set() };
      lanes.set(entry.cluster, own);
    }
    const before = laneOf.get(entry);
    if (before === lane) return;
    if (before !== undefined) own[before].delete(entry);
    own[lane].add(entry);
    laneOf.set(entry, lane);
  }

  function remove(entry: AuditEntry): void {
    const lane = laneOf.get(entry);
    if (lane === undefined) return;
    laneOf.delete(entry);
    const own = lanes.get(entry.cluster);
    own?.[lane].delete(entry);
    if (own !== undefined && LANES.every((name) => own[name].size === 0)) lanes.delete(entry.cluster);
  }

  function takeFrom(
    cluster: string,
    lane: ReadonlySet<AuditEntry>,
    limit: number,
    isAsked: (e: AuditEntry) => boolean,
  ) {
    const entries: AuditEntry[] = [];
    const unasked: TakenWork['unasked'] = [];
    let policies: Set<string> | undefined;
    let last: ReadonlySet<string> | undefined;
    for (const entry of lane) {
      const { pending } = entry;
      if (isAsked(entry)) {
        entries.push(entry);
        if (pending !== 'all' && pending !== undefined && pending !== last) {
          policies = new Set([...(policies ?? []), ...pending]);
          last = pending;
        }
      } else unasked.push({ entry, policies: pending === 'all' ? undefined : pending });
      if (entries.length >= limit || unasked.length >= UNASKED) break;
    }
    for (const entry of [...entries, ...unasked.map((one) => one.entry)]) {
      remove(entry);
      entry.pending = undefined;
    }
    return { cluster, entries, unasked, policies };
  }

  return {
    get size() {
      return laneOf.size;
    },
    addWhole(entry, { first }) {
      entry.pending = 'all';
      move(entry, first ? 'changed' : laneOf.get(entry) === 'changed' ? 'changed' : 'whole');
    },
    addPart(entry, policies) {
      if (entry.pending === 'all' || entry.pending === policies) return;
      entry.pending = union(entry.pending, policies);
      move(entry, 'part');
    },
    take(limit, isAsked) {
      for (const lane of LANES) {
        for (const [cluster, own] of lanes) {
          if (own[lane].size === 0) continue;
          // Clusters take turns.
          lanes.delete(cluster);
          lanes.set(cluster, own);
          return takeFrom(cluster, own[lane], limit, isAsked);
        }
      }
      return undefined;
    },
    remove,
    has: (cluster) => lanes.has(cluster),
  };
}

function union(a: ReadonlySet<string> | undefined, b: ReadonlySet<string>): ReadonlySet<string> {
  if (a === undefined) return b;
  for (const value of b) if (!a.has(value)) return new Set([...a, ...b]);
  return a;
}
