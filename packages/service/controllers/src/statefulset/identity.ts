import type { KubeObject } from '@sekisho/kube';
import type { Pod, PodTemplate, Volume } from '../kinds/pod.ts';
import { STATEFUL_SETS } from '../kinds/resources.ts';
import type { StatefulSet } from '../kinds/workload.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name ?? ''}-${ordinal}`;
}

/** The ordinal in a pod's name; undefined when it is no name of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name ?? ''}-`;
  const { name = '' } = pod.metadata;
  if (!name.startsWith(prefix)) return undefined;
  const text = name.slice(prefix.length);
  return /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : undefined;
}

export function claimName(template: string, pod: string): string {
  return `${template}-${pod}`;
}

/** The pod at `ordinal` as `template` of `revision` says, with its stable name, host name and claims. */
export function statefulPod(set: StatefulSet, ordinal: number, template: PodTemplate, revision: string): Pod {
  const name = podName(set, ordinal);
  const { serviceName } = set.spec;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map(({ metadata }) => metadata.name));
  const volumes: Volume[] = [
    ...claims.map(({ metadata }) => ({
      name: metadata.name ?? '',
      persistentVolumeClaim: { claimName: claimName(metadata.name ?? '', name) },
    })),
    ...(template.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name)),
  ];
  return podFromTemplate({
    ownerType: STATEFUL_SETS,
    owner: set,
    template,
    name,
    labels: { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision },
    spec: {
      hostname: name,
      ...(serviceName === undefined || serviceName === '' ? {} : { subdomain: serviceName }),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  });
}

/** The claims of the pod at `ordinal`. They outlive it unless the retention policy ties them to the set. */
export function statefulClaims(set: StatefulSet, ordinal: number): KubeObject[] {
  const tied = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(template.metadata.name ?? '', podName(set, ordinal)),
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ...(tied ? { ownerReferences: [newControllerRef(STATEFUL_SETS, set)] } : {}),
    },
    spec: template.spec,
  }));
}
