export type { AdmittedReview, PlainWaiver, PolicySetInfo } from './job.ts';
export {
  type AdmissionPlace,
  createPolicyWorker,
  type Place,
  type PolicyWorker,
  type PolicyWorkerOptions,
} from './worker.ts';
