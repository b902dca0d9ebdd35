export {
  type AdmissionDecision,
  type AdmissionEvidence,
  type AdmissionOptions,
  BREAK_GLASS_ANNOTATION,
  decideAdmissions,
  validation as decideValidation,
} from './decide.ts';
export { type AdmissionRequest, gateRequestOf } from './request.ts';
export { admissionReviewOf, readAdmissionReview } from './review.ts';
