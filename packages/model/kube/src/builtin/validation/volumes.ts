import { duplicate, invalid, required } from '../../schema/field-error.ts';
import { validateClaimSpec } from './claim.ts';
import { validateLocalPath, validateResourceRef } from './containers.ts';
import { isDnsLabel } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, numberAt, oneVariant, recordAt, requireText } from './report.ts';

const wording = { missing: 'must specify a volume type', several: 'may not specify more than 1 volume type' };

/** Checks the volumes of a pod and returns their names. */
export function validateVolumes(spec: Json, path: string, errors: Errors): Set<string> {
  const names = new Set<string>();
  eachAt(spec, 'volumes', path, (volume, at) => {
    const name = requireText(errors, volume, 'name', at);
    if (name !== undefined) {
      const faults = isDnsLabel(name);
      addInvalid(errors, `${at}.name`, name, faults);
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    const source = oneVariant(errors, volume, at, sources, wording);
    const value = source === undefined ? undefined : recordAt(volume, source);
    if (source !== undefined && value !== undefined) validateSource(source, value, `${at}.${source}`, errors);
  });
  return names;
}

/** The field that a kind of volume can not do without. */
const requiredFields: Readonly<Record<string, readonly string[]>> = {
  configMap: ['name'],
  secret: ['secretName'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
  local: ['path'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  flexVolume: ['driver'],
  iscsi: ['targetPortal', 'iqn'],
  cinder: ['volumeID'],
  azureFile: ['shareName'],
  azureDisk: ['diskName', 'diskURI'],
};

/** Checks one volume source, of a pod or a persistent volume. */
export function validateSource(source: string, value: Json, path: string, errors: Errors): void {
  for (const key of (Object.hasOwn(requiredFields, source) ? requiredFields[source] : undefined) ?? []) {
    requireText(errors, value, key, path);
  }
  switch (source) {
    case 'configMap':
    case 'secret':
      validateMode(value, 'defaultMode', path, errors);
      validateItems(value, path, errors);
      break;
    case 'downwardAPI':
      validateMode(value, 'defaultMode', path, errors);
      validateDownward(value, path, errors);
      break;
    case 'local':
    case 'hostPath': {
      const hostPath = value['path'];
      if (typeof hostPath === 'string' && hostPath.split('/').includes('..')) {
        errors.push(invalid(`${path}.path`, hostPath, "must not contain '..'"));
      }
      break;
    }
    case 'nfs': {
      const nfsPath = value['path'];
      if (typeof nfsPath === 'string' && nfsPath !== '' && !nfsPath.startsWith('/')) {
        errors.push(invalid(`${path}.path`, nfsPath, 'must be an absolute path'));
      }
      break;
    }
    case 'projected':
      validateMode(value, 'defaultMode', path, errors);
      eachAt(value, 'sources', path, (projection, at) => validateProjection(projection, at, errors));
      break;
    case 'ephemeral': {
      const template = recordAt(value, 'volumeClaimTemplate');
      if (template === undefined) errors.push(required(`${path}.volumeClaimTemplate`));
      else validateClaimSpec(recordAt(template, 'spec') ?? {}, `${path}.volumeClaimTemplate.spec`, errors);
      break;
    }
  }
}

function validateProjection(projection: Json, path: string, errors: Errors): void {
  const source = oneVariant(errors, projection, path, Object.keys(projection), {
    missing: 'must specify a projection type',
    several: 'may not specify more than 1 volume type',
  });
  const value = source === undefined ? undefined : recordAt(projection, source);
  if (value === undefined) return;
  const at = `${path}.${source}`;
  if (source === 'configMap' || source === 'secret') {
    requireText(errors, value, 'name', at);
    validateItems(value, at, errors);
  } else if (source === 'downwardAPI') {
    validateDownward(value, at, errors);
  } else if (source === 'serviceAccountToken') {
    requireText(errors, value, 'path', at);
    const expiry = numberAt(value, 'expirationSeconds');
    if (expiry !== undefined && expiry < 600) {
      errors.push(invalid(`${at}.expirationSeconds`, expiry, 'may not specify a duration less than 10 minutes'));
    }
  }
}

function validateItems(value: Json, path: string, errors: Errors): void {
  eachAt(value, 'items', path, (item, at) => {
    requireText(errors, item, 'key', at);
    const target = requireText(errors, item, 'path', at);
    if (target !== undefined) validateLocalPath(target, `${at}.path`, errors);
    validateMode(item, 'mode', at, errors);
  });
}

function validateDownward(value: Json, path: string, errors: Errors): void {
  eachAt(value, 'items', path, (item, at) => {
    const target = requireText(errors, item, 'path', at);
    if (target !== undefined) validateLocalPath(target, `${at}.path`, errors);
    const field = recordAt(item, 'fieldRef');
    if (field !== undefined) requireText(errors, field, 'fieldPath', `${at}.fieldRef`);
    const resource = recordAt(item, 'resourceFieldRef');
    // Upstream names the volume, not the item.
    if (resource !== undefined) validateResourceRef(resource, `${path}.resourceFieldRef`, errors);
    validateMode(item, 'mode', at, errors);
  });
}

function validateMode(value: Json, key: string, path: string, errors: Errors): void {
  const mode = numberAt(value, key);
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    errors.push(invalid(`${path}.${key}`, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
  }
}
