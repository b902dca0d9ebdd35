export {
  type EvaluationRequest,
  type Job,
  type JobAnswer,
  JobRunner,
  unpackResults,
} from './job-runner.ts';
export { type PackedValue, packValue, unpackValue } from './packed-value.ts';
