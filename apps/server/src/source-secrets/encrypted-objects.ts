import type { Diagnostic } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';
import { isEncryptedText } from '@sekisho/sops';

const MARK = 'ENC[AES256_GCM,';
const HINT_DECRYPT =
  'Add decryption: {provider: sops} to the source of the Application, with a secretRef if the keys are not those of the installation.';
const HINT_WHOLE = 'It must be encrypted as a file of its own, with SOPS, and committed as SOPS wrote it.';

/**
 * Objects that are still encrypted: in a cluster they would be passwords that nobody can log in with, or keys of which a
 * part is known. None is ever applied: RENDER_SECRET_ENCRYPTED.
 */
export function refuseEncrypted(manifests: readonly Manifest[], isDecrypting: boolean): Diagnostic[] {
  return manifests
    .filter(({ object }) => isEncryptedObject(object))
    .map(({ object, origin }) => ({
      code: 'RENDER_SECRET_ENCRYPTED',
      severity: 'error',
      message: `${object.kind} ${object.metadata.name ?? ''} is still encrypted with SOPS, and is never applied so`,
      origin,
      hint: isDecrypting ? HINT_WHOLE : HINT_DECRYPT,
    }));
}

function isEncryptedObject(object: KubeObject): boolean {
  const metadata = object['sops'];
  if (typeof metadata === 'object' && metadata !== null && 'mac' in metadata) return true;
  // Values of a chart, say, that came to a Deployment as they were.
  if (someText(object, isEncryptedText)) return true;
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return false;
  return someText(object['stringData'], holdsMark) || someText(object['data'], (text) => holdsMark(decoded(text)));
}

function someText(value: unknown, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some((entry) => someText(entry, test));
}

function holdsMark(text: string): boolean {
  return text.includes(MARK);
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}
