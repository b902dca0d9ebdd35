export {
  createRegoWorkerPool,
  type LoadedPolicy,
  type RegoWorkerPool,
  type RegoWorkerPoolOptions,
  type WorkerEvaluation,
  type WorkerPolicySource,
} from './pool.ts';
