import type { Diagnostic } from '@sekisho/base';
import type { FileTree } from '@sekisho/render';
import { decryptFile, isEncryptedFile, type OpenKey } from '@sekisho/sops';

export interface DecryptingTree {
  /** The same files, in plain text where they were encrypted. Names and ids are those of the encrypted ones. */
  readonly tree: FileTree;
  /** Of the files that were read and could not be decrypted; they were given as they are. */
  readonly diagnostics: () => readonly Diagnostic[];
  /** Whether any file that was read held secrets. */
  readonly hasSecrets: () => boolean;
}

/**
 * Lets whoever renders read encrypted files as plain ones. What was decrypted is kept in memory, as long as this tree is.
 *
 * Reading throws what the key services throw when they are away (SOPS_KEY_SERVICE).
 */
export function decryptingTree(
  tree: FileTree,
  options: { readonly openKey: OpenKey; readonly signal?: AbortSignal | undefined; readonly place?: object },
): DecryptingTree {
  const { openKey, signal, place = {} } = options;
  const faults = new Map<string, readonly Diagnostic[]>();
  const decrypted = new Map<string, Promise<Uint8Array>>();

  async function decrypt(path: string, bytes: Uint8Array): Promise<Uint8Array> {
    const result = await decryptFile(path, bytes, { openKey, signal });
    const diagnostics = result.diagnostics.map((fault) =>
      fault.origin === undefined ? fault : { ...fault, origin: { ...place, ...fault.origin } },
    );
    faults.set(path, diagnostics);
    return result.bytes ?? bytes;
  }

  return {
    tree: {
      list: (path) => tree.list(path),
      ...(tree.idOf === undefined ? {} : { idOf: tree.idOf.bind(tree) }),
      async read(path, limits) {
        const known = decrypted.get(path);
        if (known !== undefined) return known;
        const bytes = await tree.read(path, limits);
        if (!isEncryptedFile(path, bytes)) return bytes;
        const plain = decrypted.get(path) ?? decrypt(path, bytes);
        decrypted.set(path, plain);
        return plain;
      },
    },
    diagnostics: () => [...faults.values()].flat(),
    hasSecrets: () => decrypted.size > 0,
  };
}
