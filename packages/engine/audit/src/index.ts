export { type ChainProof, chain, entryOf, GENESIS, proveChain } from './chain.ts';
export { type AuditFormat, auditFormats, formatAuditEntry } from './export.ts';
export type {
  AuditActor,
  AuditEntry,
  AuditFact,
  AuditHead,
  AuditObject,
  AuditProblem,
  AuditProblemKind,
  AuditRow,
} from './types.ts';
