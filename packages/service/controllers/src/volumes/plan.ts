import { compareQuantity, type KubeObject } from '@sekisho/kube';
import { selects } from '../kinds/selector.ts';
import type { LabelSelector } from '../kinds/workload.ts';

export const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';
export const PROVISIONER = 'sekisho.dev/simulated';
export const PROTECTION = 'kubernetes.io/pvc-protection';

export interface Claim extends KubeObject {
  spec: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly volumeMode?: string;
    readonly selector?: LabelSelector;
  };
  status?: { readonly phase?: string };
}

export interface Volume extends KubeObject {
  spec: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly volumeMode?: string;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
  };
  status?: { readonly phase?: string };
}

export interface StorageClass extends KubeObject {
  readonly provisioner?: string;
  readonly reclaimPolicy?: string;
}

export type Binding =
  | { readonly kind: 'bind'; readonly volume: Volume }
  | { readonly kind: 'provision'; readonly storageClass: StorageClass }
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string };

/** Which volume a claim gets: the one it names, one that is there and fits, or a new one of its class. */
export function planBinding(claim: Claim, volumes: readonly Volume[], classes: readonly StorageClass[]): Binding {
  const own = volumes.find(
    (volume) => volume.spec.claimRef?.uid !== undefined && volume.spec.claimRef.uid === claim.metadata.uid,
  );
  if (own !== undefined) return { kind: 'bind', volume: own };
  const { volumeName } = claim.spec;
  if (volumeName !== undefined && volumeName !== '') {
    const named = volumes.find(({ metadata }) => metadata.name === volumeName);
    if (named !== undefined && isFree(named, claim)) return { kind: 'bind', volume: named };
    return {
      kind: 'wait',
      reason: 'FailedBinding',
      message: `volume "${volumeName}" ${named === undefined ? 'not found' : 'already bound to a different claim.'}`,
    };
  }
  const storageClass = classOf(claim, classes);
  const className = claim.spec.storageClassName ?? storageClass?.metadata.name ?? '';
  const fitting = volumes.filter((volume) => fits(volume, claim, className)).sort(bySize);
  if (fitting[0] !== undefined) return { kind: 'bind', volume: fitting[0] };
  if (storageClass !== undefined) return { kind: 'provision', storageClass };
  return className === ''
    ? {
        kind: 'wait',
        reason: 'FailedBinding',
        message: 'no persistent volumes available for this claim and no storage class is set',
      }
    : { kind: 'wait', reason: 'ProvisioningFailed', message: `storageclass.storage.k8s.io "${className}" not found` };
}

function classOf(claim: Claim, classes: readonly StorageClass[]): StorageClass | undefined {
  const { storageClassName } = claim.spec;
  if (storageClassName !== undefined) return classes.find(({ metadata }) => metadata.name === storageClassName);
  return classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true');
}

function isFree(volume: Volume, claim: Claim): boolean {
  const { claimRef } = volume.spec;
  if (claimRef === undefined) return true;
  const { name, namespace, uid } = claim.metadata;
  return (
    claimRef.name === name &&
    claimRef.namespace === namespace &&
    (claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === uid)
  );
}

function fits(volume: Volume, claim: Claim, className: string): boolean {
  if (volume.metadata.deletionTimestamp !== undefined || !isFree(volume, claim)) return false;
  if (volume.spec.claimRef !== undefined) return true;
  const asked = claim.spec.resources?.requests?.['storage'] ?? '0';
  return (
    (volume.spec.storageClassName ?? '') === className &&
    (volume.spec.volumeMode ?? 'Filesystem') === (claim.spec.volumeMode ?? 'Filesystem') &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) === true) &&
    (claim.spec.selector === undefined || selects(claim.spec.selector, volume.metadata.labels)) &&
    compareQuantity(volume.spec.capacity?.['storage'] ?? '0', asked) >= 0
  );
}

function bySize(a: Volume, b: Volume): number {
  return compareQuantity(a.spec.capacity?.['storage'] ?? '0', b.spec.capacity?.['storage'] ?? '0');
}

/** The volume that a simulated class makes for a claim. Its name is that of the claim's uid: made twice it is one. */
export function provisionedVolume(claim: Claim, storageClass: StorageClass): Volume {
  const { name, namespace, uid = '' } = claim.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `pvc-${uid}`,
      annotations: { 'pv.kubernetes.io/provisioned-by': storageClass.provisioner ?? PROVISIONER },
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      ...(storageClass.metadata.name === undefined ? {} : { storageClassName: storageClass.metadata.name }),
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        ...(name === undefined ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
        uid,
      } as Volume['spec']['claimRef'] & object,
      hostPath: { path: `/simulated/pvc-${uid}`, type: '' },
    } as Volume['spec'],
  };
}
