import { CelFault } from '../runtime/fault.ts';
import { Duration, parseDuration, parseTimestamp, Timestamp } from '../value/time.ts';
import { Uint } from '../value/uint.ts';
import type { CelValue } from '../value/value.ts';
import { checkInt, checkUint } from './arithmetic.ts';
import { textCost } from './cost.ts';
import { formatDouble } from './double-text.ts';
import { globalFunction, type Overload } from './function.ts';

const SECOND = 1_000_000_000n;
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
/** Longer is no number of 64 bits, leading zeros or not. */
const MAX_DIGITS = 1_000;

function conversionError(kind: string, text: string): CelFault {
  return new CelFault(`Type conversion error: ${JSON.stringify(text.slice(0, 100))} is no ${kind}`);
}

/** Doubles at the very ends are refused: whether they fit can't be told. */
function fromDouble(value: number, low: number, high: number): bigint {
  if (!(value > low && value < high)) throw new CelFault('range error: a double that is no integer of 64 bits');
  return BigInt(Math.trunc(value));
}

function parseInteger(text: string, pattern: RegExp, kind: string): bigint {
  if (text.length > MAX_DIGITS || !pattern.test(text)) throw conversionError(kind, text);
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace(/^\+/, ''));
}

function parseDouble(text: string): number {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (text.length > MAX_DIGITS || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text))
    throw conversionError('double', text);
  return Number(text);
}

function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw conversionError('bool', text);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new CelFault('invalid UTF-8');
    throw error;
  }
}

function identity(kind: string): Overload {
  const name = kind === 'null' ? 'null_type' : kind;
  return globalFunction(`${name}(${kind})`, (value: CelValue) => value);
}

export const CONVERSIONS: readonly Overload[] = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'duration', 'timestamp'].map(identity),
  globalFunction('int(uint)', (value: Uint) => checkRange(value.value)),
  globalFunction('int(double)', (value: number) => fromDouble(value, -(2 ** 63), 2 ** 63)),
  globalFunction('int(string)', (text: string) => checkRange(parseInteger(text, /^[+-]?\d+$/, 'int'))),
  globalFunction('int(timestamp)', (value: Timestamp) => floorDivide(value.nanoseconds)),
  globalFunction('int(duration)', (value: Duration) => value.nanoseconds),
  globalFunction('uint(int)', (value: bigint) => checkUint(value)),
  globalFunction('uint(double)', (value: number) => new Uint(fromDouble(value, -1, 2 ** 64))),
  globalFunction('uint(string)', (text: string) => checkUint(parseInteger(text, /^\d+$/, 'uint'))),
  globalFunction('double(int)', (value: bigint) => Number(value)),
  globalFunction('double(uint)', (value: Uint) => Number(value.value)),
  globalFunction('double(string)', parseDouble),
  globalFunction('bool(string)', parseBool),
  globalFunction('string(bool)', (value: boolean) => String(value)),
  globalFunction('string(int)', (value: bigint) => value.toString()),
  globalFunction('string(uint)', (value: Uint) => value.value.toString()),
  globalFunction('string(double)', formatDouble),
  globalFunction('string(bytes)', decodeUtf8, textCost),
  globalFunction('string(timestamp)', (value: Timestamp) => value.toString()),
  globalFunction('string(duration)', (value: Duration) => value.toString()),
  globalFunction('bytes(string)', (text: string) => new TextEncoder().encode(text), textCost),
  globalFunction('timestamp(string)', parseTimestamp),
  globalFunction('timestamp(int)', (seconds: bigint) => new Timestamp(seconds * SECOND)),
  globalFunction('duration(string)', parseDuration),
  globalFunction('duration(int)', (nanoseconds: bigint) => new Duration(nanoseconds)),
];

function checkRange(value: bigint): bigint {
  try {
    return checkInt(value);
  } catch {
    throw new CelFault('range error: no int of 64 bits');
  }
}

function floorDivide(nanoseconds: bigint): bigint {
  const seconds = nanoseconds / SECOND;
  return nanoseconds % SECOND < 0n ? seconds - 1n : seconds;
}
