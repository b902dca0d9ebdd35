import type { PrivateKey } from 'openpgp';
import type { KeySource } from './key-source.ts';

/** Opens with armored private keys that have no passphrase, in this process: they are written nowhere. */
export function pgpSource(armoredKeys: readonly string[]): KeySource<'pgp'> {
  let keys: Promise<PrivateKey[]> | undefined;
  return {
    type: 'pgp',
    async open({ encrypted }) {
      // Large, and needed where files are encrypted with PGP only.
      const openpgp = await import('openpgp');
      keys ??= readKeys(openpgp, armoredKeys);
      const decryptionKeys = (await keys).filter((key) => key.isDecrypted());
      if (decryptionKeys.length === 0) return { reason: 'no private key without a passphrase is among those given' };
      try {
        const message = await openpgp.readMessage({ armoredMessage: encrypted });
        const { data } = await openpgp.decrypt({ message, decryptionKeys, format: 'binary' });
        return data;
      } catch {
        return { reason: 'none of the private keys given is its' };
      }
    },
  };
}

async function readKeys(openpgp: typeof import('openpgp'), armoredKeys: readonly string[]): Promise<PrivateKey[]> {
  const read = await Promise.all(
    // What is no private key opens nothing, and that is then told of the file's keys.
    armoredKeys.map((text) => openpgp.readPrivateKeys({ armoredKeys: text }).catch(() => [])),
  );
  return read.flat();
}
