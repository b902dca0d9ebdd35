export { applicationHealth, type HealthMember } from './health/application.ts';
export { type Health, type HealthStatus, isWorseHealth, worseHealth } from './health/health.ts';
export { type HealthOptions, healthOf } from './health/health-of.ts';
export { compileHealthRules, type HealthRuleError, type HealthRuleSpec, type HealthRules } from './health/rules.ts';
export { compareKindOrder, kindRank } from './kind-order.ts';
export { formatObjectKey, type ObjectKey, objectId, objectKeyOf } from './object-key.ts';
export {
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
