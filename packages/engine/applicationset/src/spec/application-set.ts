import type { LabelSelector, Requirement } from '@sekisho/kube';
import type { JsonRecord } from '../sources.ts';

/** An ApplicationSet that was read and is sound as far as it can be told before its generators run. */
export interface ApplicationSet {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly spec: ApplicationSetSpec;
  /** `argocd.argoproj.io/application-set-refresh` is there: whoever generated takes it off. */
  readonly refreshRequested: boolean;
  readonly isBeingDeleted: boolean;
}

export interface ApplicationSetSpec {
  readonly generators: readonly Generator[];
  /** `metadata` and `spec` of the Applications. */
  readonly template: JsonRecord;
  /** YAML text: a strategic merge patch of each Application. */
  readonly templatePatch?: string;
  /** Go templates; otherwise `{{name}}` is replaced and nothing else. */
  readonly goTemplate: boolean;
  /** `missingkey=error` and the like. */
  readonly goTemplateOptions: readonly string[];
  /** What the set itself wishes; see {@link effectivePolicy}. */
  readonly applicationsSync?: ApplicationsSync;
  readonly preserveResourcesOnDeletion: boolean;
  readonly strategy: Strategy;
  readonly preservedFields: { readonly annotations: readonly string[]; readonly labels: readonly string[] };
  readonly ignoreApplicationDifferences: readonly ApplicationDifference[];
}

/** What may be done with Applications that are there already. */
export type ApplicationsSync = 'create-only' | 'create-update' | 'create-delete' | 'sync';

export interface ApplicationDifference {
  /** '' is every Application. */
  readonly name: string;
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
}

export type Strategy =
  | { readonly type: 'AllAtOnce'; readonly deletionOrder: DeletionOrder }
  | { readonly type: 'RollingSync'; readonly deletionOrder: DeletionOrder; readonly steps: readonly RolloutStep[] };

/** In which order Applications go when the set is deleted. `Reverse`: the last step first; only with RollingSync. */
export type DeletionOrder = 'AllAtOnce' | 'Reverse';

export interface RolloutStep {
  /** Labels of Applications; all of them must be met. */
  readonly match: readonly Requirement[];
  /** How many may sync at a time: a count, or `25%`. Absent: all. 0: none, until a person syncs them. */
  readonly maxUpdate?: number | `${number}%`;
}

export const generatorTypes = [
  'list',
  'clusters',
  'git',
  'scmProvider',
  'pullRequest',
  'clusterDecisionResource',
  'plugin',
  'matrix',
  'merge',
] as const;

export type GeneratorType = (typeof generatorTypes)[number];

/** One generator, as written: those within a matrix are read again after their texts were filled in. */
export interface Generator {
  readonly type: GeneratorType;
  /** `spec.generators[0].matrix.generators[1]`. */
  readonly path: string;
  /** What stands under its type's name. */
  readonly settings: JsonRecord;
  /** Those of a matrix or merge. */
  readonly nested: readonly Generator[];
  readonly requeueAfterSeconds?: number;
  /** Takes the parameter sets that it matches; absent: all. */
  readonly selector?: LabelSelector;
  /** `template` of the generator: it wins over the set's. */
  readonly template?: JsonRecord;
}

export type Parameters = Readonly<Record<string, unknown>>;
