import type { KubeObject } from '@sekisho/kube';
import type { JsonPath } from '@sekisho/sync';
import type { GeneratedEntry } from '../generate-types.ts';
import type { RollingSyncPlan } from '../rolling-sync/rolling-types.ts';
import type { ApplicationSet, ApplicationsSync } from '../spec/application-set.ts';

export interface PlanInput {
  readonly set: ApplicationSet;
  readonly generated: readonly GeneratedEntry[];
  /** Applications that the set owns, and those that have the name of a generated one. */
  readonly live: readonly KubeObject[];
  /** Of a set that rolls out in steps: its Applications don't sync by themselves, and those of `rollout.sync` get an operation. */
  readonly rollout?: Pick<RollingSyncPlan, 'sync' | 'status'>;
  /** Policy of the installation; a set that names its own wins when `isPolicyOverridable`. Default: none, and sets decide. */
  readonly policy?: ApplicationsSync;
  readonly isPolicyOverridable?: boolean;
  /** What else must hold of an Application, as a message: that its project exists, that its destination does. */
  readonly validate?: (application: KubeObject) => string | undefined;
  /** Whether the cluster of a live Application is still known; one that isn't goes without cleaning up. Default: yes. */
  readonly hasDestination?: (application: KubeObject) => boolean;
  /** Paths that a jq expression names in the object: see @sekisho/sync. */
  readonly jqPaths?: (expression: string, object: KubeObject) => readonly JsonPath[];
  /** Annotations and labels that live Applications keep in all sets. */
  readonly preservedAnnotations?: readonly string[];
  readonly preservedLabels?: readonly string[];
}

export interface ApplicationSetPlan {
  /** Whole objects, with owner and finalizers. */
  readonly create: readonly KubeObject[];
  readonly update: readonly ApplicationUpdate[];
  readonly delete: readonly ApplicationDeletion[];
  /** Live Applications that are as they should be, or that the policy leaves alone. */
  readonly keep: readonly KubeObject[];
  /** Generated ones that must not be applied: sorted by name, messages as Argo CD's. */
  readonly invalid: readonly InvalidApplication[];
}

export interface ApplicationUpdate {
  readonly live: KubeObject;
  /** The live object with the changes. */
  readonly desired: KubeObject;
  /** JSON merge patch from one to the other. */
  readonly patch: Readonly<Record<string, unknown>>;
}

export interface ApplicationDeletion {
  readonly live: KubeObject;
  /** The finalizer that cleans its objects up must be taken off first: its cluster is gone. */
  readonly withoutCleanUp: boolean;
}

export interface InvalidApplication {
  readonly name: string;
  readonly message: string;
}

/** What to do while the set itself is being deleted. */
export interface DeletionPlan {
  /** Applications to delete now. */
  readonly delete: readonly KubeObject[];
  /** Applications that stay: take the set out of their owners. */
  readonly release: readonly ApplicationUpdate[];
  /** Nothing is left to wait for: the set's finalizer may go (the garbage collector deletes what it still owns). */
  readonly isDone: boolean;
}
