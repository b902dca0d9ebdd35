import { broken, createWireReader, type WireReader, type WireType } from './wire-reader.ts';

const text = new TextDecoder('utf-8');

export function expectBytes(reader: WireReader, wire: WireType): Uint8Array {
  if (wire !== 2) throw broken('a field has the wrong layout');
  return reader.bytes();
}

export function expectInteger(reader: WireReader, wire: WireType): number {
  if (wire !== 0) throw broken('a number has the wrong layout');
  return reader.integer();
}

/** Two string fields of a small message, empty when absent. */
export function stringsOf(bytes: Uint8Array, first: number, second: number): [string, string] {
  const found: [string, string] = ['', ''];
  const reader = createWireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire === 2 && field === first) found[0] = text.decode(reader.bytes());
    else if (wire === 2 && field === second) found[1] = text.decode(reader.bytes());
    else reader.skip(wire);
  }
  return found;
}

/** The integers in fields 1 and 2 of a small message, 0 when absent. */
function integersOf(bytes: Uint8Array): [number, number] {
  const found: [number, number] = [0, 0];
  const reader = createWireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire === 0 && (field === 1 || field === 2)) found[field - 1] = reader.integer();
    else reader.skip(wire);
  }
  return found;
}

/** Undefined for Go's zero time, which is null in JSON. */
export function decodeTime(bytes: Uint8Array, precision: 'seconds' | 'microseconds'): string | undefined {
  const [seconds, nanos] = integersOf(bytes);
  if (seconds === 0 && nanos === 0) return undefined;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime()) || nanos < 0 || nanos >= 1e9) throw broken('a time is out of range');
  const whole = date.toISOString().slice(0, -5);
  return precision === 'seconds' ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

/** Field 1 says which: 0 an integer (field 2), 1 a string (field 3). */
export function decodeIntOrString(bytes: Uint8Array): number | string {
  const [kind, number] = integersOf(bytes);
  return kind === 1 ? stringsOf(bytes, 3, 4)[0] : number;
}
