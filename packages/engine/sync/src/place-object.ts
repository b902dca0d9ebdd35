import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { objectAt, stringAt } from './json.ts';

/**
 * The object in the namespace it goes to: its own, else the application's. Cluster-scoped objects have none.
 *
 * @param namespaced undefined when the kind is not known to the cluster: then the namespace is set, as Argo CD does
 * @returns the same instance when nothing changes
 */
export function placeObject(
  object: KubeObject,
  namespaced: boolean | undefined,
  destinationNamespace: string,
): KubeObject {
  const { namespace } = object.metadata;
  if (namespaced === false) {
    if (namespace === undefined) return object;
    const { namespace: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  if ((namespace !== undefined && namespace !== '') || destinationNamespace === '') return object;
  return { ...object, metadata: { ...object.metadata, namespace: destinationNamespace } };
}

/**
 * Scopes of the kinds that CustomResourceDefinitions among `objects` will serve: a kind that is created together with
 * its definition is not known to the cluster yet.
 */
export function scopesOfDefinitions(objects: Iterable<KubeObject>): ReadonlyMap<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const object of objects) {
    if (!isDefinition(object)) continue;
    const spec = objectAt(object, 'spec');
    const kind = stringAt(objectAt(spec, 'names'), 'kind');
    if (kind !== '') scopes.set(`${stringAt(spec, 'group')}/${kind}`, stringAt(spec, 'scope') !== 'Cluster');
  }
  return scopes;
}

export function isDefinition(object: KubeObject): boolean {
  return (
    object.kind === 'CustomResourceDefinition' && parseApiVersion(object.apiVersion).group === 'apiextensions.k8s.io'
  );
}
