import type { KubeObject, OwnerReference } from '@sekisho/kube';
import type { ApplicationSet } from '../spec/application-set.ts';

const API_VERSION = 'argoproj.io/v1alpha1';
const KIND = 'ApplicationSet';

/** Whether the set made the Application: it is its controller, by name, as for Argo CD. */
export function isOwned(application: KubeObject, set: Pick<ApplicationSet, 'name' | 'namespace'>): boolean {
  const owner = controllerOf(application);
  return (
    owner !== undefined &&
    isOwner(owner, set.name) &&
    (set.namespace === '' || application.metadata.namespace === set.namespace)
  );
}

/** The controller of an Application when it is another than the set. */
export function otherOwner(application: KubeObject, set: ApplicationSet): OwnerReference | undefined {
  const owner = controllerOf(application);
  return owner === undefined || isOwner(owner, set.name) ? undefined : owner;
}

/** Its owners with the set as the controller. */
export function ownersWith(application: KubeObject | undefined, { name, uid }: ApplicationSet): OwnerReference[] {
  const reference = { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: true };
  const owners = application?.metadata.ownerReferences ?? [];
  const index = owners.findIndex((owner) => isOwner(owner, name));
  return index < 0 ? [...owners, reference] : owners.with(index, reference);
}

export function ownersWithout(application: KubeObject, { name }: ApplicationSet): OwnerReference[] {
  return (application.metadata.ownerReferences ?? []).filter((owner) => !isOwner(owner, name));
}

function controllerOf(application: KubeObject): OwnerReference | undefined {
  return application.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function isOwner(owner: OwnerReference, name: string): boolean {
  return owner.kind === KIND && owner.name === name && owner.apiVersion.startsWith('argoproj.io/');
}
