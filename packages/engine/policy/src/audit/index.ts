export {
  type AuditBatch,
  type AuditedPolicy,
  type AuditedWaiver,
  type AuditState,
  createAuditState,
} from './audit-state.ts';
export {
  type AuditChange,
  type AuditViolation,
  type KnownViolation,
  noChange,
  type ViolationDecision,
} from './violation.ts';
