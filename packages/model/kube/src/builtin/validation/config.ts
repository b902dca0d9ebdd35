import { invalid, required, tooLong } from '../../schema/field-error.ts';
import { byteLength } from './metadata.ts';
import { isConfigKey } from './names.ts';
import { addInvalid, type Errors, type Json, recordAt, textAt } from './report.ts';

const maxBytes = 1024 * 1024;

export function validateConfigMap(map: Json, errors: Errors): void {
  const data = recordAt(map, 'data');
  const binary = recordAt(map, 'binaryData');
  let size = 0;
  for (const key in data) {
    addInvalid(errors, `data[${key}]`, key, isConfigKey(key));
    if (binary !== undefined && Object.hasOwn(binary, key)) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    const value = data[key];
    if (typeof value === 'string') size += byteLength(value);
  }
  for (const key in binary) {
    addInvalid(errors, `binaryData[${key}]`, key, isConfigKey(key));
    const value = binary[key];
    if (typeof value === 'string') size += decodedLength(value);
  }
  if (size > maxBytes) errors.push(tooLong('', maxBytes));
}

/** Keys that a secret of a known type can not do without. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};
const jsonKeys = new Set(['.dockercfg', '.dockerconfigjson']);

export function validateSecret(secret: Json, errors: Errors): void {
  const data = recordAt(secret, 'data') ?? {};
  let size = 0;
  for (const key in data) {
    addInvalid(errors, `data[${key}]`, key, isConfigKey(key));
    const value = data[key];
    if (typeof value === 'string') size += decodedLength(value);
  }
  if (size > maxBytes) errors.push(tooLong('data', maxBytes));
  const type = textAt(secret, 'type');
  for (const key of (Object.hasOwn(requiredKeys, type) ? requiredKeys[type] : undefined) ?? []) {
    if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
    else if (jsonKeys.has(key) && !holdsJson(data[key])) {
      errors.push(invalid(`data[${key}]`, '<secret contents redacted>', 'must be valid JSON'));
    }
  }
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  if (type === 'kubernetes.io/service-account-token') {
    const annotations = recordAt(recordAt(secret, 'metadata'), 'annotations');
    if (textAt(annotations, 'kubernetes.io/service-account.name') === '') {
      errors.push(required('metadata.annotations[kubernetes.io/service-account.name]'));
    }
  }
}

function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}

function holdsJson(base64: unknown): boolean {
  if (typeof base64 !== 'string') return false;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}
