/** The value of one field on the wire: a whole number, eight bytes, or bytes. */
export interface WireField {
  readonly number: number;
  readonly int: bigint;
  readonly bytes: Buffer;
}

const EMPTY = Buffer.alloc(0);

/**
 * Reads the fields of a protobuf message in order.
 * @throws RangeError when the bytes are cut or no message
 */
export function* wireFields(message: Buffer): Generator<WireField> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset];
      if (byte === undefined) throw new RangeError('unexpected end of the message');
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number is too long');
  };
  const take = (length: number): Buffer => {
    if (length > message.length - offset) throw new RangeError('unexpected end of the message');
    const bytes = message.subarray(offset, offset + length);
    offset += length;
    return bytes;
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, int: BigInt.asIntN(64, varint()), bytes: EMPTY };
        break;
      case 1:
        yield { number, int: 0n, bytes: take(8) };
        break;
      case 2:
        yield { number, int: 0n, bytes: take(Number(varint())) };
        break;
      case 5:
        yield { number, int: 0n, bytes: take(4) };
        break;
      default:
        throw new RangeError(`wire type ${tag & 7} is not used`);
    }
  }
}
