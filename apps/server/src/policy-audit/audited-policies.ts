import type { PolicySetInfo, PolicyWorker } from '@sekisho/policy-worker';

/** The policies by which clusters are audited. */
export interface AuditedPolicies {
  /** Where they are asked. */
  readonly worker: Pick<PolicyWorker, 'judgeMany' | 'concerns' | 'surround'>;
  /** Those that count now. */
  info(): PolicySetInfo | undefined;
  /** Called after others count. */
  onChange(listener: () => void): () => void;
}
