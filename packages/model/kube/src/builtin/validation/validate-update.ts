import type { KubeObject } from '../../object.ts';
import { parseApiVersion } from '../../object.ts';
import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { type FieldError, forbidden, immutable, invalid } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { typeNameOf } from '../type-data.ts';
import { validatePodUpdate } from './pod-update.ts';
import { type Errors, type Json, listAt, recordAt, textAt } from './report.ts';
import { sameJson } from './same-json.ts';

type UpdateRules = (old: Json, next: Json, errors: Errors) => void;

/** Fields by path that may not change once the object exists. */
function fixed(...paths: readonly string[]): UpdateRules {
  return (old, next, errors) => {
    for (const path of paths) {
      const keys = path.split('.');
      const after = valueAt(next, keys);
      if (!sameJson(valueAt(old, keys), after)) errors.push(immutable(path, after));
    }
  };
}

function valueAt(object: Json, keys: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of keys) value = isRecord(value) ? value[key] : undefined;
  return value;
}

const rules: ReadonlyMap<string, UpdateRules> = new Map<string, UpdateRules>([
  ['core/v1.Pod', validatePodUpdate],
  ['core/v1.ConfigMap', (old, next, errors) => validateFrozen(old, next, ['data', 'binaryData'], errors)],
  [
    'core/v1.Secret',
    (old, next, errors) => {
      fixed('type')(old, next, errors);
      validateFrozen(old, next, ['data'], errors);
    },
  ],
  ['core/v1.Service', validateServiceUpdate],
  ['core/v1.PersistentVolumeClaim', validateClaimUpdate],
  ['core/v1.PersistentVolume', validateVolumeUpdate],
  ['apps/v1.Deployment', fixed('spec.selector')],
  ['apps/v1.ReplicaSet', fixed('spec.selector')],
  ['apps/v1.DaemonSet', fixed('spec.selector')],
  ['apps/v1.StatefulSet', validateStatefulSetUpdate],
  ['apps/v1.ControllerRevision', fixed('data')],
  ['batch/v1.Job', validateJobUpdate],
  ['discovery/v1.EndpointSlice', fixed('addressType')],
  ['networking/v1.IngressClass', fixed('spec.controller')],
  ['node/v1.RuntimeClass', fixed('handler')],
  ['rbac/v1.RoleBinding', validateRoleRef],
  ['rbac/v1.ClusterRoleBinding', validateRoleRef],
  ['scheduling/v1.PriorityClass', validatePriorityUpdate],
  ['storage/v1.StorageClass', validateStorageClassUpdate],
  ['storage/v1.VolumeAttachment', fixed('spec')],
  ['storage/v1.CSIDriver', fixed('spec.attachRequired', 'spec.volumeLifecycleModes')],
  ['core/v1.ResourceQuota', fixed('spec.scopes')],
  ['resource/v1.ResourceClaim', fixed('spec')],
  ['certificates/v1.CertificateSigningRequest', fixed('spec')],
  [
    'apiextensions/v1.CustomResourceDefinition',
    fixed('spec.group', 'spec.scope', 'spec.names.kind', 'spec.names.plural'),
  ],
]);

const fixedMetadata = ['name', 'namespace', 'uid', 'creationTimestamp'] as const;

/**
 * What may not change when an object is replaced: identity for every kind, and each built-in kind's immutable fields.
 *
 * @param old  as stored; not modified
 * @param next as it shall be, with defaults applied; not modified
 */
export function validateBuiltinUpdate(old: KubeObject, next: KubeObject): FieldError[] {
  const errors: Errors = [];
  const before = metadataOf(old);
  const after = metadataOf(next);
  for (const key of fixedMetadata) {
    const value = after[key];
    if (value !== undefined && before[key] !== undefined && value !== before[key]) {
      errors.push(immutable(`metadata.${key}`, value));
    }
  }
  if (before['deletionTimestamp'] !== undefined) {
    const known = new Set(listAt(before, 'finalizers'));
    const added = listAt(after, 'finalizers').filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const fault = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
      errors.push(forbidden('metadata.finalizers', fault));
    }
  }
  const { group, version } = parseApiVersion(next.apiVersion);
  const name = typeNameOf(group, version, next.kind);
  if (name !== undefined) rules.get(name)?.(old, next, errors);
  return errors;
}

function metadataOf(object: Json): Json {
  return recordAt(object, 'metadata') ?? {};
}

/** `immutable: true` of ConfigMaps and Secrets can not be taken back, and nothing else changes. */
function validateFrozen(old: Json, next: Json, fields: readonly string[], errors: Errors): void {
  if (old['immutable'] !== true) return;
  const fault = 'field is immutable when `immutable` is set';
  if (next['immutable'] !== true) errors.push(forbidden('immutable', fault));
  for (const field of fields) {
    if (!sameJson(old[field], next[field])) errors.push(forbidden(field, fault));
  }
}

function validateServiceUpdate(old: Json, next: Json, errors: Errors): void {
  const before = recordAt(old, 'spec') ?? {};
  const after = recordAt(next, 'spec') ?? {};
  if (textAt(before, 'type') === 'ExternalName' || textAt(after, 'type') === 'ExternalName') return;
  const oldIps = listAt(before, 'clusterIPs');
  const newIps = listAt(after, 'clusterIPs');
  const oldIp = textAt(before, 'clusterIP');
  const newIp = textAt(after, 'clusterIP');
  if (oldIp !== '' && newIp !== '' && oldIp !== newIp) {
    errors.push(invalid('spec.clusterIPs[0]', newIps.length > 0 ? newIps : [newIp], 'may not change once set'));
  } else if (oldIps[0] !== undefined && newIps[0] !== undefined && oldIps[0] !== newIps[0]) {
    errors.push(invalid('spec.clusterIPs[0]', newIps, 'may not change once set'));
  }
}

