import type { KubeObject } from '@sekisho/kube';
import type { ApplicationRollout } from '../rolling-sync/rolling-types.ts';

export type ConditionType = 'ErrorOccurred' | 'ParametersGenerated' | 'ResourcesUpToDate' | 'RolloutProgressing';

/** One entry of `status.conditions`. */
export interface ApplicationSetCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; stays while status, reason and message do. */
  readonly lastTransitionTime: string;
}

/** One entry of `status.resources`: an Application of the set. */
export interface ApplicationSetResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly status?: string;
  readonly health?: { readonly status: string; readonly message?: string };
}

/** How a reconciliation ended. */
export type ReconcileOutcome =
  | { readonly type: 'UpToDate' }
  | { readonly type: 'Failed'; readonly reason: FailureReason; readonly message: string };

export type FailureReason =
  | 'ApplicationParamsGenerationError'
  | 'RenderTemplateParamsError'
  | 'ApplicationValidationError'
  | 'CreateApplicationError'
  | 'UpdateApplicationError'
  | 'DeleteApplicationError'
  | 'RefreshApplicationError';

export interface StatusInput {
  /** `status` of the set as it was. */
  readonly previous: unknown;
  readonly outcome: ReconcileOutcome;
  /** Applications of the set as they live now. */
  readonly live: readonly KubeObject[];
  /** Absent: the set does not roll out in steps; entries of an earlier rollout go. */
  readonly rollout?: {
    readonly status: readonly ApplicationRollout[];
    readonly isProgressing: boolean;
    readonly message: string;
  };
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** `status` of an ApplicationSet. */
export interface ApplicationSetStatus {
  readonly conditions: readonly ApplicationSetCondition[];
  readonly applicationStatus?: readonly ApplicationRollout[];
  readonly resources?: readonly ApplicationSetResource[];
  readonly resourcesCount?: number;
}
