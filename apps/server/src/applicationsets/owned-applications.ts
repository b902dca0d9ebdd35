import { deepEqual, type KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';

/** `namespace/name` of the ApplicationSet that made it; undefined when none did. */
export function ownerKeyOf({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const isSet = owner?.kind === 'ApplicationSet' && owner.apiVersion.startsWith('argoproj.io/');
  return isSet ? `${metadata.namespace}/${owner.name}` : undefined;
}

/** Whether a change of an Application can mean anything to its set; most changes are progress of its own. */
export function changesRollout(before: KubeObject, after: KubeObject): boolean {
  if (before['spec'] !== after['spec'] && !deepEqual(before['spec'], after['spec'])) return true;
  const meta = ({ metadata }: KubeObject) => {
    const { labels, annotations, finalizers, ownerReferences, deletionTimestamp, uid } = metadata;
    return { labels, annotations, finalizers, ownerReferences, deletionTimestamp, uid };
  };
  return !deepEqual(meta(before), meta(after)) || !deepEqual(seenOf(before), seenOf(after));
}

function seenOf({ status, operation }: KubeObject) {
  const { sync, health, operationState, reconciledAt, conditions } = asRecord(status);
  const { status: state, revision, revisions } = asRecord(sync);
  const { phase, startedAt } = asRecord(operationState);
  return {
    state,
    revision,
    revisions,
    health: asRecord(health)['status'],
    phase,
    startedAt,
    reconciledAt,
    conditions,
    hasOperation: operation !== undefined,
  };
}
