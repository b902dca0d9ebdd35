import { createHash, timingSafeEqual } from 'node:crypto';
import { SekishoError } from '@sekisho/base';

const LENGTHS = { sha256: 64, sha512: 128 } as const;

type Algorithm = keyof typeof LENGTHS;

/** Whether `text` is a digest that can be verified: `sha256:…` or `sha512:…` in lower case. */
export function isDigest(text: string): boolean {
  return algorithmOf(text) !== undefined;
}

/** `sha256:…` of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** @throws SekishoError REGISTRY_DIGEST when bytes are not those that the digest names */
export function verifyDigest(bytes: Uint8Array, digest: string, what: string): void {
  const algorithm = algorithmOf(digest);
  if (algorithm === undefined) throw new SekishoError('REGISTRY_DIGEST', `${what} has no digest that can be verified.`);
  const actual = createHash(algorithm).update(bytes).digest();
  const wanted = Buffer.from(digest.slice(algorithm.length + 1), 'hex');
  if (!timingSafeEqual(actual, wanted)) {
    throw new SekishoError('REGISTRY_DIGEST', `${what} is not what its digest ${digest} says.`, {
      hint: 'It was damaged or exchanged on the way; nothing of it was used.',
    });
  }
}

function algorithmOf(digest: string): Algorithm | undefined {
  const [, algorithm, hex = ''] = /^(sha256|sha512):([0-9a-f]+)$/.exec(digest) ?? [];
  return (algorithm === 'sha256' || algorithm === 'sha512') && hex.length === LENGTHS[algorithm]
    ? algorithm
    : undefined;
}
