import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { conditionsOf, objectAt, stringAt } from './json.ts';

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
 * Scopes of the kinds that definitions among `objects` will bring: a kind that is created together with its definition is
 * not known to the cluster yet.
 */
export function scopesOfDefinitions(objects: Iterable<KubeObject>): ReadonlyMap<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const object of objects) {
    const defined = definedKind(object);
    if (defined !== undefined) scopes.set(`${defined.group}/${defined.kind}`, defined.namespaced);
  }
  return scopes;
}

/** A kind that an object brings to its cluster. */
export interface DefinedKind {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether the live definition says that the kind is there. */
  readonly isServed: (live: KubeObject) => boolean;
}

/** What a CustomResourceDefinition defines; or a ConstraintTemplate, of which Gatekeeper makes a definition. */
export function definedKind(object: KubeObject): DefinedKind | undefined {
  const { group } = parseApiVersion(object.apiVersion);
  const spec = objectAt(object, 'spec');
  if (object.kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io') {
    const kind = stringAt(objectAt(spec, 'names'), 'kind');
    const namespaced = stringAt(spec, 'scope') !== 'Cluster';
    return kind === '' ? undefined : { group: stringAt(spec, 'group'), kind, namespaced, isServed: isEstablished };
  }
  if (object.kind === 'ConstraintTemplate' && group === 'templates.gatekeeper.sh') {
    const kind = stringAt(objectAt(objectAt(objectAt(spec, 'crd'), 'spec'), 'names'), 'kind');
    if (kind !== '') return { group: 'constraints.gatekeeper.sh', kind, namespaced: false, isServed: isCreated };
  }
  return undefined;
}

function isEstablished(live: KubeObject): boolean {
  return conditionsOf(live).some(({ type, status }) => type === 'Established' && status === 'True');
}

/** @see Gatekeeper, ConstraintTemplateStatus */
function isCreated(live: KubeObject): boolean {
  return objectAt(live, 'status')?.['created'] === true;
}
