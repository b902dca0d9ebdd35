import { createPublicKey, type KeyObject } from 'node:crypto';

/** Reads SSH's wire format: lengths in four bytes before each string. */
export class WireReader {
  readonly #data: Buffer;
  #offset = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** @throws RangeError when the data end before */
  bytes(length: number): Buffer {
    if (length < 0 || this.#offset + length > this.#data.length) throw new RangeError('the data end too early');
    this.#offset += length;
    return this.#data.subarray(this.#offset - length, this.#offset);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#data.length;
  }
}

/** A public key of SSH, ready to verify. */
export interface SshPublicKey {
  readonly type: string;
  readonly key: KeyObject;
  /** Of a security key (`sk-…`): what it signs for. */
  readonly application?: string;
}

const MIN_RSA_BITS = 2048;
const CURVES: Readonly<Record<string, { crv: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
};

/**
 * @returns undefined for a type that is not supported (DSA, certificates) or too weak (RSA below 2048 bits)
 * @throws RangeError and errors of node:crypto for data that are no key
 * @see RFC 4253, section 6.6; RFC 5656; RFC 8709; PROTOCOL.u2f of OpenSSH
 */
export function parseSshPublicKey(data: Buffer): SshPublicKey | undefined {
  const reader = new WireReader(data);
  const type = reader.text();
  switch (type) {
    case 'ssh-ed25519':
      return { type, key: ed25519(reader.string()) };
    case 'sk-ssh-ed25519@openssh.com': {
      const key = ed25519(reader.string());
      return { type, key, application: reader.text() };
    }
    case 'ssh-rsa': {
      const e = reader.string();
      const n = unsigned(reader.string());
      if (n.length * 8 < MIN_RSA_BITS) return undefined;
      return { type, key: jwk({ kty: 'RSA', n: n.toString('base64url'), e: unsigned(e).toString('base64url') }) };
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return { type, key: ellipticCurve(reader) };
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const key = ellipticCurve(reader);
      return { type, key, application: reader.text() };
    }
    default:
      return undefined;
  }
}

function ed25519(point: Buffer): KeyObject {
  return jwk({ kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') });
}

function ellipticCurve(reader: WireReader): KeyObject {
  const curve = CURVES[reader.text()];
  const point = reader.string();
  if (curve === undefined || point.length !== 2 * curve.bytes + 1 || point[0] !== 4) throw new RangeError('no point');
  const x = point.subarray(1, 1 + curve.bytes).toString('base64url');
  return jwk({ kty: 'EC', crv: curve.crv, x, y: point.subarray(1 + curve.bytes).toString('base64url') });
}

function jwk(key: Record<string, string>): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

/** A number of SSH without the zero byte that keeps it positive. */
export function unsigned(number: Buffer): Buffer {
  let start = 0;
  while (start < number.length - 1 && number[start] === 0) start++;
  return number.subarray(start);
}

export function curveBytes(type: string): number {
  return CURVES[/nistp\d+/.exec(type)?.[0] ?? '']?.bytes ?? 0;
}
