export {
  type CheckInfo,
  type CheckResult,
  type CheckTarget,
  type Comment,
  type Grade,
  type KubesecFinding,
  type KubesecRule,
  type KubesecRuleInfo,
  type KubesecScore,
  kubeScoreChecks,
  kubesecRules,
  kubesecScore,
  ruleSubjectOf,
  type ScoredObject,
  type ScoreOptions,
  scoreObjects,
} from './best-practice/index.ts';
export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';
