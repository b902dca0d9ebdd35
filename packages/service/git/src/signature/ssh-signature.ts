import { createHash, verify } from 'node:crypto';
import { curveBytes, parseSshPublicKey, type SshPublicKey, unsigned, WireReader } from './ssh-key.ts';

/** An armored SSHSIG, taken apart. */
export interface SshSignature {
  /** Wire format. */
  readonly publicKey: Buffer;
  readonly namespace: string;
  readonly reserved: Buffer;
  readonly hash: 'sha256' | 'sha512';
  readonly signature: Buffer;
}

const MAGIC = 'SSHSIG';

export function isSshSignature(armored: string): boolean {
  return armored.startsWith('-----BEGIN SSH SIGNATURE-----');
}

/** @returns undefined when it is none @see PROTOCOL.sshsig of OpenSSH */
export function parseSshSignature(armored: string): SshSignature | undefined {
  const body = /^-----BEGIN SSH SIGNATURE-----([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*$/.exec(armored)?.[1];
  if (body === undefined) return undefined;
  try {
    const reader = new WireReader(Buffer.from(body, 'base64'));
    if (reader.bytes(MAGIC.length).toString('latin1') !== MAGIC || reader.uint32() !== 1) return undefined;
    const publicKey = reader.string();
    const namespace = reader.text();
    const reserved = reader.string();
    const hash = reader.text();
    const signature = reader.string();
    if (!reader.isAtEnd || (hash !== 'sha256' && hash !== 'sha512')) return undefined;
    return { publicKey, namespace, reserved, hash, signature };
  } catch {
    return undefined;
  }
}

/** Whether the signature's own key made it over these bytes. Whose key it is, is another question. */
export function verifySshSignature(signature: SshSignature, payload: Buffer): boolean {
  try {
    const key = parseSshPublicKey(signature.publicKey);
    return key !== undefined && verifyBlob(key, signature.signature, signedData(signature, payload));
  } catch {
    return false;
  }
}

function signedData({ namespace, reserved, hash }: SshSignature, payload: Buffer): Buffer {
  const digest = createHash(hash).update(payload).digest();
  return Buffer.concat([
    Buffer.from(MAGIC),
    ...[Buffer.from(namespace, 'latin1'), reserved, Buffer.from(hash), digest].flatMap((part) => [length(part), part]),
  ]);
}

function length(part: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(part.length);
  return bytes;
}

const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };
const EC_HASHES: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 66: 'sha512' };
/** Somebody touched the security key. */
const USER_PRESENT = 0x01;

function verifyBlob({ type, key, application }: SshPublicKey, blob: Buffer, data: Buffer): boolean {
  const reader = new WireReader(blob);
  const algorithm = reader.text();
  const raw = reader.string();
  if (type === 'ssh-rsa') {
    // SHA-1 (plain ssh-rsa) proves nothing any more.
    const hash = RSA_HASHES[algorithm];
    return hash !== undefined && reader.isAtEnd && verify(hash, data, key, raw);
  }
  if (algorithm !== type) return false;
  let signed = data;
  if (application !== undefined) {
    const flags = reader.bytes(1);
    const counter = reader.bytes(4);
    if (((flags[0] ?? 0) & USER_PRESENT) === 0) return false;
    const sha256 = (part: Buffer) => createHash('sha256').update(part).digest();
    signed = Buffer.concat([sha256(Buffer.from(application, 'latin1')), flags, counter, sha256(data)]);
  }
  if (!reader.isAtEnd) return false;
  if (type.includes('ed25519')) return verify(null, signed, key, raw);
  const bytes = curveBytes(type);
  const hash = EC_HASHES[bytes];
  if (hash === undefined) return false;
  const numbers = new WireReader(raw);
  const r = unsigned(numbers.string());
  const s = unsigned(numbers.string());
  if (!numbers.isAtEnd || r.length > bytes || s.length > bytes) return false;
  const fixed = Buffer.concat([Buffer.alloc(bytes - r.length), r, Buffer.alloc(bytes - s.length), s]);
  return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, fixed);
}
