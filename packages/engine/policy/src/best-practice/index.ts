export type { CheckInfo, CheckTarget, Comment, Grade } from './kube-score/check.ts';
export { kubeScoreChecks } from './kube-score/registry.ts';
export { type CheckResult, type ScoredObject, type ScoreOptions, scoreObjects } from './kube-score/score.ts';
