export {
  type AutoSyncDecision,
  type AutoSyncInput,
  type AutoSyncPolicy,
  type AutoSyncRefusal,
  decideAutoSync,
  defaultAutoRetry,
  type LastAttempt,
  nextRetryMs,
  parseDurationMs,
  type RetryPolicy,
} from './auto-sync.ts';
export { type BlastRadius, blastRadius } from './blast-radius/blast-radius.ts';
export {
  defaultPruneLimits,
  noPruneLimits,
  PRUNE_LIMIT_ANNOTATION,
  type PruneLimits,
  parsePruneLimits,
} from './blast-radius/prune-limits.ts';
export {
  type ApplicationComparison,
  type ApplicationCondition,
  type CompareApplicationInput,
  compareApplication,
  compareInTurns,
  DEFAULT_FIELD_MANAGER,
  type ResourceState,
  type SyncStatus,
} from './compare/compare-application.ts';
export { type CompareObjectInput, type Comparison, compareObject } from './compare/compare-object.ts';
export { comparePrediction, type Prediction } from './compare/compare-prediction.ts';
export { type FieldChange, type FieldPath, fieldChanges } from './compare/field-change.ts';
export { isSecret, maskSecret, maskSecrets, withoutSecretValues } from './compare/mask-secrets.ts';
export { LAST_APPLIED_ANNOTATION, normalizeDesired, normalizeLive } from './compare/normalize.ts';
export { driftOf, type FieldDrift } from './drift/attribute.ts';
export {
  DRIFT_POLICY_ANNOTATION,
  type DriftAction,
  type DriftPolicy,
  type DriftRule,
  driftAction,
  noDriftPolicy,
  parseDriftPolicy,
} from './drift/policy.ts';
export { applicationHealth, type HealthMember } from './health/application.ts';
export { type Health, type HealthStatus, isWorseHealth, worseHealth } from './health/health.ts';
export { type HealthOptions, healthOf } from './health/health-of.ts';
export { compileHealthRules, type HealthRuleError, type HealthRuleSpec, type HealthRules } from './health/rules.ts';
export { matchesGlob } from './ignore/glob.ts';
export { type IgnoreRule, parseIgnoreRules, readRule, rulesFor } from './ignore/ignore-rule.ts';
export {
  comparableView,
  type IgnoreDifferences,
  type IgnoredFields,
  ignoredFields,
  withoutFields,
} from './ignore/ignored-fields.ts';
export type { JsonPath, JsonSlice } from './ignore/json-path.ts';
export { keepLiveFields } from './ignore/keep-live.ts';
export { locateField } from './ignore/owned-paths.ts';
export { compareKindOrder, kindRank } from './kind-order.ts';
export { formatObjectKey, type ObjectKey, objectId, objectKeyOf } from './object-key.ts';
export { advanceSync } from './operation/advance-sync.ts';
export {
  type DeletionPhase,
  HOOK_ANNOTATION,
  HOOK_DELETE_POLICY_ANNOTATION,
  HOOK_FINALIZER,
  type HookDeletePolicy,
  type HookType,
  hookDeletePolicies,
  hookTypesOf,
  isHook,
  isSkipped,
  type SyncPhase,
  waveOf,
} from './operation/hook.ts';
export {
  type DeletePlan,
  type DeletePlanInput,
  deletionHooks,
  planDelete,
  RESOURCES_FINALIZER,
} from './operation/plan-delete.ts';
export { generatedHookName, OPERATION_ANNOTATION, planDeletionHooks, planSync } from './operation/plan-sync.ts';
export { newSyncProgress, recordResult, recordResults } from './operation/progress.ts';
export { isDeletionApproved, terminateSync } from './operation/terminate-sync.ts';
export type {
  ActionOutcome,
  ApplyMode,
  PlanInput,
  ResourceSelector,
  SyncAction,
  SyncObservation,
  SyncPlan,
  SyncProgress,
  SyncRequest,
  SyncStep,
  SyncTask,
  TaskNotes,
  TaskPhase,
  TaskResult,
  TaskStatus,
} from './operation/types.ts';
export {
  COMPARE_OPTIONS_ANNOTATION,
  type CompareOptions,
  compareOptionsOf,
  defaultSyncOptions,
  objectSyncOptions,
  type Permission,
  type PropagationPolicy,
  parseSyncOptions,
  SYNC_OPTIONS_ANNOTATION,
  type SyncOptions,
} from './options.ts';
export { placeObject, scopesOfDefinitions } from './place-object.ts';
export {
  type ApplicationStatus,
  type OperationState,
  type ResourceStatus,
  type SourceType,
  type StatusInput,
  toApplicationStatus,
  toOperationState,
} from './status.ts';
export {
  appInstanceName,
  isSelfReferenced,
  ownedBy,
  readTrackingId,
  TRACKING_ANNOTATION,
  type TrackingId,
  trackingId,
  withTracking,
} from './tracking.ts';
