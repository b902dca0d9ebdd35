import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Answers with JSON and its ETag, or with 304 when the caller has the same already.
 *
 * @param extra fields of the answer that don't make it another one
 */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, body: object, extra: object = {}): void {
  const text = JSON.stringify(body);
  const tag = `W/"${createHash('sha1').update(text).digest('base64url')}"`;
  // What an actor may see is in the answer: only its own browser may keep it.
  reply.header('etag', tag).header('cache-control', 'private, no-cache').header('vary', 'authorization, cookie');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim());
  if (known.includes(tag)) {
    reply.code(304).send();
    return;
  }
  const more = JSON.stringify(extra).slice(1, -1);
  const whole = more === '' ? text : text === '{}' ? `{${more}}` : `${text.slice(0, -1)},${more}}`;
  reply.type('application/json; charset=utf-8').send(whole);
}
