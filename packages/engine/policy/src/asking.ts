/**
 * What those need who ask policies and act on the answers: questions, waivers, what is made of verdicts. It loads no engine,
 * which takes half a second and 20 MiB: whoever leaves compiling to a thread imports this door.
 */
export * from './admission-review/index.ts';
export {
  type ApplicationRequests,
  type AskTogether,
  applicationRequests,
  judgeApplication,
} from './application/application-requests.ts';
export { type ApplicationVerdict, toApplicationVerdict } from './application/application-verdict.ts';
export * from './audit/index.ts';
export { createFieldOrigins, type FieldOriginOptions, type FieldOrigins } from './field-origin/field-origins.ts';
export { locateField } from './field-path.ts';
export type { PolicyDocument } from './gatekeeper/document.ts';
export { type ConcernQuestion, type ConcernTable, concernsIn } from './policy-set/concern-table.ts';
export { type ExemptionOptions, isExempt } from './policy-set/exemption.ts';
export { type FilesPlace, type PolicySourceSpec, parsePolicySource } from './policy-set/parse-source.ts';
export { isPolicyObject } from './policy-set/policy-kinds.ts';
export { createSurroundings, type Surroundings } from './policy-set/surroundings.ts';
export type {
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
export { formatVerdict, kubernetesLine, kubernetesMessage } from './policy-set/verdict-text.ts';
export { undecidedVerdict } from './policy-set/verdicts.ts';
export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';
export { isWaiver, parseWaiver, type WaiverOptions } from './waiver/parse-waiver.ts';
export type { WaivedPolicy, Waiver } from './waiver/waiver.ts';
