import type { KeySource } from './key-source.ts';
import { type LoadModule, optionalModule, serviceFailure } from './optional-module.ts';

interface KmsSdk {
  readonly KeyManagementServiceClient: new (
    options: object,
  ) => {
    decrypt(request: object): Promise<readonly [{ plaintext?: Uint8Array | string | null }, ...unknown[]]>;
    close(): Promise<void>;
  };
}

const RESOURCE = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+(?:\/cryptoKeyVersions\/\d+)?$/;

/**
 * Opens with Google's KMS through @google-cloud/kms, which is loaded when a file needs it.
 *
 * @param credentials the JSON of a service account; default: what the SDK finds
 */
export function gcpKmsSource(load: LoadModule, credentials?: unknown): KeySource<'gcp_kms'> {
  return {
    type: 'gcp_kms',
    async open({ resourceId, encrypted }, signal) {
      if (!RESOURCE.test(resourceId)) return { reason: 'its name is none of a key' };
      const { KeyManagementServiceClient } = await optionalModule<KmsSdk>(load, '@google-cloud/kms');
      const client = new KeyManagementServiceClient(credentials === undefined ? {} : { credentials });
      try {
        const request = client.decrypt({ name: resourceId, ciphertext: Buffer.from(encrypted, 'base64') });
        const [{ plaintext }] = await abortable(request, signal);
        if (plaintext === undefined || plaintext === null) return { reason: 'GCP KMS gave nothing' };
        return typeof plaintext === 'string' ? Buffer.from(plaintext, 'base64') : plaintext;
      } catch (error) {
        throw serviceFailure('GCP KMS', error);
      } finally {
        client.close().catch(() => {}); // Nothing depends on it.
      }
    },
  };
}

/** The SDK takes no signal: its answer is then not waited for. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
