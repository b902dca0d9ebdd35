export type { CheckInfo, CheckTarget, Comment, Grade } from './kube-score/check.ts';
export { kubeScoreChecks } from './kube-score/registry.ts';
export {
  type CheckResult,
  type ScoredObject,
  type ScoreNeighbours,
  type ScoreOptions,
  scoreObjects,
} from './kube-score/score.ts';
export { kubesecRules } from './kubesec/registry.ts';
export { type KubesecRule, type KubesecRuleInfo, ruleSubjectOf } from './kubesec/rule.ts';
export { type KubesecFinding, type KubesecScore, kubesecScore } from './kubesec/score.ts';
export { formatScores, type ScoreFormat, type ScoreFormatOptions, scoreFormats } from './output/format.ts';
export type { HumanOptions } from './output/human.ts';
export { writeKubesecJson } from './output/kubesec-json.ts';
export type { LocateField } from './output/sarif.ts';
export type { PodSecurityControl, PodSecurityControlInfo, PodSecurityLevel } from './pod-security/control.ts';
export { type PodSecurityViolation, podSecurity, podSecurityControls } from './pod-security/evaluate.ts';
export { type BestPracticeProfile, bestPracticeVerdicts } from './verdicts.ts';
