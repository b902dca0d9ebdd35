import { type GroupVersionKind, type KubeObject, matchesLabels } from '@sekisho/kube';
import type { Surroundings } from '../policy-set/surroundings.ts';
import type { ParamRef } from './binding.ts';
import { builtinResource } from './resource.ts';

/** One evaluation for each, undefined for one without; or why they can't be had. */
export type Params = readonly (KubeObject | undefined)[] | { readonly error: string };

/**
 * The parameters that a binding names.
 *
 * @param namespace  of the object that is judged; '' when it is in none
 * @see apiserver, policy/generic: CollectParams
 */
export function findParams(
  kind: GroupVersionKind | undefined,
  ref: ParamRef | undefined,
  namespace: string,
  surroundings: Pick<Surroundings, 'list'>,
): Params {
  if (kind === undefined || ref === undefined) return [undefined];
  const candidates = inScope(kind, ref, namespace, surroundings);
  if ('error' in candidates) return candidates;
  const found = candidates.filter(({ metadata }) =>
    ref.name === undefined ? matchesLabels(ref.selector, metadata?.labels) : metadata?.name === ref.name,
  );
  if (found.length === 0 && ref.ifNotFound === 'Deny')
    return { error: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
  return found;
}

function inScope(
  kind: GroupVersionKind,
  ref: ParamRef,
  namespace: string,
  surroundings: Pick<Surroundings, 'list'>,
): readonly KubeObject[] | { readonly error: string } {
  const clusterScoped = isNamespaced(kind) === true ? [] : surroundings.list(kind, '');
  const isCluster = isNamespaced(kind) === false || clusterScoped.length > 0;
  if (isCluster)
    return ref.namespace === undefined
      ? clusterScoped
      : { error: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`' };
  const own = ref.namespace ?? namespace;
  if (own !== '') return surroundings.list(kind, own);
  // Of a kind that is not Kubernetes' own and has no objects, nobody knows whether it is in namespaces.
  if (isNamespaced(kind) === undefined) return [];
  return { error: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources' };
}

function isNamespaced({ group, kind }: GroupVersionKind): boolean | undefined {
  return builtinResource(group, kind)?.namespaced;
}
