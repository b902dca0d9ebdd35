/** What kubectl and Helm ask /openapi/v2 for when a kind is in no document of /openapi/v3, and older clients always. */
export const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** The same as a media type that parses. */
export const OPENAPI_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

type Json = Readonly<Record<string, unknown>>;

/** Turns of the event loop are given after this many definitions. */
const SLICE = 50;

/**
 * A Swagger document as gnostic's protobuf message, with its definitions and without paths: clients read the kinds from it.
 * @param definitions JSON text of each schema by name
 * @see gnostic openapiv2/OpenAPIv2.proto for the field numbers
 */
export async function encodeOpenApiV2(
  info: { title: string; version: string },
  definitions: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const named: Buffer[] = [];
  for (const [name, json] of definitions) {
    named.push(message(1, [text(1, name), message(2, schema(JSON.parse(json) as Json))]));
    if (named.length % SLICE === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return Buffer.concat([
    text(1, '2.0'),
    message(2, [text(1, info.title), text(2, info.version)]),
    message(8, []),
    message(9, named),
  ]);
}

function schema(value: Json): Buffer[] {
  const parts: Buffer[] = [];
  const put = (field: string, number: number): void => {
    const found = value[field];
    if (typeof found === 'string' && found !== '') parts.push(text(number, found));
  };
  put('$ref', 1);
  put('format', 2);
  put('title', 3);
  put('description', 4);
  if (value['default'] !== undefined) parts.push(message(5, anyYaml(value['default'])));
  put('pattern', 13);
  for (const name of list(value['required'])) if (typeof name === 'string') parts.push(text(19, name));
  for (const choice of list(value['enum'])) parts.push(message(20, anyYaml(choice)));
  const additional = value['additionalProperties'];
  if (isJson(additional)) parts.push(message(21, [message(1, schema(additional))]));
  else if (additional === true) parts.push(message(21, [Buffer.from([2 << 3, 1])]));
  if (typeof value['type'] === 'string') parts.push(message(22, [text(1, value['type'])]));
  if (isJson(value['items'])) parts.push(message(23, [message(1, schema(value['items']))]));
  for (const part of list(value['allOf'])) if (isJson(part)) parts.push(message(24, schema(part)));
  if (isJson(value['properties'])) {
    const properties = Object.entries(value['properties']).map(([name, property]) =>
      message(1, [text(1, name), message(2, schema(isJson(property) ? property : {}))]),
    );
    parts.push(message(25, properties));
  }
  for (const [name, extension] of Object.entries(value)) {
    if (name.startsWith('x-')) parts.push(message(31, [text(1, name), message(2, anyYaml(extension))]));
  }
  return parts;
}

/** Any value as YAML text, which JSON is. */
function anyYaml(value: unknown): Buffer[] {
  return [text(2, `${JSON.stringify(value)}\n`)];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(number: number, value: string): Buffer {
  return message(number, [Buffer.from(value)]);
}

/** A field that holds bytes: its number, their length, and they. */
function message(number: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint((number << 3) | 2), varint(length), ...parts]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
