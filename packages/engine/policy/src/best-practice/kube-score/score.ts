import type { KubeObject } from '@sekisho/kube';
import type { PolicyObject } from '../../verdict.ts';
import { Field } from '../object/field.ts';
import type { PodTemplate } from '../object/pod-template.ts';
import { parseVersion } from '../version.ts';
import { isEnabled, type Switches } from './annotations.ts';
import { type Check, type CheckInfo, type CheckSettings, type Comment, type Grade, noPod } from './check.ts';
import { createObjectSet, namespaceOf, scoredKindOf, scoredPodOf } from './object-set.ts';
import { kubeScoreChecks } from './registry.ts';

export interface ScoreOptions {
  /** Of the cluster that is meant: `1.31`, `v1.31`. Default 1.18, as in kube-score. */
  readonly kubernetesVersion?: string;
  /** Ids of optional checks to run. */
  readonly enabledOptional?: readonly string[];
  /** Ids of checks that do not run at all. */
  readonly ignored?: readonly string[];
  /** Whether `kube-score/ignore` counts. Default true. */
  readonly useIgnoreAnnotation?: boolean;
  /** Whether `kube-score/enable` counts. Default true. */
  readonly useEnableAnnotation?: boolean;
  readonly ignoreContainerCpuLimit?: boolean;
  readonly ignoreContainerMemoryLimit?: boolean;
  /** Default 2. */
  readonly minReplicasDeployment?: number;
  /** Default 2. */
  readonly minReplicasHpa?: number;
}

/** What is there besides the objects that are scored. */
export interface ScoreNeighbours {
  /** They are looked up, but not scored. */
  readonly around?: readonly KubeObject[];
  /** Nobody knows what else there is: checks that would complain about what is missing don't run. */
  readonly unknown?: boolean;
}

export interface CheckResult {
  readonly check: CheckInfo;
  /** As the check found it, even when it was skipped. */
  readonly grade: Grade;
  /** It does not apply, is ignored, or is optional and not enabled. */
  readonly skipped: boolean;
  readonly comments: readonly Comment[];
}

export interface ScoredObject {
  readonly subject: PolicyObject;
  readonly results: readonly CheckResult[];
}

/**
 * Runs every check of kube-score over objects that belong together: what selects or names another object is looked up
 * among them.
 * @returns one entry per object, in the given order
 */
export function scoreObjects(
  objects: readonly PolicyObject[],
  options: ScoreOptions = {},
  { around = [], unknown = false }: ScoreNeighbours = {},
): readonly ScoredObject[] {
  const settings = settingsOf(options);
  const switches: Switches = {
    enabledOptional: new Set(options.enabledOptional ?? []),
    useIgnoreAnnotation: options.useIgnoreAnnotation ?? true,
    useEnableAnnotation: options.useEnableAnnotation ?? true,
  };
  const ignored = new Set(options.ignored ?? []);
  const checks = kubeScoreChecks.filter((check) => !ignored.has(check.id) && !(unknown && check.relational));
  const set = createObjectSet([...objects.map(({ object }) => object), ...around]);
  return objects.map((subject) => {
    const root = Field.root(subject.object);
    const context = { root, namespace: namespaceOf(root), set, settings };
    const pod = scoredPodOf(subject.object);
    const kind = scoredKindOf(subject.object);
    const results = checks
      .filter(({ target }) => target === 'all' || (target === 'Pod' ? pod !== undefined : target === kind))
      .map((check): CheckResult => {
        const { grade, skipped = false, comments } = check.run(context, pod ?? noPod);
        if (isEnabled(check, annotatedPlaces(check, root, pod), switches)) return { check, grade, skipped, comments };
        const summary = `Skipped because ${check.id} is ignored`;
        return { check, grade, skipped: true, comments: [{ path: '', summary, description: '' }] };
      });
    return { subject, results };
  });
}

function annotatedPlaces(check: Check, root: Field, pod: PodTemplate | undefined): readonly Field[] {
  const own = root.at('metadata', 'annotations');
  return check.target === 'Pod' && pod !== undefined ? [pod.metadata.at('annotations'), own] : [own];
}

const DEFAULT_VERSION = [1, 18] as const;

function settingsOf(options: ScoreOptions): CheckSettings {
  return {
    kubernetesVersion: parseVersion(options.kubernetesVersion) ?? DEFAULT_VERSION,
    ignoreContainerCpuLimit: options.ignoreContainerCpuLimit ?? false,
    ignoreContainerMemoryLimit: options.ignoreContainerMemoryLimit ?? false,
    minReplicasDeployment: options.minReplicasDeployment ?? 2,
    minReplicasHpa: options.minReplicasHpa ?? 2,
  };
}
