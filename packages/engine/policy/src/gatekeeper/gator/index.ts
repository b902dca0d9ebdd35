export { type GatorExpandOptions, gatorExpand } from './expand.ts';
export { parseFilter, type SuiteFilter } from './filter.ts';
export { type GatorFile, readDocuments } from './read-documents.ts';
export type { GatorReport } from './report.ts';
export { type GatorSuite, isSuite, readSuite } from './suite.ts';
export { type GatorTestOptions, gatorTest } from './test.ts';
export { gatorVerify, type ReadSuiteFile, type SuiteOutcome, type VerifyOptions } from './verify.ts';
export { verifyReport } from './verify-report.ts';
