export type { Constraint } from './constraint.ts';
export type { PolicyDocument } from './document.ts';
export type { EnforcementPoint } from './enforcement.ts';
export { compileExpansions, type ExpandContext, type Expansions, expandObject, type Resultant } from './expansion.ts';
export type { ExternalData, ExternalDataRequest, ExternalDataResponse } from './external-data.ts';
export * from './gator/index.ts';
export { createInventory } from './inventory.ts';
export { type Matcher, type MatchOutcome, type MatchSubject, parseMatch, type Source } from './match.ts';
export {
  compileMutators,
  type MutateContext,
  type MutationResult,
  type Mutators,
  mutateObject,
} from './mutation/index.ts';
export { compileGatekeeper, type GatekeeperOptions, type GatekeeperPolicies } from './policies.ts';
export {
  type ConstraintVerdict,
  type Review,
  type ReviewOptions,
  reviewObject,
  reviewOf,
  templateReview,
} from './review.ts';
export { type GatekeeperConfig, isSynced, type Process } from './sync.ts';
export type { ConstraintTemplate } from './template.ts';
