export * from './best-practice/index.ts';
export { locateField } from './field-path.ts';
export * from './gatekeeper/index.ts';
export type { Surroundings } from './policy-set/surroundings.ts';
export type {
  ConcernQuestion,
  Explanation,
  Gate,
  GateContext,
  GateMutation,
  GateRequest,
  GateVerdict,
  PolicyAction,
  PolicyBundle,
  PolicyFile,
  PolicySet,
  PolicySources,
  PolicySummary,
} from './policy-set/types.ts';
export * from './stackrox/index.ts';
export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';
export type { WaivedPolicy, Waiver } from './waiver/waiver.ts';
