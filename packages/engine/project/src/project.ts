import type { Pattern } from './pattern.ts';
import type { SyncWindow } from './windows/window.ts';

/** What the applications of an AppProject may use, read once. */
export interface Project {
  readonly name: string;
  /** Where it is stored: Applications in this namespace may always use it. */
  readonly namespace: string;
  readonly description: string;
  /** Of normalized repository addresses; stars stop at `/`. */
  readonly sourceRepos: readonly Pattern[];
  readonly destinations: readonly DestinationRule[];
  /** Namespaces of Applications, besides the project's own. */
  readonly sourceNamespaces: readonly Pattern[];
  readonly clusterResourceWhitelist: readonly KindRule[];
  readonly clusterResourceBlacklist: readonly KindRule[];
  /** Undefined permits all kinds, an empty list none. */
  readonly namespaceResourceWhitelist: readonly KindRule[] | undefined;
  readonly namespaceResourceBlacklist: readonly KindRule[];
  /** Undefined when nobody looks for orphans. */
  readonly orphanedResources: OrphanRules | undefined;
  readonly roles: readonly ProjectRole[];
  readonly syncWindows: readonly SyncWindow[];
  /** Ids of the GnuPG keys of which one must have signed each commit; empty when signatures are not asked for. */
  readonly signatureKeys: readonly string[];
  readonly sourceIntegrity: readonly GitIntegrityPolicy[];
  readonly permitOnlyProjectScopedClusters: boolean;
  readonly destinationServiceAccounts: readonly DestinationServiceAccount[];
}

/** An entry of `spec.destinations`; a pattern that is absent matches only a destination without that part. */
export interface DestinationRule {
  readonly server: Pattern;
  readonly name: Pattern;
  readonly namespace: Pattern;
}

/** Kinds, and of cluster-wide ones names, by glob. */
export interface KindRule {
  readonly group: Pattern;
  readonly kind: Pattern;
  /** Undefined matches every name. */
  readonly name?: Pattern;
}

export interface OrphanRules {
  /** Whether applications get the condition OrphanedResourceWarning. Default true. */
  readonly warn: boolean;
  /** An absent pattern matches everything, except an absent group: that is the core group. */
  readonly ignore: readonly {
    readonly group: Pattern;
    readonly kind: Pattern | undefined;
    readonly name: Pattern | undefined;
  }[];
}

export interface ProjectRole {
  readonly name: string;
  readonly description: string;
  /** Lines of Argo CD's policy CSV that speak of this role and this project only. */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
  readonly jwtTokens: readonly ProjectToken[];
}

/** A token issued for a role; times in seconds since 1970. */
export interface ProjectToken {
  readonly id?: string;
  readonly iat: number;
  readonly exp?: number;
}

/** `spec.sourceIntegrity.git.policies[]`. */
export interface GitIntegrityPolicy {
  /** Of normalized addresses; `!` forbids. */
  readonly repos: readonly Pattern[];
  /** As written: `none`, `head`, `strict`. */
  readonly mode: string;
  readonly keys: readonly string[];
}

export interface DestinationServiceAccount {
  readonly server: string;
  readonly namespace: string;
  readonly defaultServiceAccount: string;
}
