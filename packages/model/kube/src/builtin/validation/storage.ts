import { duplicate, required } from '../../schema/field-error.ts';
import { positiveQuantity, validateSeparateModes } from './claim.ts';
import { isDnsSubdomain, isQualifiedName } from './names.ts';
import { validateNodeSelector } from './node-selector.ts';
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
  validateSeparateModes(listAt(spec, 'accessModes'), 'spec.accessModes', errors);
  const capacity = recordAt(spec, 'capacity');
  if (capacity === undefined || Object.keys(capacity).length === 0) errors.push(required('spec.capacity'));
  else if (capacity['storage'] === undefined) {
    errors.push({
      path: 'spec.capacity',
      type: 'notSupported',
      value: capacity,
      message: `Unsupported value: ${JSON.stringify(capacity)}: supported values: "storage"`,
    });
  } else positiveQuantity(capacity['storage'], 'spec.capacity[storage]', errors);
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
