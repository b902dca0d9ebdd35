import type { ApiResponse, ApiTransport, KubeObject, WatchEvent } from '@sekisho/kube';
import type { Call, Identity, ServedEvent } from './call.ts';
import type { Answer } from './handler.ts';
import { handle } from './handler.ts';
import type { ServerContext } from './server-context.ts';
import { shapeEvent, shapeList, shapeObject } from './shape.ts';

/** The way to the API for code in the same process: parsed objects, shared and read-only. */
export function inProcessTransport(context: ServerContext, identity: Identity): ApiTransport {
  return {
    request: async (request) => toResponse(await handle(context, request, identity)),
  };
}

function toResponse({ result, call, warnings }: Answer): ApiResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (warnings.length > 0) headers['warning'] = warnings.map(warningHeader).join(', ');
  switch (result.kind) {
    case 'value':
      return { status: result.status, headers: { ...headers, ...result.headers }, body: result.body };
    case 'stored':
      return {
        status: result.status,
        headers,
        body: shapeObject(callOf(call), served(callOf(call), result.stored.object)),
      };
    case 'list':
      return { status: 200, headers, body: shapeList(callOf(call), result.list) };
    case 'watch':
      return { status: 200, headers, events: watchEvents(callOf(call), result.events) };
    case 'json':
      return { status: result.status, headers: { ...headers, ...result.headers }, body: JSON.parse(result.text) };
    case 'bytes':
      return { status: 200, headers: { 'content-type': result.contentType }, stream: once(result.bytes) };
    case 'text':
      return {
        status: result.status,
        headers: { 'content-type': result.contentType },
        stream: once(new TextEncoder().encode(result.text)),
      };
  }
}

function served(call: Call, object: KubeObject): KubeObject {
  return call.resource.fromStorage(object);
}

async function* watchEvents(call: Call, events: AsyncIterable<ServedEvent>): AsyncGenerator<WatchEvent> {
  let first = true;
  for await (const event of events) {
    yield { type: event.type, object: shapeEvent(call, event, first) as KubeObject };
    first = false;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Results of a resource always carry the call they answer. */
export function callOf(call: Call | undefined): Call {
  if (call === undefined) throw new Error('a resource result without its call');
  return call;
}

/** `299 - "text"`, as RFC 7234 wants warnings. */
export function warningHeader(text: string): string {
  return `299 - "${text.replace(/[\\"]/g, (char) => `\\${char}`).replace(/\p{Cc}+/gu, ' ')}"`;
}
