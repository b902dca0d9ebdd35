import { isSekishoError, SekishoError } from '@sekisho/base';
import { KIND_TYPES, TYPE_FIELDS } from './field-numbers.generated.ts';
import { type WireField, wireFields } from './wire.ts';

/** Starts every protobuf body of Kubernetes. */
const MAGIC = Buffer.from('k8s\0');
const MAX_DEPTH = 64;

/**
 * Turns a request in Kubernetes' protobuf envelope (`application/vnd.kubernetes.protobuf`: kubectl's and client-go's typed
 * clients write in it) into the JSON value that the same client would have sent.
 * @throws SekishoError PROTOBUF_INVALID (broken, or a kind without a protobuf form)
 */
export function decodeProtobuf(body: Buffer): unknown {
  try {
    return decodeEnvelope(body);
  } catch (error) {
    if (isSekishoError(error)) throw error;
    throw new SekishoError(
      'PROTOBUF_INVALID',
      `the protobuf body cannot be read: ${error instanceof Error ? error.message : 'broken'}`,
    );
  }
}

function decodeEnvelope(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new RangeError('it does not start with the Kubernetes prefix');
  let apiVersion = '';
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  for (const field of wireFields(body.subarray(MAGIC.length))) {
    if (field.number === 1) {
      for (const meta of wireFields(field.bytes)) {
        if (meta.number === 1) apiVersion = meta.bytes.toString('utf8');
        if (meta.number === 2) kind = meta.bytes.toString('utf8');
      }
    } else if (field.number === 2) raw = field.bytes;
  }
  const typeName = KIND_TYPES.get(`${apiVersion} ${kind}`);
  if (typeName === undefined) throw new RangeError(`${kind} of ${apiVersion} has no protobuf form here`);
  return { apiVersion, kind, ...decodeMessage(raw, typeName, 0) };
}

interface FieldFact {
  /** Empty when the message's fields stand in the outer object. */
  readonly name: string;
  readonly type: string;
  readonly shape: 'single' | 'list' | 'map';
  /** Zero values are written in JSON too: pointers, and fields without omitempty. */
  readonly keepZero: boolean;
}

const parsed = new Map<string, ReadonlyMap<number, FieldFact>>();

/** One type's line: `1 name string`, with `[]` or `{}` behind the type for lists and maps and `!` for keepZero. */
function factsOf(typeName: string): ReadonlyMap<number, FieldFact> {
  let facts = parsed.get(typeName);
  if (facts === undefined) {
    const line = TYPE_FIELDS[typeName];
    if (line === undefined) throw new RangeError(`unknown type ${typeName}`);
    const entries =
      line === ''
        ? []
        : line.split(',').map((text): [number, FieldFact] => {
            const [number = '', name = '', coded = ''] = text.split(' ');
            const keepZero = coded.endsWith('!');
            const bare = keepZero ? coded.slice(0, -1) : coded;
            const shape = bare.endsWith('[]') ? 'list' : bare.endsWith('{}') ? 'map' : 'single';
            return [Number(number), { name, type: shape === 'single' ? bare : bare.slice(0, -2), shape, keepZero }];
          });
    facts = new Map(entries);
    parsed.set(typeName, facts);
  }
  return facts;
}

function decodeMessage(bytes: Buffer, typeName: string, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new RangeError('messages are nested too deep');
  const facts = factsOf(typeName);
  const object: Record<string, unknown> = {};
  for (const field of wireFields(bytes)) {
    const fact = facts.get(field.number);
    if (fact === undefined) continue;
    if (fact.name === '') {
      Object.assign(object, decodeMessage(field.bytes, fact.type, depth + 1));
    } else if (fact.shape === 'list') {
      const list = object[fact.name];
      const value = decodeValue(field, fact.type, depth);
      if (Array.isArray(list)) list.push(value);
      else object[fact.name] = [value];
    } else if (fact.shape === 'map') {
      const map = (object[fact.name] ?? {}) as Record<string, unknown>;
      object[fact.name] = map;
      const { key, value } = decodeEntry(field.bytes, fact.type, depth);
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    } else {
      const value = decodeValue(field, fact.type, depth);
      if (value === undefined || (!fact.keepZero && (value === '' || value === 0 || value === false))) continue;
      object[fact.name] = value;
    }
  }
  return object;
}

function decodeEntry(bytes: Buffer, type: string, depth: number): { key: string; value: unknown } {
  let key = '';
  let value: unknown = zeroOf(type);
  for (const field of wireFields(bytes)) {
    if (field.number === 1) key = field.bytes.toString('utf8');
    if (field.number === 2)
      value = type.startsWith('items:')
        ? decodeItems(field.bytes, type.slice(6), depth)
        : decodeValue(field, type, depth);
  }
  return { key, value };
}

function zeroOf(type: string): unknown {
  return type === 'string' || type === 'bytes' ? '' : type === 'quantity' ? '0' : type.startsWith('items:') ? [] : {};
}

/** Named slice types are messages with one repeated field. */
function decodeItems(bytes: Buffer, type: string, depth: number): unknown[] {
  return [...wireFields(bytes)].filter((field) => field.number === 1).map((field) => decodeValue(field, type, depth));
}

function decodeValue(field: WireField, type: string, depth: number): unknown {
  const { bytes, int } = field;
  switch (type) {
    case 'string':
      return bytes.toString('utf8');
    case 'bool':
      return int !== 0n;
    case 'int':
      return Number(int);
    case 'double':
      return bytes.length === 8 ? bytes.readDoubleLE(0) : bytes.readFloatLE(0);
    case 'bytes':
      return bytes.toString('base64');
    case 'quantity':
      return textField(bytes, 1) ?? '0';
    case 'intorstr':
      return intOrString(bytes);
    case 'time':
      return time(bytes, false);
    case 'microtime':
      return time(bytes, true);
    case 'duration':
      return `${Number(intField(bytes, 1)) / 1e9}s`;
    case 'raw': {
      const json = [...wireFields(bytes)].find((part) => part.number === 1)?.bytes;
      return json === undefined || json.length === 0 ? undefined : (JSON.parse(json.toString('utf8')) as unknown);
    }
    default:
      return decodeMessage(bytes, type, depth + 1);
  }
}

function textField(bytes: Buffer, number: number): string | undefined {
  return [...wireFields(bytes)].find((field) => field.number === number)?.bytes.toString('utf8');
}

function intField(bytes: Buffer, number: number): bigint {
  return [...wireFields(bytes)].find((field) => field.number === number)?.int ?? 0n;
}

function intOrString(bytes: Buffer): string | number {
  return intField(bytes, 1) === 1n ? (textField(bytes, 3) ?? '') : Number(intField(bytes, 2));
}

/** A zero time is written as an empty message and means null. */
function time(bytes: Buffer, micro: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  const date = new Date(Number(intField(bytes, 1)) * 1000);
  const iso = date.toISOString();
  if (!micro) return `${iso.slice(0, 19)}Z`;
  const micros = String(Number(intField(bytes, 2) / 1000n)).padStart(6, '0');
  return `${iso.slice(0, 19)}.${micros}Z`;
}
