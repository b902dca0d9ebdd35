import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { readTrackingId } from '@sekisho/sync';

type Lookup = (
  kind: { readonly group: string; readonly kind: string },
  name: string,
  namespace: string,
) => KubeObject | undefined;

/** Pod, ReplicaSet, Deployment, and whatever custom resource made that. */
const MAX_LEVELS = 6;

/** The application instance whose tracking annotation the object has, or the nearest of its owners that has one. */
export function owningInstance(object: KubeObject, get: Lookup): string | undefined {
  let current: KubeObject | undefined = object;
  for (let level = 0; current !== undefined && level < MAX_LEVELS; level++) {
    const instance = readTrackingId(current)?.app;
    if (instance !== undefined) return instance;
    const owners: NonNullable<KubeObject['metadata']['ownerReferences']> = current.metadata.ownerReferences ?? [];
    const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
    if (owner === undefined) return undefined;
    const { group } = parseApiVersion(owner.apiVersion);
    const kind = { group, kind: owner.kind };
    // The owner is of the same namespace, or of none.
    current = get(kind, owner.name, current.metadata.namespace ?? '') ?? get(kind, owner.name, '');
  }
  return undefined;
}
