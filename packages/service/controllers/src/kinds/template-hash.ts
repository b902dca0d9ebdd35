import { canonicalJson } from '@sekisho/kube';

// The alphabet of Kubernetes' generated names: no vowels (no words) and nothing that reads like another letter.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The hash that names revisions: FNV-1a (32 bit) of canonical JSON, in the alphabet of generated names. */
export function revisionHash(value: unknown, collisionCount = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonicalJson(value)}${collisionCount === 0 ? '' : `#${collisionCount}`}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  let text = '';
  for (const digit of String(hash)) text += ALPHABET[digit.charCodeAt(0) % ALPHABET.length];
  return text;
}

/** A short name suffix that is always the same for the same `seed`, so that work that is done twice makes one object. */
export function stableSuffix(seed: string): string {
  return revisionHash(seed).slice(0, 5).padEnd(5, 'x');
}
