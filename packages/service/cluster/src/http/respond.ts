import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Call, ListResult, ServedEvent } from '../api/call.ts';
import type { Answer } from '../api/handler.ts';
import { callOf, warningHeader } from '../api/in-process.ts';
import { shapeEvent, shapeList, shapeObject } from '../api/shape.ts';

const compress = promisify(gzip);
const MIN_GZIP_BYTES = 128 * 1024;
/** JSON characters put together before the event loop gets a turn. */
const SLICE_CHARS = 512 * 1024;

/** Writes an answer as bytes. Objects that are stored in the requested version go out as the text that is on disk. */
export async function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { result, call, warnings } = answer;
  if (warnings.length > 0) response.setHeader('warning', warnings.map(warningHeader).map(utf8Header));
  switch (result.kind) {
    case 'value': {
      for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, value);
      if (result.body === undefined) {
        response.writeHead(result.status);
        response.end();
        return;
      }
      const shaped =
        call !== undefined && isObjectAnswer(result.status, result.body) ? shapeObject(call, result.body) : result.body;
      return sendText(request, response, result.status, JSON.stringify(shaped));
    }
    case 'stored': {
      const { resource, shape } = callOf(call);
      const text =
        shape === 'object' && resource.apiVersion === resource.storageApiVersion
          ? result.stored.json
          : JSON.stringify(shapeObject(callOf(call), resource.fromStorage(result.stored.object)));
      return sendText(request, response, result.status, text);
    }
    case 'list':
      return sendParts(request, response, await listParts(callOf(call), result.list));
    case 'watch':
      return sendEvents(request, response, callOf(call), result.events);
    case 'json': {
      for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
      const { etag } = result.headers;
      if (etag !== undefined && request.headers['if-none-match'] === etag) {
        response.writeHead(304);
        response.end();
        return;
      }
      return sendText(request, response, result.status, result.text);
    }
    case 'bytes':
      response.writeHead(200, { 'content-type': result.contentType, 'content-length': result.bytes.length });
      response.end(result.bytes);
      return;
    case 'text':
      response.writeHead(result.status, {
        'content-type': result.contentType,
        'content-length': Buffer.byteLength(result.text),
      });
      response.end(result.text);
      return;
  }
}

/** Dry runs answer with an object that is not stored; it takes the shape that was asked for as well. */
function isObjectAnswer(status: number, body: unknown): body is Parameters<typeof shapeObject>[1] {
  if (status >= 300 || typeof body !== 'object' || body === null || !('kind' in body) || !('metadata' in body))
    return false;
  return body.kind !== 'Status' && body.kind !== 'Scale';
}

/** Node writes headers as Latin-1: this way they are UTF-8 on the wire, which clients of Kubernetes read. */
function utf8Header(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): Promise<void> {
  return sendParts(request, response, [Buffer.from(text)], status);
}

async function sendParts(
  request: IncomingMessage,
  response: ServerResponse,
  buffers: readonly Buffer[],
  status = 200,
): Promise<void> {
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', response.getHeader('cache-control') ?? 'no-cache, private');
  if (bytes >= MIN_GZIP_BYTES && acceptsGzip(request)) {
    const packed = await compress(Buffer.concat(buffers), { level: 1 });
    response.writeHead(status, {
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
      'content-length': packed.length,
    });
    response.end(packed);
    return;
  }
  response.writeHead(status, { 'content-length': bytes });
  for (const buffer of buffers) {
    if (!response.write(buffer)) await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = request.headers['accept-encoding'];
  return typeof accepted === 'string' && /\bgzip\b/.test(accepted);
}

/** A list in slices, each made in one turn of the event loop. */
async function listParts(call: Call, list: ListResult): Promise<Buffer[]> {
  const { resource, shape } = call;
  if (shape === 'object' && resource.apiVersion === resource.storageApiVersion) {
    const head = `{"kind":${JSON.stringify(list.kind)},"apiVersion":${JSON.stringify(list.apiVersion)},"metadata":${JSON.stringify(list.metadata)},"items":[`;
    return joined(head, list.items, (stored) => stored.json, ']}');
  }
  const empty = JSON.stringify(shapeList(call, { ...list, items: [] }));
  const isTable = shape === 'table';
  const marker = isTable ? '"rows":[]' : '"items":[]';
  const at = empty.lastIndexOf(marker) + marker.length - 1;
  const field = isTable ? 'rows' : 'items';
  return joined(
    empty.slice(0, at),
    list.items,
    (stored) => {
      const shaped = shapeList(call, { ...list, items: [stored] }) as Record<string, unknown[]>;
      return JSON.stringify(shaped[field]?.[0]);
    },
    empty.slice(at),
  );
}

async function joined<T>(
  head: string,
  items: readonly T[],
  text: (item: T) => string,
  tail: string,
): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  let part = head;
  let started = performance.now();
  for (const [index, item] of items.entries()) {
    part += index === 0 ? text(item) : `,${text(item)}`;
    if (part.length > SLICE_CHARS || (index % 32 === 31 && performance.now() - started > 10)) {
      parts.push(Buffer.from(part));
      part = '';
      await new Promise<void>((resolve) => setImmediate(resolve));
      started = performance.now();
    }
  }
  parts.push(Buffer.from(part + tail));
  return parts;
}

async function sendEvents(
  request: IncomingMessage,
  response: ServerResponse,
  call: Call,
  events: AsyncIterable<ServedEvent>,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    'transfer-encoding': 'chunked',
  });
  response.flushHeaders();
  request.socket.setNoDelay(true);
  let first = true;
  for await (const event of events) {
    if (response.destroyed || response.writableEnded) return;
    const text =
      call.shape === 'object' && event.json !== undefined
        ? event.json()
        : JSON.stringify(shapeEvent(call, event, first));
    first = false;
    if (!response.write(`{"type":"${event.type}","object":${text}}\n`)) await drained(response);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const abort = new AbortController();
  const closed = (): void => abort.abort();
  response.once('close', closed);
  try {
    await once(response, 'drain', { signal: abort.signal });
  } catch {
    // The client went away.
  } finally {
    response.off('close', closed);
  }
}
