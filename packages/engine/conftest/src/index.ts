export { type CheckInput, checkFile } from './check-file.ts';
export type { CheckDocument, Evaluator, FilePosition, InputPath, RuleClauses } from './evaluator.ts';
export { pathsOfFindings } from './finding-position.ts';
export { selectNamespaces } from './namespace.ts';
export {
  type FormatOptions,
  formatResults,
  isOutputFormat,
  type OutputFormat,
  outputFormats,
} from './output/format.ts';
export { countExceptions, readFinding } from './read-finding.ts';
export {
  type CheckResult,
  type Counts,
  countResults,
  exitStatus,
  type Finding,
  type FindingLocation,
} from './result.ts';
export { exceptionNameOf, ruleKindOf } from './rule-name.ts';
