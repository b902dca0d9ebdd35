export type {
  Generated,
  GeneratedEntry,
  GenerateFailure,
  GenerateLimits,
  GenerateOptions,
} from './generate-types.ts';
export type {
  ApplicationDeletion,
  ApplicationSetPlan,
  ApplicationUpdate,
  DeletionPlan,
  InvalidApplication,
  PlanInput,
} from './plan/plan-types.ts';
export type {
  ApplicationRollout,
  RollingSyncInput,
  RollingSyncPlan,
  RolloutState,
} from './rolling-sync/rolling-types.ts';
export type {
  ClusterDecisionRequest,
  ClusterInfo,
  GeneratorRequest,
  GeneratorSources,
  JsonRecord,
  PluginRequest,
  PullRequestInfo,
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
export type {
  ApplicationSetCondition,
  ApplicationSetResource,
  ApplicationSetStatus,
  ConditionType,
  FailureReason,
  ReconcileOutcome,
  StatusInput,
} from './status/status-types.ts';
