export type { AdmissionBinding, ParamRef, ValidationAction } from './binding.ts';
export { type AdmissionPolicies, type AdmissionPolicy, compileAdmissionPolicies } from './compile.ts';
export { type AdmissionContext, type AdmissionInput, admissionInput } from './input.ts';
export { type AdmissionKind, admissionKind } from './kinds.ts';
export { type AdmissionMutation, type MutateAdmissionContext, mutateAdmission } from './mutate.ts';
export type { MutatingPolicy } from './mutating-policy.ts';
export { policyConcerns, policyKinds, policyReadsSurroundings, type ValidatingPolicy } from './policy.ts';
export {
  type AdmissionDetails,
  type AdmissionVerdict,
  type AuditAnnotation,
  askPolicy,
  type ReviewContext,
  reviewAdmission,
} from './review.ts';
export type { CostLimits } from './run.ts';
