import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { formatDiagnostic, parseYamlDocuments } from '@sekisho/base';
import { badRequest, tooLarge, unsupportedMediaType } from '../api/status-error.ts';
import { decodeProtobuf } from './protobuf/decode.ts';

/** Upstream's limit for one request. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Reads and parses a request's body by its media type: JSON, Kubernetes' protobuf, or YAML.
 * @throws StatusError 400 (not parseable), 413 (too large), 415 (CBOR and others)
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const declared = Number(request.headers['content-length'] ?? '0');
  if (declared > MAX_BODY_BYTES) {
    request.resume();
    throw tooLarge(MAX_BODY_BYTES);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  const only = chunks.length === 1 ? chunks[0] : undefined;
  const raw = only ?? Buffer.concat(chunks);
  return parseBody(
    request.headers['content-encoding'] === 'gzip' ? unzip(raw) : raw,
    request.headers['content-type'] ?? 'application/json',
  );
}

function unzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    throw badRequest('the gzip body is broken or too large');
  }
}

const JSON_TYPES = new Set([
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  '*/*',
  '',
]);
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const YAML_TYPES = new Set(['application/yaml', 'application/apply-patch+yaml']);

function parseBody(bytes: Buffer, contentType: string): unknown {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === PROTOBUF) return parseProtobuf(bytes);
  const text = bytes.toString('utf8');
  if (JSON_TYPES.has(type)) return parseJson(text);
  if (!YAML_TYPES.has(type)) throw unsupportedMediaType(['application/json', 'application/yaml', PROTOBUF]);
  // Most clients send JSON under the YAML type: it is, and it parses much faster.
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // A YAML flow mapping that is not JSON.
    }
  }
  const { documents, diagnostics } = parseYamlDocuments(text, { file: 'body', maxBytes: MAX_BODY_BYTES });
  const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (error !== undefined) throw badRequest(`error decoding YAML: ${formatDiagnostic(error)}`);
  if (documents.length > 1) throw badRequest('the body holds more than one YAML document');
  return documents[0]?.value;
}

function parseProtobuf(bytes: Buffer): unknown {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : 'the protobuf body cannot be read');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
}
