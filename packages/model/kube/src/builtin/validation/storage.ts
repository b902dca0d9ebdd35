import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { duplicate, invalid, required } from '../../schema/field-error.ts';
import { validateSelector } from './metadata.ts';
import { isDnsSubdomain, isQualifiedName } from './names.ts';
import { validateNodeSelector } from './pod-spec.ts';
import {
  addInvalid,
  type Errors,
  eachAt,
  type Json,
  listAt,
  oneVariant,
  recordAt,
  requireText,
  textAt,
} from './report.ts';
import { validateSource } from './volumes.ts';

export function validateClaim(claim: Json, errors: Errors): void {
  validateClaimSpec(recordAt(claim, 'spec') ?? {}, 'spec', errors);
}

export function validateClaimSpec(spec: Json, path: string, errors: Errors): void {
  if (listAt(spec, 'accessModes').length === 0) {
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  }
  validateAlone(listAt(spec, 'accessModes'), `${path}.accessModes`, errors);
  validateSelector(recordAt(spec, 'selector'), `${path}.selector`, errors);
  const storage = recordAt(recordAt(spec, 'resources'), 'requests')?.['storage'];
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else positive(storage, `${path}.resources[storage]`, errors);
  const storageClass = textAt(spec, 'storageClassName');
  if (storageClass !== '') addInvalid(errors, `${path}.storageClassName`, storageClass, isDnsSubdomain(storageClass));
}

function validateAlone(modes: readonly unknown[], path: string, errors: Errors): void {
  if (modes.length > 1 && modes.includes('ReadWriteOncePod')) {
    errors.push({
      path,
      type: 'forbidden',
      message: 'Forbidden: may not use ReadWriteOncePod with other access modes',
    });
  }
}

function positive(quantity: unknown, path: string, errors: Errors): void {
  if (tryParseQuantity(quantity) !== undefined && compareQuantity(quantity as string, 0) <= 0) {
    errors.push(invalid(path, quantity, 'must be greater than zero'));
  }
}

const volumeSources = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
];

export function validatePersistentVolume(volume: Json, errors: Errors): void {
  const spec = recordAt(volume, 'spec') ?? {};
  if (listAt(spec, 'accessModes').length === 0) errors.push(required('spec.accessModes'));
  validateAlone(listAt(spec, 'accessModes'), 'spec.accessModes', errors);
  const capacity = recordAt(spec, 'capacity');
  if (capacity === undefined || Object.keys(capacity).length === 0) errors.push(required('spec.capacity'));
  else if (capacity['storage'] === undefined) {
    errors.push({
      path: 'spec.capacity',
      type: 'notSupported',
      value: capacity,
      message: `Unsupported value: ${JSON.stringify(capacity)}: supported values: "storage"`,
    });
  } else positive(capacity['storage'], 'spec.capacity[storage]', errors);
  const source = oneVariant(errors, spec, 'spec', volumeSources, {
    missing: 'must specify a volume type',
    several: 'may not specify more than 1 volume type',
  });
  const value = source === undefined ? undefined : recordAt(spec, source);
  if (source !== undefined && value !== undefined) {
    validateSource(source, value, `spec.${source}`, errors);
    if (source === 'csi') requireText(errors, value, 'volumeHandle', 'spec.csi');
  }
  const affinity = recordAt(recordAt(spec, 'nodeAffinity'), 'required');
  if (affinity !== undefined) validateNodeSelector(affinity, 'spec.nodeAffinity.required', errors);
  else if (source === 'local') {
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
  const storageClass = textAt(spec, 'storageClassName');
  if (storageClass !== '') addInvalid(errors, 'spec.storageClassName', storageClass, isDnsSubdomain(storageClass));
}

export function validateStorageClass(storageClass: Json, errors: Errors): void {
  const provisioner = textAt(storageClass, 'provisioner');
  if (provisioner === '') errors.push(required('provisioner'));
  else addInvalid(errors, 'provisioner', provisioner, isQualifiedName(provisioner.toLowerCase()));
  eachAt(storageClass, 'allowedTopologies', '', (term, at) => validateTopology(term, at.slice(1), errors));
  const policy = textAt(storageClass, 'reclaimPolicy');
  if (policy !== '' && policy !== 'Delete' && policy !== 'Retain') {
    errors.push({
      path: 'reclaimPolicy',
      type: 'notSupported',
      value: policy,
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Delete", "Retain"`,
    });
  }
}

function validateTopology(term: Json, path: string, errors: Errors): void {
  const keys = new Set<string>();
  eachAt(term, 'matchLabelExpressions', path, (expression, at) => {
    const values = listAt(expression, 'values');
    if (values.length === 0) errors.push(required(`${at}.values`));
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) errors.push(duplicate(`${at}.values[${index}]`, value));
    });
    const key = textAt(expression, 'key');
    addInvalid(errors, `${at}.key`, key, isQualifiedName(key));
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    keys.add(key);
  });
}

export function validateVolumeAttachment(attachment: Json, errors: Errors): void {
  const spec = recordAt(attachment, 'spec');
  requireText(errors, spec, 'attacher', 'spec');
  requireText(errors, spec, 'nodeName', 'spec');
}
