import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type {
  AdmissionDecision,
  AdmissionEvidence,
  AdmissionRequest,
  ConcernTable,
  ExemptionOptions,
  Explanation,
  Gate,
  GateMutation,
  GateRequest,
  GateVerdict,
  PolicyBundle,
  PolicyDocument,
  PolicySummary,
  Waiver,
} from '@sekisho/policy';

/** What a thread must know before it can do a job, in parts: told once. */
export type PreludePart =
  | {
      readonly kind: 'settings';
      /** The number of the policy that runs, from 1; 0 between policies. Shared with the owner. */
      readonly progress: SharedArrayBuffer;
      readonly exempt: ExemptionOptions;
    }
  | { readonly kind: 'documents'; readonly documents: readonly PlainDocument[] }
  | { readonly kind: 'bundle'; readonly bundle: PolicyBundle }
  /** All documents and bundles of a set were told. */
  | { readonly kind: 'compile' }
  | { readonly kind: 'surround'; readonly change: SurroundChange }
  /** Of the `judgeTogether` that follows; `from` is the place of the first one. */
  | { readonly kind: 'requests'; readonly from: number; readonly requests: readonly GateRequest[] };

export interface PlainSources {
  readonly documents: readonly PlainDocument[];
  readonly bundles: readonly PolicyBundle[];
}

/** As it travels: a function can't. */
export type PlainDocument = Pick<PolicyDocument, 'object' | 'origin'>;

export interface SurroundChange {
  readonly cluster: string;
  readonly put: readonly KubeObject[];
  readonly remove: readonly Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>[];
}

/** At which gate, in the surroundings of which cluster. */
export interface JobPlace {
  readonly gate: Gate;
  readonly cluster: string;
  readonly now: number;
  readonly policies?: readonly string[] | undefined;
  readonly waivers?: readonly PlainDocument[] | undefined;
}

export type Job =
  | { readonly kind: 'load' }
  | { readonly kind: 'judge'; readonly place: JobPlace; readonly requests: readonly GateRequest[] }
  /** About the requests that were told before. */
  | { readonly kind: 'judgeTogether'; readonly place: JobPlace }
  | { readonly kind: 'mutate'; readonly place: JobPlace; readonly request: GateRequest }
  | { readonly kind: 'admission'; readonly questions: readonly AdmissionQuestion[] }
  | {
      readonly kind: 'explain';
      readonly place: JobPlace;
      readonly request: GateRequest;
      readonly verdict: GateVerdict;
    };

/** One admission request: parsed, or the bytes of its AdmissionReview. */
export type AdmissionQuestion =
  | { readonly kind: 'decide'; readonly place: JobPlace; readonly step: Step; readonly request: AdmissionRequest }
  | { readonly kind: 'admit'; readonly place: JobPlace; readonly step: Step; readonly body: Uint8Array };

export type Step = 'mutate' | 'validate';

/** What a thread answers to each kind of job. */
export interface Answers {
  readonly load: PolicySetInfo;
  readonly judge: readonly (readonly GateVerdict[])[];
  readonly judgeTogether: readonly GateVerdict[];
  readonly mutate: GateMutation;
  readonly admission: readonly AdmissionAnswer[];
  readonly explain: Explanation | undefined;
}

/** As the question was asked; or what went wrong with it alone. */
export type AdmissionAnswer = { readonly answer: AdmissionDecision | AdmittedReview } | { readonly fault: string };

/** What a compiled set tells about itself. */
export interface PolicySetInfo {
  readonly policies: readonly PolicySummary[];
  readonly waivers: readonly PlainWaiver[];
  readonly diagnostics: readonly Diagnostic[];
  /** Kinds that the surroundings of each cluster must hold, besides Namespace. */
  readonly needs: readonly GroupVersionKind[];
  readonly concernTable: ConcernTable;
}

export type PlainWaiver = Omit<Waiver, 'covers'>;

/** An AdmissionReview that answers another. */
export interface AdmittedReview {
  /** HTTP status: 400 for what is no AdmissionReview. */
  readonly status: number;
  /** JSON. */
  readonly body: Uint8Array;
  readonly allowed: boolean;
  /** Where policies had a word about it. */
  readonly evidence?: AdmissionEvidence;
  /** What the evidence is about. */
  readonly request?: Omit<AdmissionRequest, 'object' | 'oldObject' | 'options'>;
}
