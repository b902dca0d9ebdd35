import {
  constants,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';

/** A key can't be read; the message says why and holds nothing of the key. */
export class KeyError extends Error {}

export interface VerificationKey {
  readonly key: KeyObject;
  readonly id: string | undefined;
}

/** An algorithm of JWS with asymmetric keys: which keys it takes, and how it signs. */
interface Scheme {
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly curve?: string;
  readonly isPss?: boolean;
}

/** Never `none`, and a symmetric algorithm is never looked for with a public key. */
export const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['RS256', { hash: 'sha256', keyType: 'rsa' }],
  ['RS384', { hash: 'sha384', keyType: 'rsa' }],
  ['RS512', { hash: 'sha512', keyType: 'rsa' }],
  ['PS256', { hash: 'sha256', keyType: 'rsa', isPss: true }],
  ['PS384', { hash: 'sha384', keyType: 'rsa', isPss: true }],
  ['PS512', { hash: 'sha512', keyType: 'rsa', isPss: true }],
  ['ES256', { hash: 'sha256', keyType: 'ec', curve: 'prime256v1' }],
  ['ES384', { hash: 'sha384', keyType: 'ec', curve: 'secp384r1' }],
  ['ES512', { hash: 'sha512', keyType: 'ec', curve: 'secp521r1' }],
  ['EdDSA', { hash: null, keyType: 'ed25519' }],
]);

export const HMAC_HASHES: ReadonlyMap<string, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

/** Keys of a PEM certificate or public key, of a JWK or of a set of those. @throws KeyError */
export function readVerificationKeys(text: string): VerificationKey[] {
  if (text.includes('-----BEGIN ')) return [{ key: readPem(text), id: undefined }];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyError('failed to parse a JWK key (set): neither PEM nor JSON');
  }
  const { keys } = (json ?? {}) as { keys?: unknown };
  const list = Array.isArray(keys) ? keys : [json];
  return list.map((jwk) => {
    const { kty, kid } = (jwk ?? {}) as { kty?: unknown; kid?: unknown };
    if (typeof kty !== 'string' || !['RSA', 'EC', 'OKP'].includes(kty)) {
      const shown = typeof kty === 'string' ? kty : '';
      throw new KeyError(`failed to parse a JWK key (set): invalid key type from JSON (${shown})`);
    }
    return {
      key: importKey(() => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })),
      id: typeof kid === 'string' ? kid : undefined,
    };
  });
}

function readPem(text: string): KeyObject {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return importKey(() => new X509Certificate(text).publicKey);
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) return importKey(() => createPublicKey(text));
  throw new KeyError('failed to extract a Key from the PEM certificate');
}

function importKey(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch {
    throw new KeyError('failed to parse a JWK key (set): the key is damaged or of an unknown kind');
  }
}

/** The private key of a JWK, for an algorithm. @throws KeyError when it is of another kind */
export function readSigningKey(jwk: object, algorithm: string): KeyObject {
  const key = importKey(() => createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }));
  const scheme = SCHEMES.get(algorithm);
  if (scheme === undefined || !fits(key, scheme)) throw new KeyError(`invalid key type for the algorithm ${algorithm}`);
  return key;
}

/** False also when the key is of a kind or curve that the algorithm doesn't take. */
export function verifySignature(algorithm: string, data: string, signature: Buffer, key: KeyObject): boolean {
  const scheme = SCHEMES.get(algorithm);
  if (scheme === undefined || !fits(key, scheme)) return false;
  try {
    return verify(
      scheme.hash,
      Buffer.from(data),
      { key, ...options(scheme, constants.RSA_PSS_SALTLEN_AUTO) },
      signature,
    );
  } catch {
    return false;
  }
}

export function createSignature(algorithm: string, data: string, key: KeyObject): Buffer {
  const scheme = SCHEMES.get(algorithm) as Scheme;
  return sign(scheme.hash, Buffer.from(data), { key, ...options(scheme, constants.RSA_PSS_SALTLEN_DIGEST) });
}

function fits(key: KeyObject, scheme: Scheme): boolean {
  return (
    key.asymmetricKeyType === scheme.keyType &&
    (scheme.curve === undefined || key.asymmetricKeyDetails?.namedCurve === scheme.curve)
  );
}

function options(scheme: Scheme, saltLength: number) {
  if (scheme.isPss === true) return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return scheme.keyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : {};
}
