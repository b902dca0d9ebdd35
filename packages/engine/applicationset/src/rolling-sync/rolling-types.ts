import type { KubeObject } from '@sekisho/kube';
import type { JsonPath } from '@sekisho/sync';
import type { ApplicationSet } from '../spec/application-set.ts';

/** Where an Application is in a rollout. */
export type RolloutState = 'Waiting' | 'Pending' | 'Progressing' | 'Healthy';

/** One entry of `status.applicationStatus`. */
export interface ApplicationRollout {
  readonly application: string;
  readonly status: RolloutState;
  readonly message: string;
  /** `1` is the first; `-1`: no step has it. */
  readonly step: string;
  readonly targetRevisions: readonly string[];
  /** RFC 3339. */
  readonly lastTransitionTime: string;
}

export interface RollingSyncInput {
  readonly set: ApplicationSet;
  /** `status.applicationStatus` as it was. */
  readonly previous: readonly ApplicationRollout[];
  /** What the set wants: steps are chosen by their labels. */
  readonly desired: readonly KubeObject[];
  /** Applications of the set as they live. */
  readonly live: readonly KubeObject[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** As for the plan of the set. */
  readonly jqPaths?: (expression: string, object: KubeObject) => readonly JsonPath[];
}

export interface RollingSyncPlan {
  /** Names of the Applications of each step, in the order of `spec.strategy.rollingSync.steps`. */
  readonly steps: readonly (readonly string[])[];
  /** Names of the desired Applications that no step has: they are not synced. */
  readonly unmatched: readonly string[];
  /** Names whose step's turn it is. */
  readonly allowed: ReadonlySet<string>;
  /** Names to sync now (set their `operation`): Pending, and not begun. */
  readonly sync: ReadonlySet<string>;
  /** The new `status.applicationStatus`; the same array when nothing changed. */
  readonly status: readonly ApplicationRollout[];
  /** Live Applications that were not compared since the last change: refresh them; until then nothing is allowed. */
  readonly refresh: readonly string[];
  /** What is strange about the steps: empty ones, Applications in two of them. */
  readonly warnings: readonly string[];
  /** For the condition RolloutProgressing. */
  readonly isProgressing: boolean;
  readonly message: string;
}
