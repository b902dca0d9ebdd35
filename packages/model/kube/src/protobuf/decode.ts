import { SekishoError } from '@sekisho/base';
import { isBuiltinGroup } from '../builtin/type-data.ts';
import { parseApiVersion } from '../object.ts';
import { type Message, type MessageField, messageOf } from './message-table.ts';
import { decodeIntOrString, decodeTime, expectBytes, expectInteger, stringsOf } from './special-values.ts';
import { broken, createWireReader, type WireReader, type WireType } from './wire-reader.ts';

/** What precedes every object of Kubernetes in protobuf: `k8s` and a zero. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00] as const;
const MAX_DEPTH = 64;
const SCHEMA = 'apiextensions/v1.JSONSchemaProps';
const text = new TextDecoder('utf-8');

/**
 * An object of a built-in kind out of `application/vnd.kubernetes.protobuf`, as the same client would have sent it in
 * JSON (kubectl and other users of client-go's typed clients send protobuf). Fields that are not known are left out.
 *
 * @throws SekishoError PROTOBUF_INVALID | PROTOBUF_UNKNOWN_KIND
 * @see apimachinery pkg/runtime/serializer/protobuf
 */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> {
  return decodeEnvelope(bytes, 0);
}

function hasMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

function decodeEnvelope(bytes: Uint8Array, depth: number): Record<string, unknown> {
  if (!hasMagic(bytes)) throw broken('it does not begin like an object of Kubernetes');
  let type: Uint8Array = new Uint8Array();
  let raw: Uint8Array = new Uint8Array();
  const reader = createWireReader(bytes.subarray(MAGIC.length));
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire === 2 && field === 1) type = reader.bytes();
    else if (wire === 2 && field === 2) raw = reader.bytes();
    else reader.skip(wire);
  }
  const [apiVersion, kind] = stringsOf(type, 1, 2);
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) {
    throw new SekishoError('PROTOBUF_UNKNOWN_KIND', `no kind "${kind}" of "${apiVersion}" is known in protobuf`);
  }
  return { apiVersion, kind, ...decodeFields(message, raw, depth) };
}

function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  // The one kind that every group has.
  if (kind === 'DeleteOptions') return messageOf('meta/v1.DeleteOptions');
  const { group, version } = parseApiVersion(apiVersion);
  return isBuiltinGroup(group) ? messageOf(`${group.split('.')[0] || 'core'}/${version}.${kind}`) : undefined;
}

function decodeFields(message: Message, bytes: Uint8Array, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const reader = createWireReader(bytes);
  while (!reader.done) {
    const { field: number, wire } = reader.tag();
    const field = message.fields.get(number);
    if (field === undefined) reader.skip(wire);
    else takeField(object, field, reader, wire, depth);
  }
  return object;
}

function takeField(
  object: Record<string, unknown>,
  field: MessageField,
  reader: WireReader,
  wire: WireType,
  depth: number,
): void {
  const { name } = field;
  if (field.shape === 'map') {
    const entries = isRecord(object[name]) ? object[name] : {};
    object[name] = entries;
    addEntry(entries, field.type, expectBytes(reader, wire), depth);
    return;
  }
  const value = decodeValue(field.type, reader, wire, depth);
  if (field.shape === 'list') {
    const list = object[name];
    if (Array.isArray(list)) list.push(value);
    else object[name] = [value];
  } else if (field.inline) {
    if (isRecord(value)) Object.assign(object, value);
  } else if (value !== undefined && !(field.dropsZero && (value === '' || value === 0 || value === false))) {
    object[name] = value;
  }
}

function addEntry(entries: Record<string, unknown>, type: string, bytes: Uint8Array, depth: number): void {
  let key = '';
  let value: unknown;
  const reader = createWireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) key = text.decode(expectBytes(reader, wire));
    else if (field === 2) value = decodeValue(type, reader, wire, depth);
    else reader.skip(wire);
  }
  value ??= type === 's' || type === 'b' ? '' : type === 'Quantity' ? '0' : {};
  // Like JSON.parse: `__proto__` is a name as any other.
  Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
}

function decodeValue(type: string, reader: WireReader, wire: WireType, depth: number): unknown {
  switch (type) {
    case 'i':
      return expectInteger(reader, wire);
    case 'B':
      return expectInteger(reader, wire) !== 0;
    case 'd':
      if (wire !== 1) throw broken('a number has the wrong layout');
      return reader.double();
    case 's':
      return text.decode(expectBytes(reader, wire));
    case 'b':
      return Buffer.from(expectBytes(reader, wire)).toString('base64');
    default:
      return decodeMessage(type, expectBytes(reader, wire), depth + 1);
  }
}

function decodeMessage(type: string, bytes: Uint8Array, depth: number): unknown {
  if (depth > MAX_DEPTH) throw broken('it is nested too deeply');
  switch (type) {
    case 'Time':
      return decodeTime(bytes, 'seconds');
    case 'MicroTime':
      return decodeTime(bytes, 'microseconds');
    case 'Quantity':
      return stringsOf(bytes, 1, 2)[0] || '0';
    case 'IntOrString':
      return decodeIntOrString(bytes);
    case 'Json':
      return decodeJson(bytes, depth);
    case 'SchemaOrArray':
      return schemaOr(bytes, depth, { schema: 1, list: 2, listType: SCHEMA });
    case 'SchemaOrStrings':
      return schemaOr(bytes, depth, { schema: 1, list: 2, listType: 's' });
    case 'SchemaOrBool':
      return schemaOr(bytes, depth, { schema: 2, flag: 1 });
    default: {
      const message = messageOf(type);
      if (message === undefined) throw broken(`it holds a ${type}`);
      if (message.items === undefined) return decodeFields(message, bytes, depth);
      return itemsOf(bytes, 1, message.items, depth);
    }
  }
}

/** All values of one field. */
function itemsOf(bytes: Uint8Array, number: number, type: string, depth: number): unknown[] {
  const items: unknown[] = [];
  const reader = createWireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === number) items.push(decodeValue(type, reader, wire, depth));
    else reader.skip(wire);
  }
  return items;
}

/** JSON, or another object in protobuf, as bytes. Undefined when there is none. */
function decodeJson(bytes: Uint8Array, depth: number): unknown {
  const reader = createWireReader(bytes);
  let raw: Uint8Array = new Uint8Array();
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) raw = expectBytes(reader, wire);
    else reader.skip(wire);
  }
  if (raw.length === 0) return undefined;
  if (hasMagic(raw)) return decodeEnvelope(raw, depth + 1);
  try {
    return JSON.parse(text.decode(raw));
  } catch {
    throw broken('it holds JSON that can not be read');
  }
}

/** A schema, or what may stand in its place: a list of schemas, names, or a boolean. The numbers are of the fields. */
function schemaOr(
  bytes: Uint8Array,
  depth: number,
  fields: { schema: number; list: number; listType: string } | { schema: number; flag: number },
): unknown {
  const schema = itemsOf(bytes, fields.schema, SCHEMA, depth).at(-1);
  if ('flag' in fields) return schema ?? itemsOf(bytes, fields.flag, 'B', depth).at(-1) ?? false;
  const list = itemsOf(bytes, fields.list, fields.listType, depth);
  return list.length > 0 ? list : schema;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
