import { createHash, timingSafeEqual } from 'node:crypto';
import { messageOf, parseYamlDocuments, SekishoError } from '@sekisho/base';

export interface ProvenanceCheck {
  readonly archive: Uint8Array;
  /** Name of the archive, as the provenance file knows it: `web-1.2.3.tgz`. */
  readonly file: string;
  /** The .prov file. */
  readonly provenance: Uint8Array;
  /** Public keys that are trusted: binary, as gpg exports them, or armored. */
  readonly keyring: Uint8Array;
}

export interface VerifiedProvenance {
  /** Users of the key, as it names them: `Ann <ann@example.com>`. */
  readonly signedBy: readonly string[];
  /** In hex. */
  readonly fingerprint: string;
  /** `sha256:…` */
  readonly digest: string;
}

const MAX_KEYRING_BYTES = 16 * 1024 * 1024;

/**
 * Checks a provenance file: a clear-signed text that names the SHA-256 of the archive.
 *
 * @throws SekishoError CHART_PROVENANCE_INVALID (it is none, or not for this archive) | CHART_PROVENANCE_SIGNATURE (nobody of the
 *   keyring signed it, or it was changed) | CHART_PROVENANCE_KEYRING
 * @see https://helm.sh/docs/topics/provenance/
 */
export async function verifyProvenance(check: ProvenanceCheck): Promise<VerifiedProvenance> {
  const { text, signedBy, fingerprint } = await verifySignature(check);
  const digest = `sha256:${createHash('sha256').update(check.archive).digest('hex')}`;
  const wanted = digestOf(text, check.file);
  if (!isEqual(digest, wanted)) {
    throw new SekishoError(
      'CHART_PROVENANCE_INVALID',
      `sha256 sum does not match for ${check.file}: ${JSON.stringify(wanted)} != ${JSON.stringify(digest)}`,
      { hint: 'The archive is not the one that was signed.' },
    );
  }
  return { signedBy, fingerprint, digest };
}

interface SignedText {
  readonly text: string;
  readonly signedBy: readonly string[];
  readonly fingerprint: string;
}

async function verifySignature({ provenance, keyring }: ProvenanceCheck): Promise<SignedText> {
  // Large, and needed when a signature is asked for only.
  const openpgp = await import('openpgp');
  const message = await openpgp
    .readCleartextMessage({ cleartextMessage: new TextDecoder().decode(provenance) })
    .catch((cause: unknown) => {
      throw new SekishoError('CHART_PROVENANCE_INVALID', 'signature block not found', {
        cause,
        hint: 'A provenance file is a clear-signed text: helm package --sign makes it.',
      });
    });
  const keys = await readKeyring(openpgp, keyring);
  const { signatures } = await openpgp.verify({ message, verificationKeys: keys });
  const failures: unknown[] = [];
  for (const { keyID, verified } of signatures) {
    try {
      await verified;
    } catch (cause) {
      failures.push(cause);
      continue;
    }
    const key = keys.find((candidate) => candidate.getKeys(keyID).length > 0);
    if (key === undefined) continue;
    return { text: message.getText(), signedBy: key.getUserIDs(), fingerprint: key.getFingerprint() };
  }
  const [cause] = failures;
  throw new SekishoError('CHART_PROVENANCE_SIGNATURE', `openpgp: ${reasonOf(cause)}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Is the key of whoever signs this chart in the keyring, and is the provenance file as it was signed?',
  });
}

function reasonOf(cause: unknown): string {
  const message = cause === undefined ? '' : messageOf(cause);
  if (message === '' || message.startsWith('Could not find signing key')) return 'signature made by unknown entity';
  if (message === 'Signed digest did not match') return "invalid signature: hash tag doesn't match";
  return message.slice(0, 300);
}

async function readKeyring(openpgp: typeof import('openpgp'), keyring: Uint8Array) {
  if (keyring.length > MAX_KEYRING_BYTES) throw badKeyring(`it has more than ${MAX_KEYRING_BYTES} bytes`);
  const isArmored = new TextDecoder().decode(keyring.subarray(0, 4096)).trimStart().startsWith('-----BEGIN PGP');
  try {
    if (isArmored) return await openpgp.readKeys({ armoredKeys: new TextDecoder().decode(keyring) });
    return await openpgp.readKeys({ binaryKeys: keyring });
  } catch (cause) {
    throw badKeyring(messageOf(cause).slice(0, 200), cause);
  }
}

function badKeyring(why: string, cause?: unknown): SekishoError {
  return new SekishoError('CHART_PROVENANCE_KEYRING', `failed to load keyring: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Make one with: gpg --export > keyring.gpg',
  });
}

/** The text is Chart.yaml, a line of dots, and the digests of files by name. */
function digestOf(text: string, file: string): string {
  const [, , sums] = /^([\s\S]*?)\r?\n\.\.\.\r?\n([\s\S]*)$/.exec(text) ?? [];
  const { documents } = parseYamlDocuments(sums ?? '', { file: 'provenance', maxDocuments: 1 });
  const files = (documents[0]?.value as { files?: unknown } | null | undefined)?.files;
  const digest =
    typeof files === 'object' && files !== null && Object.hasOwn(files, file)
      ? (files as Readonly<Record<string, unknown>>)[file]
      : undefined;
  if (typeof digest === 'string') return digest;
  throw new SekishoError(
    'CHART_PROVENANCE_INVALID',
    sums === undefined
      ? 'message block must have at least two parts'
      : `provenance does not contain a SHA for a file named ${JSON.stringify(file)}`,
    { hint: 'It is the provenance file of another chart, or of none.' },
  );
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
