export {
  type BuildSubject,
  type DeploySubject,
  type EvaluateOptions,
  evaluateBuild,
  evaluateDeploy,
  type StackroxDetails,
  type StackroxVerdict,
} from './evaluate/evaluate.ts';
export { formatPolicies, formatPolicy, type ParsedPolicies, parsePolicies } from './policy/parse-policies.ts';
export type { EnforcementAction, StackroxPolicy } from './policy/policy.ts';
export type { ImageMetadata } from './view/image.ts';
export type { PermissionLevel } from './view/subject.ts';
