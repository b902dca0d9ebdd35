import { type Diagnostic, formatOrigin, type Origin, redact, SekishoError } from '@sekisho/base';
import type { FileTree } from '@sekisho/render';
import { decryptFile, isEncryptedFile, type OpenKey } from '@sekisho/sops';

export interface DecryptingTree {
  /** The same files, in plain text where they were encrypted. Names, sizes and ids are those of the encrypted ones. */
  readonly tree: FileTree;
  /** Takes what was decrypted out of a message. */
  readonly redact: (text: string) => string;
}

export interface DecryptingTreeOptions {
  readonly openKey: OpenKey;
  readonly signal?: AbortSignal | undefined;
  /** Of the tree, for messages. */
  readonly place?: Omit<Origin, 'file'> | undefined;
}

/**
 * Lets whoever renders read encrypted files as plain ones. What was decrypted is kept in memory, as long as this tree is.
 *
 * Reading throws, besides what the tree throws: SekishoError SOPS_NO_KEY, SOPS_MAC_MISMATCH and the other codes of
 * decryptFile (all faults of the file in one message), SOPS_KEY_SERVICE when a key service is away.
 */
export function decryptingTree(tree: FileTree, { openKey, signal, place }: DecryptingTreeOptions): DecryptingTree {
  const decrypted = new Map<string, Promise<Uint8Array>>();
  const secrets = new Set<string>();

  async function decrypt(path: string, encrypted: Uint8Array): Promise<Uint8Array> {
    const { bytes, secrets: values, diagnostics } = await decryptFile(path, encrypted, { openKey, signal });
    if (bytes === undefined) throw failure(diagnostics, place);
    for (const value of values ?? []) secrets.add(value);
    return bytes;
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
    redact: (text) => redact(text, secrets),
  };
}

/** Whoever shows it adds the code. */
function failure(diagnostics: readonly Diagnostic[], place: DecryptingTreeOptions['place']): SekishoError {
  const [first] = diagnostics;
  const lines = diagnostics.map(({ message, origin }) =>
    origin === undefined ? message : `${formatOrigin({ ...place, ...origin })}: ${message}`,
  );
  const options = first?.hint === undefined ? {} : { hint: first.hint };
  return new SekishoError(first?.code ?? 'SOPS_SYNTAX', lines.join('\n'), options);
}
