import type { KubeObject } from '@sekisho/kube';
import type { Call } from '../api/call.ts';
import { collectionId } from '../api/registry.ts';
import { forbidden } from '../api/status-error.ts';
import type { Storage } from '../storage/storage.ts';

interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
  tolerations?: Toleration[];
  [field: string]: unknown;
}

interface Toleration {
  key?: string;
  operator?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** Service account, priority and the default tolerations, as the admission plugins of the same names set them. */
export function admitPod(storage: Storage, call: Call, object: KubeObject): KubeObject {
  const spec: PodSpec = { ...((object['spec'] ?? {}) as PodSpec) };
  const account = spec.serviceAccountName ?? spec.serviceAccount ?? 'default';
  spec.serviceAccountName = account === '' ? 'default' : account;
  spec.serviceAccount = spec.serviceAccountName;
  setPriority(storage, call, object, spec);
  spec.tolerations = withTolerations(spec.tolerations ?? []);
  return { ...object, spec };
}

const NOT_READY = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

function withTolerations(tolerations: readonly Toleration[]): Toleration[] {
  const added = [...tolerations];
  for (const key of NOT_READY) {
    const tolerated = tolerations.some(
      (one) =>
        (one.key === key || ((one.key ?? '') === '' && one.operator === 'Exists')) &&
        (one.effect ?? 'NoExecute') === 'NoExecute',
    );
    if (!tolerated) added.push({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: 300 });
  }
  return added;
}

function setPriority(storage: Storage, call: Call, object: KubeObject, spec: PodSpec): void {
  const classes = storage.collection(collectionId('scheduling.k8s.io', 'priorityclasses'));
  const name = spec.priorityClassName ?? '';
  const found =
    name === '' ? classes.range('').find((stored) => stored.object['globalDefault'] === true) : classes.head(name);
  if (name !== '' && found === undefined) {
    throw forbidden(call.resource.info, object.metadata.name ?? '', `no PriorityClass with name ${name} was found`);
  }
  spec.priority = typeof found?.object['value'] === 'number' ? found.object['value'] : 0;
  if (found !== undefined && name === '') spec.priorityClassName = found.object.metadata.name ?? '';
  spec.preemptionPolicy ??=
    typeof found?.object['preemptionPolicy'] === 'string' ? found.object['preemptionPolicy'] : 'PreemptLowerPriority';
}
