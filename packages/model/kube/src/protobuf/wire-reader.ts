import { SekishoError } from '@sekisho/base';

/** Bytes that are not what they should be. */
export function broken(why: string): SekishoError {
  return new SekishoError('PROTOBUF_INVALID', `the protobuf body is broken: ${why}`);
}

/** How a value is laid out: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
export type WireType = 0 | 1 | 2 | 5;

/** Walks over a message. Every step checks the end. */
export interface WireReader {
  readonly done: boolean;
  /** Number and layout of the next field. */
  tag(): { readonly field: number; readonly wire: WireType };
  /** A signed 64-bit number; beyond 2^53 it loses digits, as JSON numbers do. */
  integer(): number;
  double(): number;
  bytes(): Uint8Array;
  skip(wire: WireType): void;
}

/** @see https://protobuf.dev/programming-guides/encoding/ */
export function createWireReader(buffer: Uint8Array): WireReader {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let at = 0;

  function take(count: number): number {
    if (count > buffer.length - at) throw broken('it ends too early');
    const start = at;
    at += count;
    return start;
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(take(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken('a number is too long');
  }

  /** Almost every number is this small. */
  function smallVarint(): number | undefined {
    const byte = buffer[at];
    if (byte === undefined || byte >= 0x80) return undefined;
    at++;
    return byte;
  }

  function bytes(): Uint8Array {
    const start = take(smallVarint() ?? Number(varint()));
    return buffer.subarray(start, at);
  }

  return {
    get done() {
      return at >= buffer.length;
    },
    tag() {
      const value = smallVarint() ?? Number(varint());
      const field = Math.floor(value / 8);
      const wire = value % 8;
      if (field === 0 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) throw broken('a tag is not valid');
      return { field, wire };
    },
    integer: () => smallVarint() ?? Number(BigInt.asIntN(64, varint())),
    double: () => view.getFloat64(take(8), true),
    bytes,
    skip(wire) {
      if (wire === 0) varint();
      else if (wire === 1) take(8);
      else if (wire === 5) take(4);
      else bytes();
    },
  };
}
