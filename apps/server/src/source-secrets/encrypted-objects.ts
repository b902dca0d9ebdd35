import type { Diagnostic } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';

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
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return false;
  return (
    textsOf(object['stringData']).some(holdsMark) ||
    textsOf(object['data']).some((text) => holdsMark(text) || holdsMark(decoded(text)))
  );
}

function textsOf(map: unknown): string[] {
  if (typeof map !== 'object' || map === null) return [];
  return Object.values(map).filter((value) => typeof value === 'string');
}

function holdsMark(text: string): boolean {
  return text.includes(MARK);
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}
