import { createHash } from 'node:crypto';
import { messageOf, SekishoError } from '@sekisho/base';
import type { AllowedSigner } from './allowed-signers.ts';
import type { SignedCommit } from './signed-commit.ts';
import { isSshSignature, parseSshSignature, verifySshSignature } from './ssh-signature.ts';

/** Whose signatures count. */
export interface TrustedSigners {
  readonly gpg: {
    /** Armored public keys. */
    readonly keys: readonly string[];
    /** Key ids (16 hex digits) or fingerprints, of the key or of its signing subkey. */
    readonly ids: readonly string[];
  };
  readonly ssh: readonly AllowedSigner[];
}

/** Git signs in this namespace. */
const GIT_NAMESPACE = 'git';

/**
 * Checks that a commit is signed by somebody who is trusted. Everything happens in this process: neither gpg nor ssh-keygen is
 * needed.
 *
 * @returns who signed, for people
 * @throws SekishoError SIGNATURE_MISSING | SIGNATURE_INVALID (does not fit the commit, or can't be read) |
 *   SIGNATURE_UNTRUSTED (good, and by nobody who is trusted)
 */
export async function verifyCommitSignature(signed: SignedCommit, trusted: TrustedSigners): Promise<string> {
  const { commit, signature } = signed;
  if (signature === undefined) {
    throw new SekishoError('SIGNATURE_MISSING', `The commit ${commit.slice(0, 7)} is not signed.`, {
      hint: 'The project asks for signed commits: git commit -S (or --amend -S), then push.',
    });
  }
  if (isSshSignature(signature)) return verifySsh(signed, signature, trusted.ssh);
  if (signature.startsWith('-----BEGIN PGP SIGNATURE-----')) return verifyGpg(signed, signature, trusted.gpg);
  throw new SekishoError('SIGNATURE_INVALID', `The signature of ${commit.slice(0, 7)} is neither of GPG nor of SSH.`);
}

function verifySsh(
  { commit, payload, committedAt }: SignedCommit,
  armored: string,
  signers: readonly AllowedSigner[],
): string {
  const signature = parseSshSignature(armored);
  if (signature === undefined || signature.namespace !== GIT_NAMESPACE || !verifySshSignature(signature, payload)) {
    throw invalid(commit);
  }
  const fingerprint = `SHA256:${createHash('sha256').update(signature.publicKey).digest('base64').replace(/=+$/, '')}`;
  const known = signers.filter(({ key }) => key.equals(signature.publicKey));
  const valid = known.find(
    ({ namespaces, validAfter = Number.NEGATIVE_INFINITY, validBefore = Number.POSITIVE_INFINITY }) =>
      (namespaces === undefined || namespaces.includes(GIT_NAMESPACE)) &&
      committedAt >= validAfter &&
      committedAt < validBefore,
  );
  if (valid !== undefined) return `${valid.principals[0] ?? ''} (${fingerprint})`;
  const why =
    known.length === 0 ? 'is none of the allowed signers' : 'is an allowed signer, but not at that time or not for git';
  throw untrusted(commit, `the SSH key ${fingerprint} ${why}`);
}

async function verifyGpg(
  { commit, payload }: SignedCommit,
  armored: string,
  { keys, ids }: TrustedSigners['gpg'],
): Promise<string> {
  // Large, and needed where commits are signed with GPG only.
  const openpgp = await import('openpgp');
  let signature: Awaited<ReturnType<typeof openpgp.readSignature>>;
  try {
    signature = await openpgp.readSignature({ armoredSignature: armored });
  } catch (cause) {
    throw invalid(commit, cause);
  }
  const [keyId = ''] = signature.getSigningKeyIDs().map((id) => id.toHex().toUpperCase());
  const wanted = ids.map(normalizeId);
  const verificationKeys = [];
  for (const armoredKeys of keys) {
    const read = await openpgp.readKeys({ armoredKeys }).catch(() => []);
    for (const key of read) {
      const names = [key, ...key.getSubkeys()].flatMap((part) => [
        part.getKeyID().toHex().toUpperCase(),
        part.getFingerprint().toUpperCase(),
      ]);
      if (names.some((name) => wanted.includes(name))) verificationKeys.push(key);
    }
  }
  const signer = verificationKeys.find((key) =>
    key.getKeys().some((part) => part.getKeyID().toHex().toUpperCase() === keyId),
  );
  if (signer === undefined)
    throw untrusted(
      commit,
      `the GPG key ${keyId || 'of the signature'} is none of the project's signatureKeys, or its public key is missing`,
    );
  const message = await openpgp.createMessage({ binary: new Uint8Array(payload) });
  const { signatures } = await openpgp.verify({ message, signature, verificationKeys: [signer] });
  if (signatures.length !== 1) throw invalid(commit);
  try {
    await signatures[0]?.verified;
  } catch (cause) {
    throw invalid(commit, cause);
  }
  return `${signer.getUserIDs()[0] ?? 'somebody'} (${keyId})`;
}

/** Key ids are written with `0x`, in small letters and with spaces, too. */
function normalizeId(id: string): string {
  return id.replace(/^0x/i, '').replace(/\s+/g, '').toUpperCase();
}

function invalid(commit: string, cause?: unknown): SekishoError {
  const why = cause === undefined ? 'it does not fit the commit' : messageOf(cause).slice(0, 300);
  return new SekishoError('SIGNATURE_INVALID', `The signature of ${commit.slice(0, 7)} is not good: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
  });
}

function untrusted(commit: string, why: string): SekishoError {
  return new SekishoError('SIGNATURE_UNTRUSTED', `The commit ${commit.slice(0, 7)} is signed, but ${why}.`, {
    hint: 'Signers are named by the project: signatureKeys with argocd-gpg-keys-cm, or sekisho.dev/ssh-signers with sekisho-ssh-allowed-signers.',
  });
}
