export { generateApplications } from './generate.ts';
export type {
  Generated,
  GeneratedEntry,
  GenerateFailure,
  GenerateLimits,
  GenerateOptions,
} from './generate-types.ts';
export { type MemorySources, memorySources } from './memory-sources.ts';
export { isOwned } from './plan/ownership.ts';
export { planApplicationSet } from './plan/plan-application-set.ts';
export { needsFinalizer, planDeletion } from './plan/plan-deletion.ts';
export type {
  ApplicationDeletion,
  ApplicationSetPlan,
  ApplicationUpdate,
  DeletionPlan,
  InvalidApplication,
  PlanInput,
} from './plan/plan-types.ts';
export { planRollingSync } from './rolling-sync/plan-rolling-sync.ts';
export type {
  ApplicationRollout,
  RollingSyncInput,
  RollingSyncPlan,
  RolloutState,
} from './rolling-sync/rolling-types.ts';
export type {
  ClusterDecisionRequest,
  ClusterDecisions,
  ClusterInfo,
  GeneratorRequest,
  GeneratorSources,
  JsonRecord,
  PluginRequest,
  PullRequestInfo,
  PullRequestOptions,
  ScmRepositories,
  ScmRepository,
  SourceOptions,
  TreeRequest,
} from './sources.ts';
export type {
  ApplicationDifference,
  ApplicationSet,
  ApplicationSetSpec,
  ApplicationsSync,
  DeletionOrder,
  Generator,
  GeneratorType,
  Parameters,
  RolloutStep,
  Strategy,
} from './spec/application-set.ts';
export { type ParsedApplicationSet, parseApplicationSet } from './spec/parse-application-set.ts';
export { nextStatus } from './status/next-status.ts';
export { outcomeOf } from './status/outcome.ts';
export { readRollout } from './status/read-rollout.ts';
export type {
  ApplicationSetCondition,
  ApplicationSetResource,
  ApplicationSetStatus,
  ConditionType,
  FailureReason,
  ReconcileOutcome,
  StatusInput,
} from './status/status-types.ts';
