import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Below this a compressed answer is no smaller in packets. */
const MIN_BYTES = 1400;
/** Lists are compressed for each caller anew: speed before the last per cent. */
const LEVEL = 4;
const TEXT = /^(?:application\/(?:[\w.]+\+)?json|text\/)/;
/** Its answers hold what proves a session; their length must say nothing about it. */
const SECRETS = /^\/api\/v1\/(?:session|accounts)/;

/** Answers in JSON and text are compressed for callers that accept gzip; streams and files are left as they are. */
export function compressAnswers(api: FastifyInstance): void {
  api.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < MIN_BYTES || SECRETS.test(request.url)) return payload;
    if (!TEXT.test(String(reply.getHeader('content-type') ?? '')) || reply.hasHeader('content-encoding'))
      return payload;
    const vary = String(reply.getHeader('vary') ?? '');
    reply.header('vary', vary === '' ? 'accept-encoding' : `${vary}, accept-encoding`);
    if (!acceptsGzip(request.headers['accept-encoding'])) return payload;
    const compressed = await promisify(gzip)(payload, { level: LEVEL });
    reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return compressed;
  });
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i.test(String(header ?? ''));
}
