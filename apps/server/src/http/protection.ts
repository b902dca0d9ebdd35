import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { SekishoError } from '@sekisho/base';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { networkOf } from '../access/network.ts';

/** For answers that hold data only: a browser that is made to show one runs nothing of it. */
const DATA_POLICY = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] };

/** Headers that keep a browser from doing more with an answer than it is meant for; pages set a wider policy of their own. */
export function protectAnswers(api: FastifyInstance): void {
  api.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: DATA_POLICY },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    // Speaking TLS is the business of the proxy before this server, and so is promising it.
    strictTransportSecurity: false,
  });
}

/** How often one address may ask the routes of this instance, however it is answered. */
export async function limitRequests(api: FastifyInstance, perMinute: number): Promise<void> {
  await api.register(rateLimit, {
    max: perMinute,
    // Who has an IPv6 network has more addresses than could ever be counted.
    keyGenerator: (request) => networkOf(request.ip),
    timeWindow: 60_000,
    cache: 10_000,
    errorResponseBuilder: (_request, { ttl }) => {
      const seconds = Math.ceil(ttl / 1000);
      return new SekishoError('SIGN_IN_LIMITED', `Too many requests; the next one is possible in ${seconds} s.`, {
        retryable: true,
        details: { status: 429, retryAfterSeconds: seconds },
      });
    },
  });
}

/**
 * Refuses what another site made a browser send; programs send neither header.
 *
 * @throws SekishoError CROSS_SITE
 */
export function refuseOtherSites(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new SekishoError('CROSS_SITE', 'Another site asked for this; it must come from the console itself.', {
    details: { status: 403 },
  });
}
