export type { Builtin, BuiltinContext, OutsideWorld } from './builtins/builtin.ts';
export { BuiltinFault } from './builtins/builtin.ts';
export {
  applyPatch,
  type Bundle,
  type BundleFaultCode,
  type BundleFiles,
  type BundleLimits,
  type BundleModule,
  type Manifest,
  mergeBundles,
  type OptimizeOptions,
  optimizeBundle,
  type PatchOperation,
  pruneBundle,
  type ReadBundleOptions,
  readBundle,
  type SigningOptions,
  signBundle,
  type TrustedKey,
  type Verification,
  verifyBundle,
  writeBundle,
} from './bundle/index.ts';
export { type NeededDocuments, neededDocuments } from './compile/needed-documents.ts';
export {
  createDecisionLogEntry,
  type Decision,
  type DecisionLogEntry,
  type DecisionLogOptions,
} from './decision-log/decision-log.ts';
export type { RegoFault, RegoFaultCode } from './fault.ts';
export { formatFaults } from './fault-format.ts';
export {
  type FindingPathsOptions,
  type FindingSource,
  findingPaths,
  findingSources,
} from './finding-paths/finding-paths.ts';
export { evaluatePartially, type PartialOptions, type PartialResult } from './partial/partial.ts';
export {
  compilePolicy,
  type Derivation,
  type Entrypoint,
  type EvaluateOptions,
  type Policy,
  type PolicyModule,
  type PolicyOptions,
  type Query,
  type QueryResult,
} from './policy.ts';
export { Coverage, type FileCoverage } from './runtime/coverage.ts';
export { type EvaluationErrorCode, RegoEvaluationError } from './runtime/error.ts';
export type { EvaluationLimits, EvaluationSettings } from './runtime/evaluation.ts';
export type { InputPath, Observers, TraceEvent, Tracer } from './runtime/hooks.ts';
export { Profile, type ProfileEntry } from './runtime/profile.ts';
export type { Annotations, Body, Expr, Import, Module, RegoVersion, Rule, Term } from './syntax/ast.ts';
export { formatModule } from './syntax/format.ts';
export { formatExpr, formatTerm } from './syntax/format-term.ts';
export { annotationsToJson, bodyToJson, moduleToJson } from './syntax/json.ts';
export type { Location } from './syntax/location.ts';
export { parseModule, parseQuery } from './syntax/parser.ts';
export { fromJson, parseJson, toJson } from './value/json.ts';
export { mergeDocuments } from './value/merge-documents.ts';
export { BigNumber, type NumberValue } from './value/number.ts';
export { type PlainObject, RegoObject, RegoSet, type Value } from './value/value.ts';
