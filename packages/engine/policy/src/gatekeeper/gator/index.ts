export {
  type BenchEngine,
  type BenchOutcome,
  type BenchResult,
  type GatorBenchOptions,
  gatorBench,
} from './bench.ts';
export { type BenchComparison, type CompareOptions, compareBench, readBaseline } from './bench-compare.ts';
export { type BenchOutput, benchReport, comparisonReport } from './bench-report.ts';
export { type GatorExpandOptions, gatorExpand } from './expand.ts';
export { parseFilter, type SuiteFilter } from './filter.ts';
export type { TraceText } from './observe-reviews.ts';
export { type GatorFile, readDocuments } from './read-documents.ts';
export type { GatorReport } from './report.ts';
export { type GatorSuite, isSuite, readSuite } from './suite.ts';
export { gatorSyncTest, type SyncTestOptions } from './sync-test.ts';
export { type GatorTestOptions, gatorTest } from './test.ts';
export { gatorVerify, type ReadSuiteFile, type SuiteOutcome, type VerifyOptions } from './verify.ts';
export { verifyReport } from './verify-report.ts';
