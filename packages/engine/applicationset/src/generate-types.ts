import type { Diagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { TreeRequest } from './sources.ts';
import type { Parameters } from './spec/application-set.ts';

export interface GenerateOptions {
  /** What `now` of templates is. Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<GenerateLimits>;
  /** Secret of the installation that random functions of templates draw from. Default ''. */
  readonly seed?: string;
  /** Lets other work of the process run; awaited every few Applications and generators. */
  readonly yield?: () => Promise<void>;
}

export interface GenerateLimits {
  /** Parameter sets of one generator. Default 10,000. */
  readonly maxParameterSets: number;
  /** Applications of the set. Default 10,000. */
  readonly maxApplications: number;
  /** Files and directories that one git generator looks at. Default 200,000. */
  readonly maxPaths: number;
  /** Bytes of one file of a git generator. Default 1 MiB. */
  readonly maxFileBytes: number;
  /** Bytes of all files of one git generator. Default 64 MiB. */
  readonly maxBytes: number;
  /** Steps that all templates may take together; those with less than 4096 are not counted. Default 50,000,000: about half a minute. */
  readonly maxTemplateSteps: number;
}

/** Why a set could not be worked out; reasons of the condition ErrorOccurred. */
export type GenerateFailure = 'ApplicationParamsGenerationError' | 'RenderTemplateParamsError';

export interface Generated {
  /** What could be generated; when `failure` is there, nothing of it may be applied. */
  readonly applications: readonly GeneratedEntry[];
  readonly diagnostics: readonly Diagnostic[];
  /** Reason of the first fault. */
  readonly failure?: GenerateFailure;
  /** Which repositories were read: generate again when their revision moves. */
  readonly repositories: readonly TreeRequest[];
  /** After how many seconds it should be generated again; absent: only when something changes. */
  readonly requeueAfterSeconds?: number;
}

export interface GeneratedEntry {
  readonly application: KubeObject;
  readonly params: Parameters;
  /** `spec.generators[0]`. */
  readonly generator: string;
}
