import { applyMergePatch, createMergePatch, deepEqual, type KubeObject } from '@sekisho/kube';
import { type IgnoreRule, ignoredFields, type JsonPath, objectKeyOf, withoutFields } from '@sekisho/sync';
import type { ApplicationDifference } from '../spec/application-set.ts';
import { ownersWith } from './ownership.ts';
import type { ApplicationUpdate, PlanInput } from './plan-types.ts';

/** What Sekisho and Argo CD note at Applications: no set takes it away. */
const STATE_ANNOTATIONS = [
  'notified.notifications.argoproj.io',
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/hydrate',
  'sekisho.dev/held-revisions',
  'sekisho.dev/operation-id',
  'sekisho.dev/confirm-prune',
];
const HOOK_FINALIZERS = /^(?:pre|post)-delete-finalizer\.argocd\.argoproj\.io(?:\/|$)/;

export type MergeSettings = Pick<PlanInput, 'set' | 'jqPaths' | 'preservedAnnotations' | 'preservedLabels'>;

/** What a live Application should be, and the patch that makes it so; an empty patch: it is. */
export function updateOf(live: KubeObject, generated: KubeObject, settings: MergeSettings): ApplicationUpdate {
  const wished = wishedObject(live, generated, settings);
  const differences = settings.set.spec.ignoreApplicationDifferences.filter(
    ({ name }) => name === '' || name === live.metadata.name,
  );
  const patch =
    differences.length === 0
      ? createMergePatch(live, wished)
      : patchBesides(live, wished, differences, settings.jqPaths);
  const desired = Object.keys(patch).length === 0 ? live : (applyMergePatch(live, patch) as KubeObject);
  return { live, desired, patch };
}

/** Whether a sync of the set would change what the Application deploys. */
export function changesSpec(live: KubeObject, generated: KubeObject, settings: MergeSettings): boolean {
  if (deepEqual(generated['spec'], live['spec'])) return false;
  return !deepEqual(updateOf(live, generated, settings).desired['spec'], live['spec']);
}

function wishedObject(live: KubeObject, generated: KubeObject, settings: MergeSettings): KubeObject {
  const { set, preservedAnnotations = [], preservedLabels = [] } = settings;
  const { preservedFields } = set.spec;
  const annotations = keep(generated.metadata.annotations, live.metadata.annotations, [
    ...STATE_ANNOTATIONS,
    ...preservedFields.annotations,
    ...preservedAnnotations,
  ]);
  const labels = keep(generated.metadata.labels, live.metadata.labels, [...preservedFields.labels, ...preservedLabels]);
  const hooks = (live.metadata.finalizers ?? []).filter((finalizer) => HOOK_FINALIZERS.test(finalizer));
  const finalizers = [...new Set([...(generated.metadata.finalizers ?? []), ...hooks])];
  const { annotations: _a, labels: _l, finalizers: _f, ...metadata } = live.metadata;
  return {
    ...live,
    metadata: {
      ...metadata,
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ownerReferences: ownersWith(live, set),
    },
    spec: generated['spec'],
    ...(generated['operation'] === undefined ? {} : { operation: generated['operation'] }),
  };
}

function keep(
  generated: Readonly<Record<string, string>> | undefined,
  live: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Record<string, string> | undefined {
  const kept = keys.flatMap((key) => {
    const value = live !== undefined && Object.hasOwn(live, key) ? live[key] : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  const merged = { ...generated, ...Object.fromEntries(kept) };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** The patch between what both are without the ignored fields: a list with a difference beside them is replaced as a whole. */
function patchBesides(
  live: KubeObject,
  wished: KubeObject,
  differences: readonly ApplicationDifference[],
  jqPaths: ((expression: string, object: KubeObject) => readonly JsonPath[]) | undefined,
): Readonly<Record<string, unknown>> {
  const key = objectKeyOf(live);
  const rules = differences.map(
    ({ jsonPointers, jqPathExpressions }): IgnoreRule => ({
      ...key,
      jsonPointers,
      jqPathExpressions,
      managedFieldsManagers: [],
    }),
  );
  const ignored = ignoredFields({ rules, ...(jqPaths === undefined ? {} : { jqPaths }) }, key, wished, live);
  if (ignored === undefined) return createMergePatch(live, wished);
  return createMergePatch(withoutFields(live, ignored.live), withoutFields(wished, ignored.desired));
}