const claimFault =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function validateClaimUpdate(old: Json, next: Json, errors: Errors): void {
  const before = recordAt(old, 'spec') ?? {};
  const after = recordAt(next, 'spec') ?? {};
  // The volume is named once, when the claim is bound; the class may be filled in later.
  const ignored: Json = { resources: undefined, volumeAttributesClassName: undefined };
  if (textAt(before, 'volumeName') === '') ignored['volumeName'] = undefined;
  if (before['storageClassName'] === undefined) ignored['storageClassName'] = undefined;
  if (!sameJson({ ...before, ...ignored }, { ...after, ...ignored })) errors.push(forbidden('spec', claimFault));
  const oldSize = recordAt(recordAt(before, 'resources'), 'requests')?.['storage'];
  const newSize = recordAt(recordAt(after, 'resources'), 'requests')?.['storage'];
  if (tryParseQuantity(oldSize) === undefined || tryParseQuantity(newSize) === undefined) return;
  const change = compareQuantity(newSize as string, oldSize as string);
  const bound = textAt(recordAt(old, 'status'), 'phase') === 'Bound';
  if (change < 0) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  } else if (change > 0 && !bound) {
    errors.push(forbidden('spec', claimFault));
  }
}

function validateVolumeUpdate(old: Json, next: Json, errors: Errors): void {
  const source = (volume: Json): Json => {
    const spec = { ...recordAt(volume, 'spec') };
    for (const key of notSource) delete spec[key];
    return spec;
  };
  if (!sameJson(source(old), source(next))) {
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  fixed('spec.volumeMode')(old, next, errors);
  const affinity = recordAt(recordAt(old, 'spec'), 'nodeAffinity');
  const after = recordAt(next, 'spec')?.['nodeAffinity'];
  if (affinity !== undefined && !sameJson(affinity, after)) {
    errors.push(invalid('nodeAffinity', after, 'field is immutable, except for updating from beta label to GA'));
  }
}

const notSource = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
];

const mutableStatefulSet = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function validateStatefulSetUpdate(old: Json, next: Json, errors: Errors): void {
  const rest = (set: Json): Json => {
    const spec = { ...recordAt(set, 'spec') };
    for (const key of mutableStatefulSet) delete spec[key];
    return spec;
  };
  if (sameJson(rest(old), rest(next))) return;
  const [last, ...others] = mutableStatefulSet.map((field) => `'${field}'`).reverse();
  const list = `${others.reverse().join(', ')} and ${last}`;
  errors.push(forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`));
}

function validateJobUpdate(old: Json, next: Json, errors: Errors): void {
  const before = recordAt(old, 'spec') ?? {};
  const after = recordAt(next, 'spec') ?? {};
  fixed(
    'spec.selector',
    'spec.completionMode',
    'spec.podFailurePolicy',
    'spec.backoffLimitPerIndex',
    'spec.managedBy',
    'spec.successPolicy',
  )(old, next, errors);
  if (!sameJson(before['completions'], after['completions'])) {
    // Elastic indexed jobs change both numbers together.
    const elastic = after['completionMode'] === 'Indexed' && after['completions'] === after['parallelism'];
    if (!elastic) errors.push(immutable('spec.completions', after['completions']));
  }
  const status = recordAt(old, 'status');
  const neverStarted = before['suspend'] === true && status?.['startTime'] === undefined;
  const template = (spec: Json): unknown =>
    neverStarted ? withoutScheduling(recordAt(spec, 'template')) : spec['template'];
  if (!sameJson(template(before), template(after))) errors.push(immutable('spec.template', after['template']));
}

/** A suspended job that never ran may still be told where to run. */
function withoutScheduling(template: Json | undefined): Json {
  const spec = { ...recordAt(template, 'spec') };
  for (const key of ['affinity', 'nodeSelector', 'tolerations', 'schedulingGates']) delete spec[key];
  const metadata = { ...recordAt(template, 'metadata') };
  delete metadata['labels'];
  delete metadata['annotations'];
  return { ...template, metadata, spec };
}

function validateRoleRef(old: Json, next: Json, errors: Errors): void {
  if (!sameJson(old['roleRef'], next['roleRef'])) {
    errors.push(invalid('roleRef', next['roleRef'], 'cannot change roleRef'));
  }
}

function validatePriorityUpdate(old: Json, next: Json, errors: Errors): void {
  if ((old['value'] ?? 0) !== (next['value'] ?? 0)) {
    errors.push(forbidden('value', 'may not be changed in an update.'));
  }
  if (!sameJson(old['preemptionPolicy'], next['preemptionPolicy'])) {
    errors.push(immutable('preemptionPolicy', next['preemptionPolicy']));
  }
}

function validateStorageClassUpdate(old: Json, next: Json, errors: Errors): void {
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy']) {
    if (!sameJson(old[field], next[field])) errors.push(forbidden(field, `updates to ${field} are forbidden.`));
  }
  if (!sameJson(old['volumeBindingMode'], next['volumeBindingMode'])) {
    errors.push(immutable('volumeBindingMode', next['volumeBindingMode']));
  }
}
