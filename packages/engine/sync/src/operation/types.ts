import type { Diagnostic, Origin } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { BlastRadius } from '../blast-radius/blast-radius.ts';
import type { PruneLimits } from '../blast-radius/prune-limits.ts';
import type { Health } from '../health/health.ts';
import type { IgnoreDifferences, IgnoredFields } from '../ignore/ignored-fields.ts';
import type { PropagationPolicy, SyncOptions } from '../options.ts';
import type { HookDeletePolicy, SyncPhase } from './hook.ts';

/** One resource picked for a selective sync. Absent group: the core group or any; absent namespace: any. */
export interface ResourceSelector {
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** What is asked for: fixed for the whole operation, so that a restart plans the same tasks again. */
export interface SyncRequest {
  readonly app: { readonly name: string; readonly namespace: string; readonly instanceName: string };
  readonly revision: string;
  readonly prune: boolean;
  readonly dryRun: boolean;
  /** Options of the application, see `parseSyncOptions`. */
  readonly options: SyncOptions;
  /** `apply` leaves hooks out. */
  readonly strategy: 'hook' | 'apply';
  /** Only these resources; hooks are left out then. */
  readonly selection?: readonly ResourceSelector[];
  /** RFC 3339. Names hooks and tells their objects from those of earlier operations. */
  readonly startedAt: string;
  /** Retries so far. A retry makes its hooks again; a restart of the same attempt does not. Default 0. */
  readonly attempt?: number;
  readonly destinationNamespace: string;
  readonly managedNamespaceMetadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Pause between waves. Default 2000. */
  readonly waveDelayMs?: number;
}

export interface SyncTask {
  /** Stable over restarts: `phase/group/Kind/namespace/name/apply|prune`. */
  readonly id: string;
  readonly phase: SyncPhase;
  readonly wave: number;
  /** Position in the plan. */
  readonly order: number;
  readonly kind: 'apply' | 'prune';
  readonly hook?: { readonly deletePolicies: readonly HookDeletePolicy[] };
  /** To apply, with tracking and namespace; or the live one to prune. */
  readonly object: KubeObject;
  /** What git says, when `object` differs from it: some fields are kept as they live. */
  readonly declared?: KubeObject;
  readonly origin?: Origin;
  /** As it was when the operation was planned. */
  readonly live?: KubeObject;
  /** Of the application, overridden by the object's annotation. */
  readonly options: SyncOptions;
  /** Its kind or namespace comes into being during the sync: it cannot be tried before. */
  readonly skipDryRun: boolean;
  /** ApplyOutOfSyncOnly: live is what it should be, nothing is done. */
  readonly upToDate: boolean;
  /** The application's own namespace, which is made before anything is tried. */
  readonly createsNamespace: boolean;
}

export interface SyncPlan {
  readonly request: SyncRequest;
  /** In the order of execution. */
  readonly tasks: readonly SyncTask[];
  /** Errors among them mean: the operation fails without touching anything. */
  readonly diagnostics: readonly Diagnostic[];
  /** What it would delete; absent when it deletes nothing. */
  readonly blastRadius?: BlastRadius;
}

export type TaskStatus = 'Synced' | 'SyncFailed' | 'Pruned' | 'PruneSkipped';
export type TaskPhase = 'Running' | 'Succeeded' | 'Failed' | 'Error' | 'Terminating';

/** One entry of `status.operationState.syncResult.resources`, plus what a restart needs to know. */
export interface TaskResult {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: TaskStatus;
  readonly message: string;
  /** Argo CD's name for the state of the task, hook or not. */
  readonly hookPhase: TaskPhase;
  readonly hookType?: SyncPhase;
  readonly syncPhase: SyncPhase;
  /** Order of the first report. */
  readonly order: number;
  /** Of the object after the last write. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** The object was seen live after the write. */
  readonly seen?: boolean;
  /** When the machine first saw the result, in ms since 1970. */
  readonly since?: number;
}

/** Small facts about a task that are no result. */
export interface TaskNotes {
  /** uid of the live object whose deletion was accepted. */
  readonly deletedUid?: string;
  /** uid of the live object whose hook finalizer was removed. */
  readonly releasedUid?: string;
  /** Applying was refused and the Force option is set: replace it next. */
  readonly force?: boolean;
}

/** Everything that must survive a restart. Plain JSON; treat as immutable. */
export interface SyncProgress {
  readonly results: Readonly<Record<string, TaskResult>>;
  readonly notes: Readonly<Record<string, TaskNotes>>;
  /** Ids of tasks whose dry run passed; empty once all are done. */
  readonly dryRunPassed: Readonly<Record<string, true>>;
  readonly dryRunDone: boolean;
  /** More than one wave or phase: health is waited for between them. */
  readonly multiStep?: boolean;
  /** Waves of prunes by task id, as first planned: a plan made later knows fewer of them and would swap others. */
  readonly pruneWaves?: Readonly<Record<string, number>>;
  /** The wave that is being run. */
  readonly wave?: { readonly phase: SyncPhase; readonly wave: number };
  readonly lastWaveFinishedAt?: number;
}

export type ApplyMode = 'apply' | 'serverSide' | 'create' | 'replace' | 'forceReplace';

/**
 * What the executor does next. All actions of one `advanceSync` may run in parallel.
 *
 * Modes: `apply` three-way patch with the last-applied annotation (create when absent); `serverSide` server-side apply,
 * forcing conflicts; `create`; `replace` PUT over the live object; `forceReplace` delete, wait until gone, create.
 * A `dryRun` changes nothing (`dryRun=All`).
 */
export type SyncAction =
  | {
      readonly type: 'dryRun';
      readonly task: SyncTask;
      readonly mode: 'apply' | 'serverSide' | 'create' | 'replace';
      readonly validate: boolean;
    }
  | { readonly type: 'apply'; readonly task: SyncTask; readonly mode: ApplyMode; readonly validate: boolean }
  | {
      readonly type: 'delete';
      readonly task: SyncTask;
      /** The object to delete; its uid is the precondition. */
      readonly object: KubeObject;
      readonly propagation: PropagationPolicy;
      readonly reason: 'prune' | 'hookBefore' | 'hookAfter';
    }
  /** Remove `argocd.argoproj.io/hook-finalizer` from `object`. */
  | { readonly type: 'removeFinalizer'; readonly task: SyncTask; readonly object: KubeObject };

/** How an action ended. A deletion of what is not there is `ok`. */
export type ActionOutcome =
  | { readonly ok: true; readonly live?: KubeObject; readonly message?: string }
  | {
      readonly ok: false;
      /** Of the SekishoError, e.g. KUBE_INVALID. */
      readonly code: string;
      readonly message: string;
      readonly diagnostics?: readonly Diagnostic[];
    };

/** What the world looks like at this moment. */
export interface SyncObservation {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The live object of a task's identity. May lag behind; it must catch up. */
  readonly live: (task: SyncTask) => KubeObject | undefined;
  readonly healthOf: (object: KubeObject) => Health | undefined;
  /** Whether the API serves a kind now; asked about kinds of ConstraintTemplates. Default: it does. */
  readonly crdPresent?: (gvk: GroupVersionKind) => boolean;
  /** The user approved deletions that ask for it, see `isDeletionApproved`. Default false. */
  readonly deletionApproved?: boolean;
}

export interface SyncStep {
  readonly progress: SyncProgress;
  /** Run these, record each outcome, advance again. Empty while Running: wait for an event or `wakeAfterMs`. */
  readonly actions: readonly SyncAction[];
  readonly state: 'Running' | 'Succeeded' | 'Failed' | 'Error';
  readonly message: string;
  readonly wakeAfterMs?: number;
}

export interface PlanInput {
  readonly desired: readonly { readonly object: KubeObject; readonly origin?: Origin }[];
  /** Objects of the application, those with the identity of a desired one, and the destination Namespace if it exists. */
  readonly live: Iterable<KubeObject>;
  /** Undefined: not served. */
  readonly isNamespaced: (gvk: GroupVersionKind) => boolean | undefined;
  /** Whether the API serves this kind in this version. */
  readonly crdPresent: (gvk: GroupVersionKind) => boolean;
  /** For ApplyOutOfSyncOnly. Default: `compareObject`. */
  readonly isModified?: (desired: KubeObject, live: KubeObject, options: SyncOptions) => boolean;
  /** For RespectIgnoreDifferences and ApplyOutOfSyncOnly. Default: nothing is ignored. */
  readonly ignoreDifferences?: IgnoreDifferences;
  /** Fields that stay as they live, whatever the manifest (given as it is) says. Default: none. */
  readonly keepLive?: (manifest: KubeObject, desired: KubeObject, live: KubeObject) => IgnoredFields | undefined;
  /** Above them the sync waits until deletions are approved. Default: no limits. */
  readonly pruneLimits?: readonly PruneLimits[];
}
