import { isSekishoError } from '@sekisho/base';
import type { EventRecorder } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, STORAGE_CLASSES } from '../kinds/resources.ts';
import { isFinished } from '../pods/pod-state.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import {
  type Claim,
  DEFAULT_CLASS_ANNOTATION,
  PROTECTION,
  PROVISIONER,
  planBinding,
  provisionedVolume,
  type StorageClass,
  type Volume,
} from './plan.ts';

const DEFAULT_CLASS = 'standard';
const CLAIM_INDEX = 'claim';

/** Binds claims to volumes, makes volumes of simulated storage classes, and reclaims what is let go. */
export function startVolumeController(runtime: ControllerRuntime): void {
  const { client } = runtime;
  const claims = runtime.informer(PERSISTENT_VOLUME_CLAIMS);
  const volumes = runtime.informer(PERSISTENT_VOLUMES);
  const classes = runtime.informer(STORAGE_CLASSES);
  const pods = runtime.informer(PODS);
  const recorder = runtime.recorder('persistentvolume-controller');
  pods.index(CLAIM_INDEX, (pod) => claimKeysOf(pod as Pod));

  const classQueue = runtime.queue('storage-class', 1, async () => {
    if (classes.list().length === 0) await ensureClass(runtime);
    return undefined;
  });
  classQueue.add(DEFAULT_CLASS);

  const claimQueue = runtime.queue('claims', 8, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const claim = claims.get(name, namespace) as Claim | undefined;
    if (claim === undefined) return undefined;
    if (claim.metadata.deletionTimestamp !== undefined) return unprotect(claim, key);
    return bind(claim, signal);
  });
  const volumeQueue = runtime.queue('volumes', 4, async (key, signal) => {
    const volume = volumes.get(key) as Volume | undefined;
    if (volume !== undefined) await settleVolume(volume, signal);
    return undefined;
  });

  claims.on(({ type, object }) => {
    const { volumeName } = (object as Claim).spec;
    if (type !== 'DELETED') claimQueue.add(keyOf(object));
    if (volumeName !== undefined && volumeName !== '') volumeQueue.add(volumeName);
  });
  volumes.on(({ type, object }) => {
    const { claimRef } = (object as Volume).spec;
    if (type !== 'DELETED') volumeQueue.add(object.metadata.name ?? '');
    if (claimRef?.name !== undefined) claimQueue.add(`${claimRef.namespace ?? ''}/${claimRef.name}`);
    else retryPending();
  });
  classes.on(() => retryPending());
  pods.on(({ type, object }) => {
    if (type !== 'DELETED' && !isFinished(object as Pod)) return;
    for (const key of claimKeysOf(object as Pod)) claimQueue.add(key);
  });

  function retryPending(): void {
    for (const claim of claims.list() as Claim[]) if (claim.status?.phase !== 'Bound') claimQueue.add(keyOf(claim));
  }

  async function bind(claim: Claim, signal: AbortSignal): Promise<undefined> {
    const { volumeName } = claim.spec;
    if (claim.status?.phase === 'Bound' && volumeName !== undefined && volumeName !== '') {
      if (volumes.get(volumeName) === undefined)
        await setClaimStatus(claim, { ...claim.status, phase: 'Lost' }, signal);
      return undefined;
    }
    const binding = planBinding(claim, volumes.list() as Volume[], classes.list() as StorageClass[]);
    if (binding.kind === 'wait') return waitFor(claim, binding.reason, binding.message, signal);
    const volume =
      binding.kind === 'bind'
        ? await reserve(binding.volume, claim, signal)
        : await provision(claim, binding.storageClass, signal);
    const named = await nameVolume(claim, volume, signal);
    const { accessModes, capacity } = volume.spec;
    await setClaimStatus(named, { phase: 'Bound', accessModes, capacity }, signal);
    return undefined;
  }

  async function waitFor(claim: Claim, reason: string, message: string, signal: AbortSignal): Promise<undefined> {
    recorder.event(claim, reason === 'ProvisioningFailed' ? 'Warning' : 'Normal', reason, message);
    if (claim.status?.phase === undefined) await setClaimStatus(claim, { ...claim.status, phase: 'Pending' }, signal);
    return undefined;
  }

  async function provision(claim: Claim, storageClass: StorageClass, signal: AbortSignal): Promise<Volume> {
    const wanted = provisionedVolume(claim, storageClass);
    const created = (await client.create(PERSISTENT_VOLUMES, wanted).catch((error) => {
      if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
      return client.get(PERSISTENT_VOLUMES, wanted.metadata.name ?? '');
    })) as Volume;
    tellProvisioned(recorder, claim, created);
    await runtime.observed(PERSISTENT_VOLUMES, created, signal);
    return created;
  }

  async function reserve(volume: Volume, claim: Claim, signal: AbortSignal): Promise<Volume> {
    const { name, namespace, uid } = claim.metadata;
    if (volume.spec.claimRef?.uid === uid) return volume;
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid };
    const next = { ...volume, spec: { ...volume.spec, claimRef } };
    const written = (await client.update(PERSISTENT_VOLUMES, next)) as Volume;
    await runtime.observed(PERSISTENT_VOLUMES, written, signal);
    return written;
  }

  async function nameVolume(claim: Claim, volume: Volume, signal: AbortSignal): Promise<Claim> {
    const volumeName = volume.metadata.name ?? '';
    if (claim.spec.volumeName === volumeName) return claim;
    const storageClassName = claim.spec.storageClassName ?? volume.spec.storageClassName;
    const spec = { ...claim.spec, volumeName, ...(storageClassName === undefined ? {} : { storageClassName }) };
    const annotations = {
      ...claim.metadata.annotations,
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    };
    const next = { ...claim, metadata: { ...claim.metadata, annotations }, spec };
    const written = await client.update(PERSISTENT_VOLUME_CLAIMS, next);
    await runtime.observed(PERSISTENT_VOLUME_CLAIMS, written, signal);
    return written as Claim;
  }

  async function setClaimStatus(claim: Claim, status: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    if (deepEqual(claim.status, status)) return;
    const written = await client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, status }, { subresource: 'status' });
    await runtime.observed(PERSISTENT_VOLUME_CLAIMS, written, signal);
  }

  /** A claim in use by a pod stays until that pod has ended. */
  async function unprotect(claim: Claim, key: string): Promise<undefined> {
    const { name = '', namespace, finalizers = [], uid, resourceVersion } = claim.metadata;
    if (!finalizers.includes(PROTECTION)) return undefined;
    if ((pods.byIndex(CLAIM_INDEX, key) as Pod[]).some((pod) => !isFinished(pod))) return undefined;
    const body = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((one) => one !== PROTECTION) } };
    await client.patch(PERSISTENT_VOLUME_CLAIMS, name, namespace, { kind: 'merge', body });
    return undefined;
  }

  /** Available, Bound or Released; a released volume of the policy Delete is deleted. */
  async function settleVolume(volume: Volume, signal: AbortSignal): Promise<void> {
    if (volume.metadata.deletionTimestamp !== undefined) return;
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    if (claimRef?.uid === undefined || claimRef.uid === '') return setPhase(volume, 'Available', signal);
    const claim =
      claims.get(claimRef.name ?? '', claimRef.namespace) ??
      (await client.getIfExists(PERSISTENT_VOLUME_CLAIMS, claimRef.name ?? '', claimRef.namespace));
    if (claim !== undefined && claim.metadata.uid === claimRef.uid) return setPhase(volume, 'Bound', signal);
    if (persistentVolumeReclaimPolicy !== 'Delete') return setPhase(volume, 'Released', signal);
    await client.delete(PERSISTENT_VOLUMES, volume.metadata.name ?? '', undefined).catch((error) => {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    });
  }

  async function setPhase(volume: Volume, phase: string, signal: AbortSignal): Promise<void> {
    if (volume.status?.phase === phase) return;
    const next = { ...volume, status: { ...volume.status, phase } };
    const written = await client.update(PERSISTENT_VOLUMES, next, { subresource: 'status' });
    await runtime.observed(PERSISTENT_VOLUMES, written, signal);
  }
}

function tellProvisioned(recorder: EventRecorder, claim: Claim, volume: Volume): void {
  const message = `Successfully provisioned volume ${volume.metadata.name} (simulated: nothing is stored)`;
  recorder.event(claim, 'Normal', 'ProvisioningSucceeded', message);
}

async function ensureClass({ client }: ControllerRuntime): Promise<void> {
  const storageClass: KubeObject = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: DEFAULT_CLASS, annotations: { [DEFAULT_CLASS_ANNOTATION]: 'true' } },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  };
  try {
    await client.create(STORAGE_CLASSES, storageClass);
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS') && !isNamespaceTerminating(error)) throw error;
  }
}

function claimKeysOf(pod: Pod): string[] {
  const { namespace = '', name = '' } = pod.metadata;
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [`${namespace}/${volume.persistentVolumeClaim.claimName}`];
    return volume.ephemeral === undefined ? [] : [`${namespace}/${name}-${volume.name}`];
  });
}
