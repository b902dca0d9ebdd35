import { anyType, fn, numberType, objectOf, stringType } from '../types/construct.ts';
import { numberFromBigInt } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { exactInteger } from './integer-operand.ts';
import { stringOperand, typeFault } from './operand.ts';

const MAX_BOUND = 2n ** 63n - 1n;

/** A number from 0 to before `bound`, all equally likely. The caller asks once per evaluation and key. */
function randomBelow(context: BuiltinContext, bound: bigint): bigint {
  const size = bound < 0n ? -bound : bound;
  if (size > MAX_BOUND) throw typeFault('rand.intn', 'operand 2 must be integer number but got floating-point number');
  if (size === 0n) return 0n;
  // Numbers beyond the last whole multiple of size would make small results likelier.
  const limit = 2n ** 64n - (2n ** 64n % size);
  for (;;) {
    const bytes = context.randomBytes(8);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
    if (value < limit) return value % size;
  }
}

function randomUuid(context: BuiltinContext): string {
  const bytes = Uint8Array.from(context.randomBytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const HEX = '[0-9A-Fa-f]';
const GROUPS = new RegExp(`^(${HEX}{8})-(${HEX}{4})-(${HEX}{4})-(${HEX}{4})-(${HEX}{12})$`);

/** The digits of a UUID in any of its spellings; undefined when it is none. */
function uuidDigits(text: string): string | undefined {
  let bare = text;
  if (text.length === 45 && text.slice(0, 9).toLowerCase() === 'urn:uuid:') bare = text.slice(9);
  else if (text.length === 38) bare = text.slice(1, 37);
  if (bare.length === 32 && /^[0-9A-Fa-f]+$/.test(bare)) return bare.toLowerCase();
  const groups = GROUPS.exec(bare);
  return groups === null ? undefined : groups.slice(1).join('').toLowerCase();
}

/** 100 ns steps from the start of the Gregorian calendar to 1970. */
const GREGORIAN_OFFSET = 0x01b21dd213814000n;
const DOMAINS = ['Person', 'Group', 'Org'];

/** What a UUID says of itself (RFC 4122); of versions 1 and 2 time, sequence and node, too. */
function parseUuid(text: string): Value | undefined {
  const digits = uuidDigits(text);
  if (digits === undefined) return undefined;
  const byte = (index: number) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  const version = byte(6) >> 4;
  const result: Record<string, Value> = { version, variant: variantOf(byte(8)) };
  if (version !== 1 && version !== 2) return result;
  result['time'] = unixTime(digits);
  result['nodeid'] = (digits.slice(20).match(/../g) ?? []).join('-');
  result['macvariables'] =
    `${(byte(10) & 2) === 2 ? 'local' : 'global'}:${(byte(10) & 1) === 1 ? 'multicast' : 'unicast'}`;
  result['clocksequence'] = ((byte(8) & 0x3f) << 8) | byte(9);
  if (version === 2) {
    result['id'] = Number.parseInt(digits.slice(0, 8), 16);
    result['domain'] = DOMAINS[byte(9)] ?? `Domain${byte(9)}`;
  }
  return result;
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

/** Nanoseconds since 1970. */
function unixTime(digits: string): Value {
  const low = BigInt(`0x${digits.slice(0, 8)}`);
  const middle = BigInt(`0x${digits.slice(8, 12)}`);
  const high = BigInt(`0x${digits.slice(12, 16)}`) & 0xfffn;
  const ticks = (high << 48n) | (middle << 32n) | low;
  return numberFromBigInt((ticks - GREGORIAN_OFFSET) * 100n);
}

export const RANDOM_BUILTINS: readonly Builtin[] = [
  {
    name: 'rand.intn',
    type: fn([stringType, numberType], numberType),
    nondeterministic: true,
    description: 'Random integer from 0 to before a bound; the same one for the same text during one evaluation.',
    evaluate: (context, key, bound) => {
      stringOperand('rand.intn', 1, key as Value);
      return numberFromBigInt(randomBelow(context, exactInteger('rand.intn', 2, bound as Value)));
    },
  },
  {
    name: 'uuid.rfc4122',
    type: fn([stringType], stringType),
    nondeterministic: true,
    description: 'Random UUID; the same one for the same text during one evaluation.',
    evaluate: (context, key) => {
      stringOperand('uuid.rfc4122', 1, key as Value);
      return randomUuid(context);
    },
  },
  {
    name: 'uuid.parse',
    type: fn([stringType], objectOf(stringType, anyType)),
    description: 'Version, variant and what else a UUID says of itself; undefined when it is none.',
    evaluate: (_, text) => parseUuid(stringOperand('uuid.parse', 1, text as Value)),
  },
];
