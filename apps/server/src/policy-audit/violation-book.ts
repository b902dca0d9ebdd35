import type { AuditChange, AuditViolation, PolicySummary } from '@sekisho/policy';
import type { PolicySetInfo } from '@sekisho/policy-worker';
import type { Violation } from '../http/api-types.ts';
import { type OwnerApplication, toViolation } from './violation.ts';
import { type IndexedViolation, searchText } from './violation-query.ts';

/** All violations there are, as lists show them; kept current change by change. */
export interface ViolationBook {
  readonly size: number;
  all(): Iterable<IndexedViolation>;
  /** By id. */
  get(id: string): Violation | undefined;
  apply(change: AuditChange): void;
  /** Titles of policies, or when waivers expire, changed. */
  renew(): void;
  /** The application that objects belong to is gone, or of another project. */
  renewApplication(key: string): void;
}

interface Entry extends IndexedViolation {
  readonly source: AuditViolation;
  /** Of the application that made the object, though it may be gone. */
  readonly owner: string | undefined;
}

export function createViolationBook(options: {
  info: () => PolicySetInfo | undefined;
  nameOfCluster: (server: string) => string;
  /** `namespace/name` of the application that an object belongs to. */
  ownerOf: (violation: AuditViolation) => string | undefined;
  applicationOf: (key: string) => OwnerApplication | undefined;
}): ViolationBook {
  const { info, nameOfCluster, ownerOf, applicationOf } = options;
  const entries = new Map<string, Entry>();
  let known:
    | {
        readonly of: PolicySetInfo;
        readonly policies: ReadonlyMap<string, PolicySummary>;
        readonly expiries: ReadonlyMap<string, number>;
      }
    | undefined;

  function lookup() {
    const of = info();
    if (of === undefined) return undefined;
    if (known?.of !== of) {
      known = {
        of,
        policies: new Map(of.policies.map((policy) => [policy.id, policy])),
        expiries: new Map(of.waivers.map(({ id, expires }) => [id, expires])),
      };
    }
    return known;
  }

  function put(source: AuditViolation, owner = ownerOf(source)): void {
    const { verdict } = source;
    const found = lookup();
    const violation = toViolation(source, {
      summary: found?.policies.get(verdict.policyId),
      cluster: nameOfCluster(source.cluster),
      application: owner === undefined ? undefined : applicationOf(owner),
      waiverExpires: verdict.waivedBy === undefined ? undefined : found?.expiries.get(verdict.waivedBy),
    });
    entries.set(source.id, { source, owner, violation, text: searchText(violation) });
  }

  return {
    get size() {
      return entries.size;
    },
    all: () => entries.values(),
    get: (id) => entries.get(id)?.violation,
    apply({ began, changed, ended, found }) {
      for (const { id } of ended) entries.delete(id);
      for (const violation of began) put(violation);
      for (const violation of found) put(violation);
      for (const { after } of changed) put(after);
    },
    renew() {
      for (const { source, owner } of [...entries.values()]) put(source, owner);
    },
    renewApplication(key) {
      for (const { source, owner } of [...entries.values()]) if (owner === key) put(source, owner);
    },
  };
}
