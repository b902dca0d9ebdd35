// What the server's API answers. Written by hand: the console shares no code with the server.

export interface Destination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace: string;
}

export interface Condition {
  readonly type: string;
  readonly message: string;
}

/** One application in a list; the same shape arrives with each event of type `application`. */
export interface ApplicationRow {
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
  readonly sync: string;
  readonly health: string;
  /** Phase of the running or last operation. */
  readonly operation?: string;
  readonly repo: string;
  readonly path: string;
  readonly targetRevision: string;
  readonly revision?: string;
  readonly author?: string;
  readonly message?: string;
  readonly committedAt?: string;
  readonly deployedAt?: string;
  readonly createdAt: string;
  readonly destination: Destination;
  readonly autoSync: boolean;
  /** Objects that drifted from git. */
  readonly drifted: number;
  readonly healthMessage?: string;
  readonly operationMessage?: string;
  readonly deleting?: boolean;
  readonly sources?: number;
  /** What policies say of what git says; absent while they were not asked. */
  readonly gate?: { readonly deny: number; readonly warn: number };
  /** A revision that is not applied, and why. */
  readonly held?: string;
  readonly conditions: readonly Condition[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

export const FACETS = ['sync', 'health', 'gate', 'project', 'cluster', 'namespace', 'repo'] as const;
export type Facet = (typeof FACETS)[number];

export interface ApplicationPage {
  readonly items: readonly ApplicationRow[];
  readonly total: number;
  readonly next?: string;
  readonly facets: Partial<Record<Facet, readonly FacetValue[]>>;
}

/** A Kubernetes object as the API serves it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface ApplicationSource {
  readonly repoURL: string;
  readonly path?: string;
  readonly targetRevision?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly name?: string;
  readonly [tool: string]: unknown;
}

export interface SyncPolicy {
  readonly automated?: { readonly prune?: boolean; readonly selfHeal?: boolean; readonly enabled?: boolean };
  readonly syncOptions?: readonly string[];
  readonly retry?: unknown;
}

export interface OperationState {
  readonly phase: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly retryCount?: number;
  readonly operation?: {
    readonly initiatedBy?: { readonly username?: string; readonly automated?: boolean };
    readonly info?: readonly { readonly name: string; readonly value: string }[];
    readonly sync?: { readonly dryRun?: boolean; readonly [field: string]: unknown };
  };
  readonly syncResult?: { readonly revision?: string; readonly resources?: readonly OperationResult[] };
}

/** The newest rollback of an application, as in `status.rollback`. */
export interface RollbackState {
  readonly id: string;
  readonly phase: 'Running' | 'Succeeded' | 'Failed';
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly initiatedBy: { readonly username: string; readonly automatic?: true };
  readonly pullRequest?: boolean;
  /** What was made in git; absent until it is done. */
  readonly commits?: readonly {
    readonly commit: string;
    readonly branch: string;
    readonly pullRequest?: string;
    /** Why there is no pull request although there should be one. */
    readonly note?: string;
  }[];
}

export interface OperationResult {
  readonly group?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly status?: string;
  readonly message?: string;
  readonly hookType?: string;
  readonly hookPhase?: string;
  readonly syncPhase?: string;
}

export interface ApplicationObject extends KubeObject {
  readonly spec?: {
    readonly project?: string;
    readonly source?: ApplicationSource;
    readonly sources?: readonly ApplicationSource[];
    readonly destination?: Partial<Destination>;
    readonly syncPolicy?: SyncPolicy;
    readonly ignoreDifferences?: readonly Readonly<Record<string, unknown>>[];
    readonly info?: readonly { readonly name: string; readonly value: string }[];
    readonly revisionHistoryLimit?: number;
  };
  readonly operation?: unknown;
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly conditions?: readonly (Condition & { readonly lastTransitionTime?: string })[];
    readonly operationState?: OperationState;
    readonly rollback?: RollbackState;
    readonly resources?: readonly Readonly<Record<string, unknown>>[];
    readonly summary?: { readonly images?: readonly string[]; readonly externalURLs?: readonly string[] };
    readonly reconciledAt?: string;
  };
}

export interface SyncWindow {
  readonly kind: string;
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone?: string;
  readonly active?: boolean;
  readonly manualSync?: boolean;
  readonly description?: string;
}

export interface WindowDecision {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly active?: readonly SyncWindow[];
  readonly nextChangeAt?: string | number;
}

export interface NotificationDelivery {
  readonly id: string;
  readonly trigger: string;
  readonly service: string;
  readonly recipient: string;
  readonly application: { readonly namespace: string; readonly name: string; readonly project: string };
  readonly text: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly lastError?: string;
  readonly nextAt?: string;
  readonly at: string;
  readonly finishedAt?: string;
  /** The delivery that this one stands in for. */
  readonly fallbackOf?: string;
}

export interface ApplicationDetail {
  readonly row: ApplicationRow;
  readonly application: ApplicationObject;
  readonly windows?: WindowDecision;
  /** The newest deliveries about it. */
  readonly notifications?: readonly NotificationDelivery[];
}

export interface Health {
  readonly status: string;
  readonly message?: string;
}

export interface ResourceRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface TreeNode extends ResourceRef {
  readonly uid: string;
  /** uid of the owner in this tree; absent for what the application itself made. */
  readonly parent?: string;
  readonly version: string;
  readonly createdAt: string;
  readonly sync?: string;
  readonly health?: Health;
}

export interface FieldChange {
  readonly path: string;
  /** The live value. */
  readonly from?: unknown;
  /** What git says. */
  readonly to?: unknown;
  readonly manager?: string;
  readonly since?: string;
}

export interface Origin {
  readonly repo?: string;
  readonly revision?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ResourceDiff extends ResourceRef {
  readonly change: 'create' | 'update' | 'prune';
  readonly origin?: Origin;
  readonly changes: readonly FieldChange[];
}

export interface ApplicationDiff {
  readonly revision: string;
  readonly resources: readonly ResourceDiff[];
}

export interface KubeEvent {
  /** `Normal` or `Warning`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly source: string;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
}

export interface FieldManager {
  readonly manager: string;
  readonly operation: string;
  readonly time?: string;
  readonly subresource?: string;
}

export interface ResourceDetail {
  readonly desired?: KubeObject;
  readonly live?: KubeObject;
  readonly managers?: readonly FieldManager[];
  readonly origin?: Origin;
  readonly sync?: string;
  readonly changes: readonly FieldChange[];
  readonly health?: Health;
  readonly events: readonly KubeEvent[];
}

export interface DriftItem {
  readonly application: { readonly namespace: string; readonly name: string; readonly project: string };
  readonly object: ResourceRef;
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly manager?: string;
  readonly since?: string;
  readonly count?: number;
  readonly policy?: 'report' | 'alert' | 'heal';
  readonly healedAt?: string;
}

export interface Release {
  readonly id: number;
  readonly namespace: string;
  readonly app: string;
  readonly revision: string;
  readonly author: string;
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly initiatedBy: { readonly username?: string; readonly automated?: boolean };
  readonly outcome: string;
  readonly messageText: string;
  readonly sources?: unknown;
  readonly objects: readonly (ResourceRef & { readonly digest: string })[];
}

export interface Overview {
  readonly applications: {
    readonly total: number;
    readonly bySync: Readonly<Record<string, number>>;
    readonly byHealth: Readonly<Record<string, number>>;
  };
  readonly changes: readonly Omit<Release, 'objects' | 'sources'>[];
  readonly drift: readonly DriftItem[];
  readonly needAttention: readonly ApplicationRow[];
  readonly notifications?: { readonly failed?: number; readonly pending?: number; readonly [field: string]: unknown };
}

export interface AuditEntry {
  readonly id?: number | string;
  readonly seq?: number;
  readonly at: string;
  readonly actor: {
    readonly user: string;
    readonly method?: string;
    readonly address?: string;
    readonly groups?: readonly string[];
  };
  readonly action: string;
  readonly object: {
    readonly type: string;
    readonly project?: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly reason?: string;
  readonly outcome: string;
  readonly operationId?: string;
  readonly revision?: string;
  readonly details?: unknown;
  readonly hash?: string;
  readonly previous?: string;
}

export interface AuditPage {
  readonly items: readonly AuditEntry[];
  readonly next?: string | number;
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly problems: readonly { readonly kind: string; readonly seq: number; readonly message: string }[];
  /** Commits that entries name: held against git, and those whose repository can't be asked now. */
  readonly revisions: { readonly checked: number; readonly unreachable: number };
}

export interface Session {
  readonly user: string;
  readonly groups: readonly string[];
  readonly method: string;
  readonly csrf?: string;
  readonly expiresAt?: string;
  readonly can?: Readonly<Record<string, unknown>>;
}

export interface SignInProvider {
  readonly type: 'token' | 'password' | 'oidc' | 'ldap';
  readonly name: string;
  readonly url?: string;
}

export interface Account {
  readonly name: string;
  readonly enabled: boolean;
  readonly capabilities: readonly string[];
  readonly hasPassword: boolean;
  readonly tokens: readonly AccountToken[];
}

export interface AccountToken {
  readonly id: string;
  readonly description: string;
  readonly scope: { readonly project?: string; readonly role?: string };
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  readonly lastUsedFrom?: string;
}

export interface Repository {
  readonly type: string;
  readonly url: string;
  readonly project?: string;
  readonly state?: string;
  readonly message?: string;
}

export interface NotificationService {
  readonly name: string;
  readonly type: string;
  readonly pending: number;
  /** Nothing is tried before, because it failed. */
  readonly pausedUntil?: string;
  readonly lastError?: string;
}

export interface NotificationState {
  readonly services: readonly NotificationService[];
  readonly triggers: readonly string[];
  /** Of the settings. */
  readonly faults: readonly string[];
  readonly deliveries: readonly NotificationDelivery[];
  readonly next?: string;
}

export interface ProjectFault {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
}

/** A project as lists show it. */
export interface ProjectRow {
  readonly name: string;
  readonly description: string;
  readonly valid: boolean;
  readonly faults: readonly ProjectFault[];
  readonly sourceRepos: readonly string[];
  readonly destinations: readonly { readonly server: string; readonly name: string; readonly namespace: string }[];
  readonly roles: readonly string[];
  readonly windows: number;
  readonly applications: number;
}

export interface ProjectWindow {
  readonly id: number;
  readonly kind: 'allow' | 'deny';
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
  readonly description: string;
  readonly manualSync: boolean;
  readonly open: boolean;
  /** False for a schedule that never comes. */
  readonly opens: boolean;
  readonly changesAt?: string;
}

export interface ProjectDetail {
  readonly project: ProjectObject;
  readonly faults: readonly ProjectFault[];
  readonly applications: readonly { readonly namespace: string; readonly name: string }[];
  readonly windows: readonly ProjectWindow[];
}

/** An AppProject as stored. */
export interface ProjectObject extends KubeObject {
  readonly spec?: {
    readonly description?: string;
    readonly sourceRepos?: readonly string[];
    readonly sourceNamespaces?: readonly string[];
    readonly destinations?: readonly {
      readonly server?: string;
      readonly name?: string;
      readonly namespace?: string;
    }[];
    readonly clusterResourceWhitelist?: readonly GroupKind[];
    readonly clusterResourceBlacklist?: readonly GroupKind[];
    readonly namespaceResourceWhitelist?: readonly GroupKind[];
    readonly namespaceResourceBlacklist?: readonly GroupKind[];
    readonly roles?: readonly {
      readonly name: string;
      readonly description?: string;
      readonly policies?: readonly string[];
      readonly groups?: readonly string[];
    }[];
    readonly orphanedResources?: unknown;
    readonly signatureKeys?: readonly unknown[];
  };
}

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}
