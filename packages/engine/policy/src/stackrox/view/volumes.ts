import type { Field } from '../../best-practice/object/field.ts';

/** A volume where a container mounts it. Secrets are none: StackRox counts them apart. */
export interface MountedVolume {
  readonly mount: Field;
  readonly name: string;
  /** `HostPath`, `PersistentVolumeClaim` … */
  readonly type: string;
  /** Where it comes from: the path on the host, the name of the claim … */
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
  readonly propagation: 'NONE' | 'HOSTTOCONTAINER' | 'BIDIRECTIONAL';
}

/** The field of each kind of volume that names its source. */
const sources: Readonly<Record<string, readonly string[]>> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskURI'],
  azureFile: ['shareName'],
  cinder: ['volumeID'],
  configMap: ['name'],
  csi: ['driver'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  gitRepo: ['repository'],
  glusterfs: ['endpoints'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  persistentVolumeClaim: ['claimName'],
  rbd: ['image'],
};

export function volumesOf(container: Field, podSpec: Field): readonly MountedVolume[] {
  const volumes = new Map(
    podSpec
      .at('volumes')
      .items()
      .map((volume) => [volume.at('name').text ?? '', volume]),
  );
  return container
    .at('volumeMounts')
    .items()
    .flatMap((mount) => {
      const name = mount.at('name').text ?? '';
      const volume = volumes.get(name);
      const kind = volume === undefined ? undefined : kindOf(volume);
      if (kind === 'secret') return [];
      return [
        {
          mount,
          name,
          type: kind === undefined ? '' : `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`,
          source: volume === undefined || kind === undefined ? '' : sourceOf(volume, kind),
          destination: mount.at('mountPath').text ?? '',
          readOnly: mount.at('readOnly').isTrue,
          propagation: propagationOf(mount),
        },
      ];
    });
}

function kindOf(volume: Field): string | undefined {
  const entries = Object.entries(volume.value ?? {});
  return entries.find(([key, entry]) => key !== 'name' && entry !== null && entry !== undefined)?.[0];
}

function sourceOf(volume: Field, kind: string): string {
  const keys = Object.hasOwn(sources, kind) ? (sources[kind] ?? []) : [];
  return keys.map((key) => volume.at(kind, key).text ?? '').join('');
}

function propagationOf(mount: Field): MountedVolume['propagation'] {
  switch (mount.at('mountPropagation').text) {
    case 'HostToContainer':
      return 'HOSTTOCONTAINER';
    case 'Bidirectional':
      return 'BIDIRECTIONAL';
    default:
      return 'NONE';
  }
}
