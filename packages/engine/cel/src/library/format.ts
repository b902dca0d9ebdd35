import { CelFault } from '../runtime/fault.ts';
import { isList, kindOf } from '../value/kind.ts';
import { mapKey } from '../value/map.ts';
import { CelOpaque } from '../value/opaque.ts';
import { Duration, Timestamp } from '../value/time.ts';
import { CelType } from '../value/type.ts';
import { Uint } from '../value/uint.ts';
import { CelMap, type CelValue } from '../value/value.ts';
import { formatDouble } from './double-text.ts';
import { checkedText } from './text.ts';

const MAX_PRECISION = 100;
const MAX_DEPTH = 100;

/** `"%s is %d".format([...])` */
export function formatText(template: string, args: readonly CelValue[]): string {
  let text = '';
  let used = 0;
  let at = 0;
  const add = (part: string) => {
    checkedText(text.length + part.length);
    text += part;
  };
  while (at < template.length) {
    const percent = template.indexOf('%', at);
    if (percent < 0) break;
    add(template.slice(at, percent));
    at = percent + 1;
    if (template[at] === '%') {
      add('%');
      at++;
      continue;
    }
    const clause = /^(?:\.(\d+))?(.?)/su.exec(template.slice(at, at + 20));
    const verb = clause?.[2] ?? '';
    if (verb === '') throw new CelFault('could not parse formatting clause: unexpected end of string');
    at += clause?.[0].length ?? 0;
    const precision = clause?.[1] === undefined ? undefined : Number(clause[1]);
    if (precision !== undefined && precision > MAX_PRECISION)
      throw new CelFault(`could not parse formatting clause: a precision over ${MAX_PRECISION}`);
    const write = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (write === undefined)
      throw new CelFault(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    if (used >= args.length) throw new CelFault(`index ${used} out of range`);
    add(write(args[used++] as CelValue, precision));
  }
  add(template.slice(at));
  return text;
}

type Write = (value: CelValue, precision: number | undefined) => string;

function refuse(rule: string, value: CelValue): CelFault {
  return new CelFault(`error during formatting: ${rule}, was given ${kindOf(value)}`);
}

const VERBS: Readonly<Record<string, Write>> = {
  s: (value) => asText(value),
  d: decimal,
  f: (value, precision) =>
    double(value, 'fixed-point clause can only be used on doubles', (number) => fixed(number, precision ?? 6)),
  e: (value, precision) =>
    double(value, 'scientific clause can only be used on doubles', (number) => scientific(number, precision ?? 6)),
  b: (value) => {
    if (typeof value === 'boolean') return value ? '1' : '0';
    return integer(value, 'only integers and bools can be formatted as binary').toString(2);
  },
  o: (value) => integer(value, 'octal clause can only be used on integers').toString(8),
  x: (value) => hexadecimal(value),
  X: (value) => hexadecimal(value).toUpperCase(),
};

function integer(value: CelValue, rule: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw refuse(rule, value);
}

function decimal(value: CelValue): string {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : formatDouble(value);
  return integer(value, 'decimal clause can only be used on integers').toString();
}

function hexadecimal(value: CelValue): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integer(value, 'only integers, byte buffers, and strings can be formatted as hex').toString(16);
}

function double(value: CelValue, rule: string, write: (value: number) => string): string {
  const number = typeof value === 'bigint' ? Number(value) : value instanceof Uint ? Number(value.value) : value;
  if (typeof number !== 'number') throw refuse(rule, value);
  return Number.isFinite(number) ? write(number) : String(number);
}

/** Rounds what the double holds exactly; halves go to the even neighbour, as in Go. */
function fixed(value: number, precision: number): string {
  const isNegative = value < 0 || Object.is(value, -0);
  const [digits, scale] = exactDecimal(Math.abs(value));
  let scaled = digits * 10n ** BigInt(precision);
  const divisor = 10n ** BigInt(scale);
  const rest = scaled % divisor;
  scaled /= divisor;
  if (rest * 2n > divisor || (rest * 2n === divisor && scaled % 2n === 1n)) scaled++;
  const text = scaled.toString().padStart(precision + 1, '0');
  const whole = text.slice(0, text.length - precision);
  return `${isNegative ? '-' : ''}${whole}${precision === 0 ? '' : `.${text.slice(-precision)}`}`;
}

/** A double as `digits / 10^scale`, exactly. */
function exactDecimal(value: number): [digits: bigint, scale: number] {
  let scale = 0;
  let number = value;
  while (!Number.isInteger(number)) {
    number *= 2;
    scale++;
  }
  // 1/2^n is 5^n/10^n.
  return [BigInt(number) * 5n ** BigInt(scale), scale];
}

function scientific(value: number, precision: number): string {
  const [digits = '', exponent = ''] = value.toExponential(precision).split('e');
  return `${digits}e${exponent.startsWith('-') ? '-' : '+'}${exponent.slice(1).padStart(2, '0')}`;
}

/** What `%s` writes. */
export function asText(value: CelValue, depth = 0): string {
  if (depth > MAX_DEPTH) throw new CelFault('error during formatting: too deep');
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDouble(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return value.value.toString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Timestamp || value instanceof Duration || value instanceof CelOpaque) return value.toString();
  if (value instanceof CelType) return value.name;
  if (isList(value)) return `[${value.map((element) => asText(element, depth + 1)).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value, depth);
  throw refuse(
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    value,
  );
}

function mapText(map: CelMap, depth: number): string {
  const entries: [string, string][] = [];
  for (const key of map.keys()) {
    const index = mapKey(key);
    const value = index === undefined ? undefined : map.get(index);
    entries.push([asText(key, depth + 1), asText(value ?? null, depth + 1)]);
  }
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}
