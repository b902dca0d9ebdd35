import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP/HTTP brought it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly name: string;
  /** Name of the span above it. */
  readonly parent: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Its message, when its status is an error. */
  readonly error: string | undefined;
}

/** An OpenTelemetry collector that records what it is sent. */
export interface OtlpCollector {
  readonly url: string;
  readonly bodies: readonly string[];
  spans(): ReceivedSpan[];
  close(): Promise<void>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status?: { readonly code: number; readonly message?: string };
}

/** @param behaviour 'stalls': takes what is sent and never answers */
export async function startOtlpCollector(behaviour: 'answers' | 'stalls' = 'answers'): Promise<OtlpCollector> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    if (behaviour === 'answers') response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans() {
      const sent = bodies.flatMap(spansIn);
      const names = new Map(sent.map(({ spanId, name }) => [spanId, name]));
      return sent.map((span) => ({
        traceId: span.traceId,
        name: span.name,
        parent: span.parentSpanId === undefined ? undefined : names.get(span.parentSpanId),
        startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
        endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
        attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
        error: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
      }));
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

function spansIn(body: string): OtlpSpan[] {
  const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}
