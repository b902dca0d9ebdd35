import type { Container, EnvSource, Pod } from '../kinds/pod.ts';

/** What the node can look up; `keys` is undefined when the object does not exist. */
export interface ReferenceSource {
  configMapKeys(namespace: string, name: string): ReadonlySet<string> | undefined;
  secretKeys(namespace: string, name: string): ReadonlySet<string> | undefined;
}

export interface ReferenceProblem {
  /** The container that can't be made; undefined when a volume can't be mounted, which holds all of them. */
  readonly container: string | undefined;
  readonly message: string;
}

/** The first required ConfigMap, Secret or key that a pod needs and that is not there. */
export function findReferenceProblem(pod: Pod, source: ReferenceSource): ReferenceProblem | undefined {
  const namespace = pod.metadata.namespace ?? '';
  for (const volume of pod.spec.volumes ?? []) {
    const { configMap, secret } = volume;
    if (configMap?.name !== undefined && configMap.optional !== true) {
      if (source.configMapKeys(namespace, configMap.name) === undefined) {
        return volumeProblem(volume.name, `configmap "${configMap.name}" not found`);
      }
    }
    if (secret?.secretName !== undefined && secret.optional !== true) {
      if (source.secretKeys(namespace, secret.secretName) === undefined) {
        return volumeProblem(volume.name, `secret "${secret.secretName}" not found`);
      }
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const message = containerProblem(container, namespace, source);
    if (message !== undefined) return { container: container.name, message };
  }
  return undefined;
}

function volumeProblem(volume: string, cause: string): ReferenceProblem {
  return { container: undefined, message: `MountVolume.SetUp failed for volume "${volume}" : ${cause}` };
}

function containerProblem(container: Container, namespace: string, source: ReferenceSource): string | undefined {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const problem =
      missing('configmap', configMapRef, (name) => source.configMapKeys(namespace, name), namespace) ??
      missing('secret', secretRef, (name) => source.secretKeys(namespace, name), namespace);
    if (problem !== undefined) return problem;
  }
  for (const { valueFrom } of container.env ?? []) {
    const problem =
      missing('configmap', valueFrom?.configMapKeyRef, (name) => source.configMapKeys(namespace, name), namespace) ??
      missing('secret', valueFrom?.secretKeyRef, (name) => source.secretKeys(namespace, name), namespace);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function missing(
  kind: 'configmap' | 'secret',
  reference: EnvSource | undefined,
  keysOf: (name: string) => ReadonlySet<string> | undefined,
  namespace: string,
): string | undefined {
  if (reference === undefined || reference.optional === true) return undefined;
  const keys = keysOf(reference.name);
  if (keys === undefined) return `${kind} "${reference.name}" not found`;
  if (reference.key === undefined || keys.has(reference.key)) return undefined;
  const title = kind === 'configmap' ? 'ConfigMap' : 'Secret';
  return `couldn't find key ${reference.key} in ${title} ${namespace}/${reference.name}`;
}
