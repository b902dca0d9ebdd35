import { Buffer } from 'node:buffer';
import { checkPrimeSync, createECDH, createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { createLru } from '@sekisho/base';
import { Draws, seededBytes } from './random.ts';

/** Keys out of a render's generator, so that the next render has the same: node:crypto's own can't be seeded. */

const EXPONENT = 65_537n;
const SMALL_PRIMES = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n];

/** Looking for primes takes a good part of a second, and a render that is made again wants the same ones. */
const rsaKeys = createLru<string, KeyObject>({ maxWeight: 64 });

/** An RSA key of two primes that OpenSSL holds for prime. @param bits of the modulus, a multiple of 16 */
export function rsaKey(draws: Draws, bits: number): KeyObject {
  const seed = draws.bytes(32);
  const id = `${bits}:${createHash('sha256').update(seed).digest('base64')}`;
  const known = rsaKeys.get(id);
  if (known !== undefined) return known;
  const key = newRsaKey(new Draws(seededBytes(() => seed)), bits);
  rsaKeys.set(id, key);
  return key;
}

function newRsaKey(draws: Draws, bits: number): KeyObject {
  for (;;) {
    const [p, q] = [primeOf(draws, bits / 2), primeOf(draws, bits / 2)];
    if (p === q) continue;
    const [large, small] = p > q ? [p, q] : [q, p];
    const phi = (large - 1n) * (small - 1n);
    const d = inverse(EXPONENT, phi);
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n: text(large * small),
        e: text(EXPONENT),
        d: text(d),
        p: text(large),
        q: text(small),
        dp: text(d % (large - 1n)),
        dq: text(d % (small - 1n)),
        qi: text(inverse(small, large)),
      },
    });
  }
}

/** Both upper bits are set, so that the product has all its bits. */
function primeOf(draws: Draws, bits: number): bigint {
  for (;;) {
    const bytes = draws.bytes(bits / 8);
    bytes[0] = (bytes[0] ?? 0) | 0xc0;
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
    const candidate = BigInt(`0x${bytes.toString('hex')}`);
    if (SMALL_PRIMES.some((prime) => candidate % prime === 0n) || candidate % EXPONENT === 1n) continue;
    if (checkPrimeSync(bytes)) return candidate;
  }
}

/** Extended Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function text(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}

/** A key of the curve P-256. */
export function ecdsaKey(draws: Draws): KeyObject {
  const curve = createECDH('prime256v1');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const scalar = Buffer.from((1n + draws.below(order - 1n)).toString(16).padStart(64, '0'), 'hex');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}

/** RFC 8410: what stands before the 32 bytes of a key. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function ed25519Key(draws: Draws): KeyObject {
  return createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([ED25519_PREFIX, draws.bytes(32)]) });
}

/** As Sprig writes keys: RSA and ECDSA in their own forms, others as PKCS #8. */
export function pemOf(key: KeyObject): string {
  const type = key.asymmetricKeyType;
  const form = type === 'rsa' ? 'pkcs1' : type === 'ec' ? 'sec1' : 'pkcs8';
  return key.export({ type: form, format: 'pem' }).toString();
}
