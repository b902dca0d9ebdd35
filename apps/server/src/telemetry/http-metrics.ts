import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';

/**
 * Counts what is answered, by the route as it was declared: addresses that lead nowhere are one series, whatever
 * strangers ask for. Must be called before routes are added.
 */
export function observeRequests(registry: Registry, api: FastifyInstance): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'sekisho_http_requests_total',
    help: 'Requests that were answered, by method, route and status code.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sekisho_http_request_seconds',
    help: 'Time until a request was answered; without streams.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
    registers,
  });
  api.addHook('onResponse', async (request, reply) => {
    const labels = labelsOf(request);
    // A hijacked answer has its status in the raw response.
    requests.inc({ ...labels, status: String(reply.raw.statusCode) });
    if (!isStream(reply)) seconds.observe(labels, reply.elapsedTime / 1000);
  });
}

function labelsOf(request: FastifyRequest): { method: string; route: string } {
  const route = request.is404 ? undefined : request.routeOptions.url;
  return route === undefined ? { method: 'any', route: 'none' } : { method: request.method, route };
}

/** It lasts as long as the caller likes. */
function isStream(reply: FastifyReply): boolean {
  return (
    String(reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream') ||
    (reply.request.query as { follow?: unknown } | undefined)?.follow === 'true'
  );
}
