import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `stall`: never answers; `cut`: ends the connection. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly stall?: true;
  readonly cut?: true;
}

/** A small HTTP server that records, refuses, stalls and loses, as the test says. */
export interface RecordingServer {
  readonly url: string;
  /** Oldest first; a test may empty it. */
  readonly requests: RecordedRequest[];
  /** How requests are answered from now on. */
  answer(reply: (request: RecordedRequest) => ScriptedReply): void;
  close(): Promise<void>;
}

/** @param reply  default: 200 and `ok` */
export async function recordingServer(
  reply: (request: RecordedRequest) => ScriptedReply = () => ({ body: 'ok' }),
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = [];
  let current = reply;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(one);
    const { status = 200, headers = {}, body = '', stall, cut } = current(one);
    if (stall) return;
    if (cut) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(next) {
      current = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** How Slack's API answers when all is well: each message posted has a time stamp of its own. */
export function slackAnswers(): (request: RecordedRequest) => ScriptedReply {
  let posted = 0;
  return ({ path, body }) => {
    const { channel = '', ts } = JSON.parse(body || '{}') as { channel?: string; ts?: string };
    if (path.endsWith('/chat.postMessage')) posted++;
    return { body: JSON.stringify({ ok: true, channel, ts: ts ?? `1700000000.${String(posted).padStart(6, '0')}` }) };
  };
}
