import type { KubeObject } from '@sekisho/kube';
import type { PolicyBundle, PolicyDocument } from '@sekisho/policy';
import type { PolicySetInfo, PolicyWorker } from '@sekisho/policy-worker';
import type { PolicySourceState } from './policy-sources/policy-sources.ts';

/** Which policies are others now. */
export interface PolicyChange {
  /** Ids of those that were added, removed, or say something else. */
  readonly changed: ReadonlySet<string>;
  /** Some Waiver was added, removed, changed, or expired. */
  readonly waivers: boolean;
}

/** All policies of the control cluster: they count for every cluster that is written to. */
export interface PolicyBook {
  /**
   * Asked at the gates check, sync and admission. Of the surroundings of the embedded cluster (IN_CLUSTER) it knows what
   * `info().needs`; those of other clusters are told by whoever asks about them.
   */
  readonly worker: PolicyWorker;
  /** Asked about what runs: in a thread of its own, which starts with the first question. Its surroundings are told by whoever asks. */
  readonly auditWorker: PolicyWorker;
  /** What counts now; nothing before it is ready. */
  info(): PolicySetInfo;
  /** Where a policy is written: an object of the control cluster, or the files of a PolicySource. */
  documentOf(policyId: string): PolicyDocument | PolicyBundle | undefined;
  /** All objects that are policies or waivers, those with faults too. */
  documents(): readonly PolicyDocument[];
  /** By the key of its object. */
  sourceOf(name: string): PolicySourceState | undefined;
  /** The ConstraintTemplate that a constraint is of. */
  templateOf(constraint: KubeObject): KubeObject | undefined;
  /** Called after each change of what counts. The returned function ends it. */
  onChange(listener: (change: PolicyChange) => void): () => void;
  /** Fulfilled once the policies that are there count. Rejected with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /**
   * Takes in what was written until now, for whoever would deny something by policies that may be past.
   * @returns whether anything is different now
   */
  catchUp(signal: AbortSignal): Promise<boolean>;
}
