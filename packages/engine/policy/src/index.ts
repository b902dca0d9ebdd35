export {
  type BestPracticeProfile,
  bestPracticeVerdicts,
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
  type PodSecurityControl,
  type PodSecurityControlInfo,
  type PodSecurityLevel,
  type PodSecurityViolation,
  podSecurity,
  podSecurityControls,
  ruleSubjectOf,
  type ScoredObject,
  type ScoreOptions,
  scoreObjects,
} from './best-practice/index.ts';
export * from './gatekeeper/index.ts';
export * from './stackrox/index.ts';
export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';
